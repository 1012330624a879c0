//! The command that takes a node out of the cluster, for good, and what an operator who asks for it is told first. What it
//! says at once is that the node's certificate is worth nothing any longer; the leader then takes it out of the membership.

use crate::lifecycle::member::{Member, peers_with_addresses};
use crate::membership::dial::dial;
use crate::membership::records::{self, command, node_key, refusal};
use crate::messages::v1::{RemoveNode, RemoveNodeReply, ReportRequest, VotersStanding};
use crate::{NodeError, limits};
use raft::PeerName;
use replica::{Applied, Command, NodeId, Refusal, Replica as _, RequestId, Timestamp, View, Writes};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tonic::Code;

impl Command for RemoveNode {
    const KIND: u32 = command::REMOVE_NODE;
    type Reply = RemoveNodeReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<RemoveNodeReply> {
        let id = NodeId(self.node_id);
        let Some(mut record) = records::node(view, id) else {
            return Applied::refused(Refusal::new(refusal::NO_SUCH_NODE, [id.to_string()]));
        };
        if !record.belongs() {
            return Applied::reply(Writes::new(), RemoveNodeReply {});
        }
        if records::nodes(view).iter().filter(|node| node.belongs()).count() == 1 {
            return Applied::refused(Refusal::new(refusal::LAST_NODE, []));
        }
        record.removed_at = at.as_millis().max(1);
        let mut writes = Writes::new();
        writes.put_message(node_key(id), &record);
        Applied::reply(writes, RemoveNodeReply {})
    }
}

impl Member {
    /// Takes a node out, from whichever member the operator asks. Unless forced, not one without which those that are
    /// alive are too few.
    pub(crate) async fn remove(&self, node: NodeId, force: bool) -> Result<(), NodeError> {
        if !force {
            let voters: Vec<NodeId> = self.node.status().voters.iter().map(raft::Member::id).collect();
            let standing = self.voters().await.ok_or_else(|| {
                NodeError::Refused("no leader says which nodes are alive; --force removes the node anyway".to_owned())
            })?;
            refuse_to_stop(&voters, &standing, node)?;
        }
        if self.node.leader() == Some(node) && self.node.status().voters.len() > 1 {
            // From the moment at which its removal is agreed on, nobody listens to it.
            let yielded = self.transfer(0).await;
            yielded.map(drop).or_else(|cause| if force { Ok(()) } else { Err(cause) })?;
        }
        self.propose_removal(node).await
    }

    /// Says that a node is out; the leader then takes it out of the membership.
    pub(crate) async fn propose_removal(&self, node: NodeId) -> Result<(), NodeError> {
        let id = RequestId(crypto::random_bytes());
        let reply = replica::propose(&*self.node, id, vec![], RemoveNode { node_id: node.0 }).await?;
        reply.map_err(|refused| NodeError::Refused(records::refused(&refused)))?;
        faults::point("node.removal.said");
        Ok(())
    }

    /// Whether this node was taken out of the cluster, as far as it has heard.
    pub(crate) fn is_removed(&self) -> bool {
        self.told_removed.load(Ordering::Acquire) || records::is_removed(&*self.node.local(), self.identity.node)
    }
}

/// A cluster whose voters are too few to agree stops, and nothing but a restore brings it back.
fn refuse_to_stop(voters: &[NodeId], standing: &VotersStanding, node: NodeId) -> Result<(), NodeError> {
    let dead = |id: &NodeId| standing.dead.iter().any(|dead| dead.node_id == id.0);
    let left: Vec<&NodeId> = voters.iter().filter(|id| **id != node).collect();
    let alive = left.iter().filter(|id| !dead(id)).count();
    if left.len() == voters.len() || left.is_empty() || alive > left.len() / 2 {
        return Ok(());
    }
    let text = format!(
        "without node {node}, {alive} of {} voters would be alive, which is no majority: the cluster would stop. Bring \
         the others back or remove them first; --force removes the node anyway",
        left.len()
    );
    Err(NodeError::Refused(text))
}

/// Asks the others, while no leader is heard, whether this node was removed while it was away: nobody sends it the log
/// that says so.
pub(crate) async fn learn_of_removal(member: Arc<Member>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(limits::ASK_WHETHER_REMOVED) => {}
            () = member.stopping().cancelled() => return,
        }
        if member.node.status().ready {
            continue;
        }
        for peer in peers_with_addresses(&member) {
            if member.is_removed() {
                return;
            }
            if says_removed(&member, &peer).await {
                tracing::error!(peer = peer.name, "this node was removed from the cluster");
                member.told_removed.store(true, Ordering::Release);
            }
        }
    }
}

/// A peer answers every node of the cluster but one that was removed.
async fn says_removed(member: &Member, peer: &raft::Member) -> bool {
    let name = PeerName { node: peer.id(), cluster: member.cluster() };
    let Ok(mut client) = dial(&peer.peer_addr, &name.to_string(), member.client_tls()).await else { return false };
    let report = client.report(ReportRequest {}).await;
    report.is_err_and(|status| status.code() == Code::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::AdminClient;
    use crate::lifecycle::identity::{self, Identity};
    use crate::membership::dial::channel;
    use crate::messages::v1::{
        AdmitNode, CreateJoinTokenRequest, DeadVoter, FetchKeyringRequest, HandOverRequest, InitRequest, JoinRequest,
        RemoveRequest, StatusRequest, TakeKeyringRequest,
    };
    use crate::{Config, Folder, certificates::tls};
    use replica::testing::Tables;
    use std::path::Path;
    use tokio_util::sync::CancellationToken;

    fn tables_with(names: &[&str]) -> Tables {
        let mut tables = Tables::default();
        for (n, name) in names.iter().enumerate() {
            let token_id = if n == 0 { Vec::new() } else { vec![n as u8; 16] };
            let admit = AdmitNode { token_id, token_expires_at: 9, name: (*name).to_owned(), ..AdmitNode::default() };
            let applied = admit.apply(Timestamp::from_millis(1), &tables);
            assert!(applied.result.is_ok());
            tables.commit(&applied.writes);
        }
        tables
    }

    fn check(tables: &mut Tables, node_id: u64, expected: Result<(), u32>) {
        let applied = RemoveNode { node_id }.apply(Timestamp::from_millis(5), &*tables);
        tables.commit(&applied.writes);
        assert_eq!(applied.result.map(|_| ()).map_err(|refusal| refusal.kind), expected, "node {node_id}");
    }

    #[test]
    fn a_removed_node_stays_removed_and_its_number_is_not_used_again() {
        let tables = &mut tables_with(&["a", "b"]);
        check(tables, 3, Err(refusal::NO_SUCH_NODE));
        check(tables, 2, Ok(()));
        check(tables, 2, Ok(()));
        check(tables, 1, Err(refusal::LAST_NODE));
        let again =
            AdmitNode { token_id: vec![7; 16], token_expires_at: 9, name: "b".to_owned(), ..AdmitNode::default() };
        let applied = again.apply(Timestamp::from_millis(6), &*tables);
        assert_eq!(applied.result.map(|reply| reply.node_id), Ok(3), "its name is free, its number is not");
    }
    #[test]
    fn a_removal_leaves_a_majority_alive() {
        // Rows: voters, those that are dead, who is removed, whether that may be.
        let rows: [(&[u64], &[u64], u64, bool); 9] = [
            (&[1, 2, 3], &[], 3, true),
            (&[1, 2, 3], &[3], 3, true),
            (&[1, 2, 3], &[3], 2, false),
            (&[1, 2, 3], &[2, 3], 3, false),
            (&[1, 2, 3], &[3], 9, true), // a learner, or nobody
            (&[1, 2], &[], 2, true),
            (&[1, 2, 3, 4, 5], &[4, 5], 3, false),
            (&[1, 2, 3, 4, 5], &[4, 5], 4, true),
            (&[1], &[], 1, true), // refused by apply, in words of its own
        ];
        for (voters, dead, node, may) in rows {
            let voters: Vec<NodeId> = voters.iter().copied().map(NodeId).collect();
            let dead = dead.iter().map(|&node_id| DeadVoter { node_id, ..DeadVoter::default() }).collect();
            let standing = VotersStanding { failures_survivable: 0, dead };
            let refused = refuse_to_stop(&voters, &standing, NodeId(node));
            assert_eq!(refused.is_ok(), may, "{voters:?} without {node}, {standing:?}");
        }
    }
    /// A call of Raft's between peers, as far as its header goes.
    #[derive(Clone, PartialEq, prost::Message)]
    struct RaftCall {
        #[prost(message, optional, tag = "1")]
        header: Option<RaftHeader>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    struct RaftHeader {
        #[prost(bytes = "vec", tag = "1")]
        cluster_id: Vec<u8>,
        #[prost(uint64, tag = "2")]
        from: u64,
        #[prost(uint64, tag = "3")]
        to: u64,
    }

    fn node(folder: &Path, name: &str) -> Config {
        let held: Vec<_> = (0..3).map(|_| std::net::TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
        let port = |n: usize| held[n].local_addr().expect("bound").port();
        let text = format!(
            "name = \"{name}\"\nzone = \"{name}\"\nregion = \"us-east-1\"\ndata_dir = {:?}\n[seal]\nkind = \"dev\"\n\
             [listen]\nclients = \"127.0.0.1:{}\"\npeers = \"127.0.0.1:{}\"\nmetrics = \"127.0.0.1:{}\"\n",
            folder.join(name),
            port(0),
            port(1),
            port(2),
        );
        Config::parse(&text, Path::new("t.toml")).expect("valid")
    }

    /// Starts a node; its admin's end.
    async fn start(config: &Config, stop: &CancellationToken) -> AdminClient {
        tokio::spawn(crate::serve(config.clone(), stop.clone(), || {}));
        loop {
            match crate::admin::connect(&Folder::admin_socket_in(&config.data_dir)).await {
                Ok(admin) => return admin,
                Err(_) => tokio::time::sleep(limits::LOOK).await,
            }
        }
    }

    /// What each call to the first node comes to, with the second one's own certificate.
    async fn calls(first: &Config, second: &Config) -> Vec<(&'static str, Code)> {
        let seal = crypto::DevSeal::open(&second.data_dir, true).expect("the second node's seal");
        let identity = Identity::read(&second.data_dir.join("identity.json")).expect("read").expect("a member");
        let keys = identity::unwrap_key(&seal, &identity.key_wrapped).expect("its key");
        let tls = tls::member(&identity, &keys).expect("TLS").client;
        let (address, cluster) = (first.listen.peers.to_string(), identity.cluster);
        let name = PeerName { node: NodeId(1), cluster }.to_string();
        let mut peer = dial(&address, &name, tls.clone()).await.expect("TLS lets the certificate in");
        let code = |status: Option<tonic::Status>| status.map_or(Code::Ok, |status| status.code());
        let mut came = vec![
            ("Report", code(peer.report(ReportRequest {}).await.err())),
            ("FetchKeyring", code(peer.fetch_keyring(FetchKeyringRequest::default()).await.err())),
            ("TakeKeyring", code(peer.take_keyring(TakeKeyringRequest::default()).await.err())),
            ("HandOver", code(peer.hand_over(HandOverRequest { node_id: 99 }).await.err())),
        ];
        let header = Some(RaftHeader { cluster_id: cluster.0.to_vec(), from: identity.node.0, to: 1 });
        for method in ["Append", "Vote", "PreVote", "TransferLeader", "Propose", "ReadIndex"] {
            let mut grpc = tonic::client::Grpc::new(channel(&address, &name, tls.clone()).await.expect("TLS"));
            grpc.ready().await.expect("ready");
            let path = format!("/lockstep.raft.v1.RaftPeer/{method}").parse().expect("a path");
            let codec = tonic_prost::ProstCodec::<RaftCall, ()>::default();
            let call = RaftCall { header: header.clone() };
            came.push((method, code(grpc.unary(tonic::Request::new(call), path, codec).await.err())));
        }
        came
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_removed_nodes_certificate_is_worth_nothing_at_once() {
        let temp = tempfile::tempdir().expect("temp");
        let (first, second) = (node(temp.path(), "first"), node(temp.path(), "second"));
        let stop = CancellationToken::new();
        let (mut admin, mut other) = (start(&first, &stop).await, start(&second, &stop).await);
        admin.init(InitRequest { dev: true, account: "111122223333".into() }).await.expect("born");
        let token = admin.create_join_token(CreateJoinTokenRequest::default()).await.expect("made").into_inner().token;
        other.join(JoinRequest { token }).await.expect("joined");
        let mut both_vote = false;
        while !both_vote {
            let status = other.status(StatusRequest {}).await.expect("answered").into_inner();
            let members = status.membership.expect("a member").members;
            both_vote = members.iter().filter(|member| member.voter).count() == 2;
            tokio::time::sleep(limits::LOOK).await;
        }
        let before = calls(&first, &second).await;
        assert!(before.iter().all(|(_, code)| *code != Code::PermissionDenied), "{before:?}");

        admin.remove(RemoveRequest { node_id: 2, force: false }).await.expect("removed");
        let after = calls(&first, &second).await;
        assert!(after.iter().all(|(_, code)| *code == Code::PermissionDenied), "{after:?}");
        let mut reason = String::new();
        while !reason.contains("was removed") {
            reason = other.status(StatusRequest {}).await.expect("it runs on").into_inner().reason;
            tokio::time::sleep(limits::LOOK).await;
        }
        stop.cancel();
    }
}

//! What the leader does about the membership: an admitted node becomes a learner once it answers and holds the
//! committed keyring, a learner becomes a voter once it has caught up and still holds it, a removed node goes.
//!
//! Nothing of this is kept: whoever leads looks at the tables and the membership and does the next step, so a leader
//! that dies between two steps leaves nothing undone.

use crate::dial::dial;
use crate::keyring;
use crate::member::{Member, hand_over};
use crate::messages::v1::{NodeRecord, ReportRequest};
use crate::{NodeError, limits, records};
use raft::PeerName;
use replica::{NodeId, Replica as _};
use std::sync::Arc;

/// One change of the membership.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Out of the membership.
    Remove(NodeId),
    /// Leadership to another node first: this one is to be removed.
    Yield,
    /// Into the membership, without a vote.
    AddLearner(NodeId),
    /// A vote.
    Promote(NodeId),
}

/// Runs on every node and acts on the leader.
pub(crate) async fn keep_membership(member: Arc<Member>) {
    let mut told = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(limits::LOOK) => {}
            () = member.stopping().cancelled() => return,
        }
        if member.node.leader() != Some(member.identity.node) {
            continue;
        }
        for step in next_steps(&member) {
            let now = match take(&member, &step).await {
                Ok(()) => format!("{step:?}"),
                Err(cause) => format!("{step:?}: {cause}"),
            };
            if now != told {
                tracing::info!(step = now, "membership");
                told = now;
            }
        }
    }
}

/// What the tables say should be, against what the membership says is.
fn next_steps(member: &Member) -> Vec<Step> {
    let status = member.node.status();
    let voters: Vec<NodeId> = status.voters.iter().map(raft::Member::id).collect();
    let learners: Vec<NodeId> = status.learners.iter().map(raft::Member::id).collect();
    steps(&records::nodes(&member.node.local()), &voters, &learners, member.identity.node)
}

fn steps(nodes: &[NodeRecord], voters: &[NodeId], learners: &[NodeId], me: NodeId) -> Vec<Step> {
    let step = |record: &NodeRecord| {
        let id = NodeId(record.node_id);
        let (votes, learns) = (voters.contains(&id), learners.contains(&id));
        match (record.belongs(), votes || learns) {
            (false, true) if id == me => Some(Step::Yield),
            (false, true) => Some(Step::Remove(id)),
            (true, false) => Some(Step::AddLearner(id)),
            (true, true) if learns => Some(Step::Promote(id)),
            _ => None,
        }
    };
    nodes.iter().filter_map(step).collect()
}

async fn take(member: &Member, step: &Step) -> Result<(), NodeError> {
    match *step {
        Step::Remove(id) => Ok(member.node.remove(id).await?),
        Step::Yield => {
            hand_over(&member.node, 0).await?;
            Ok(())
        }
        Step::AddLearner(id) => {
            let record = holds_keyring(member, id).await?;
            faults::point("node.steward.adding");
            Ok(member.node.add_learner(records::to_member(&record)).await?)
        }
        Step::Promote(id) => {
            holds_keyring(member, id).await?;
            faults::point("node.steward.promoting");
            Ok(member.node.promote(id, limits::PEER_CALL).await?)
        }
    }
}

/// Asks the node itself what keyring it has on disk. One that does not hold the committed keyring must not vote: a
/// majority of voters would not be a majority of keyrings any longer.
async fn holds_keyring(member: &Member, id: NodeId) -> Result<NodeRecord, NodeError> {
    let (record, needed) = {
        let view = member.node.local();
        (records::node(&view, id), keyring::committed(&view))
    };
    let (Some(record), Some(needed)) = (record, needed) else {
        return Err(NodeError::Refused(format!("node {id} was never admitted")));
    };
    let name = PeerName { node: id, cluster: member.cluster() };
    let mut peer = dial(&record.peer_address, &name.to_string(), member.client_tls()).await?;
    let report = peer.report(ReportRequest {}).await;
    let report = report.map_err(|status| NodeError::peer(&record.name, status.message()))?.into_inner();
    if report.node_id != id.0 || !keyring::may_vote(report.keyring_version, &report.keyring_hash, &needed) {
        return Err(NodeError::peer(&record.name, "it does not hold the committed keyring"));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: node, whether it was removed.
    fn check(nodes: &[(u64, bool)], voters: &[u64], learners: &[u64], expected: &[Step]) {
        let record = |&(node_id, removed): &(u64, bool)| NodeRecord {
            node_id,
            removed_at: u64::from(removed),
            ..NodeRecord::default()
        };
        let nodes: Vec<NodeRecord> = nodes.iter().map(record).collect();
        let ids = |ids: &[u64]| ids.iter().copied().map(NodeId).collect::<Vec<_>>();
        assert_eq!(steps(&nodes, &ids(voters), &ids(learners), NodeId(1)), expected);
    }

    #[test]
    fn the_membership_follows_the_tables() {
        let id = NodeId;
        check(&[(1, false)], &[1], &[], &[]);
        check(&[(1, false), (2, false)], &[1], &[], &[Step::AddLearner(id(2))]);
        check(&[(1, false), (2, false)], &[1], &[2], &[Step::Promote(id(2))]);
        check(&[(1, false), (2, false)], &[1, 2], &[], &[]);
        check(&[(1, false), (2, true)], &[1, 2], &[], &[Step::Remove(id(2))]);
        check(&[(1, false), (2, true)], &[1], &[2], &[Step::Remove(id(2))]);
        check(&[(1, false), (2, true)], &[1], &[], &[]);
        check(&[(1, true), (2, false)], &[1, 2], &[], &[Step::Yield]);
        check(&[(1, false), (2, false), (3, false)], &[1], &[3], &[Step::AddLearner(id(2)), Step::Promote(id(3))]);
    }
}

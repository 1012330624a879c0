//! What the leader does about the membership: an admitted node becomes a learner once it answers and holds the
//! committed keyring, a learner becomes a voter once it has caught up and still holds it, a removed node goes. A node that
//! replaces another gets that one's vote in the same change that takes it, and the other is removed then.
//!
//! Nothing of this is kept: whoever leads looks at the tables and the membership and does the next step, so a leader
//! that dies between two steps leaves nothing undone.

use crate::keys::keyring;
use crate::lifecycle::member::{Member, hand_over};
use crate::membership::dial::dial;
use crate::messages::v1::{NodeRecord, ReportRequest};
use crate::{NodeError, limits, membership::records};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use raft::PeerName;
use replica::{NodeId, Replica as _};
use std::pin::pin;
use std::sync::Arc;

/// One change of the membership.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Out of the membership.
    Remove(NodeId),
    /// Leadership to another node first: this one is to be removed.
    Yield,
    /// An end to a change that a former leader began.
    Settle,
    /// Into the membership, without a vote.
    AddLearner(NodeId),
    /// A vote.
    Promote(NodeId),
    /// The vote and the place of another node.
    Replace { new: NodeId, old: NodeId },
    /// A replaced node's certificate is worth nothing any longer.
    Retire(NodeId),
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
        let asked: FuturesUnordered<_> = next_steps(&member).into_iter().map(|step| ask_first(&member, step)).collect();
        // In the order of the answers: a node that is not there holds up no other.
        let taken = asked.then(|(step, asked)| take(&member, step, asked));
        let mut taken = pin!(taken);
        while let Some((step, outcome)) = taken.next().await {
            let now = match outcome {
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
    if status.is_changing {
        return vec![Step::Settle];
    }
    let voters: Vec<NodeId> = status.voters.iter().map(raft::Member::id).collect();
    let learners: Vec<NodeId> = status.learners.iter().map(raft::Member::id).collect();
    steps(&records::nodes(&member.node.local()), &voters, &learners, member.identity.node)
}

fn steps(nodes: &[NodeRecord], voters: &[NodeId], learners: &[NodeId], me: NodeId) -> Vec<Step> {
    let belonging = || nodes.iter().filter(|node| node.belongs());
    // Whoever has a vote has taken the place that it was admitted for.
    let has_place_of = |by: &NodeRecord, id: NodeId| records::place(nodes, by.replaces).contains(&id.0);
    let replaced = |id| belonging().any(|by| voters.contains(&NodeId(by.node_id)) && has_place_of(by, id));
    let step = |record: &NodeRecord| {
        let id = NodeId(record.node_id);
        let (votes, learns) = (voters.contains(&id), learners.contains(&id));
        match (record.belongs(), votes || learns) {
            (true, _) if replaced(id) => Some(Step::Retire(id)),
            (false, true) if id == me => Some(Step::Yield),
            (false, true) => Some(Step::Remove(id)),
            (true, false) => Some(Step::AddLearner(id)),
            (true, true) if learns => Some(vote(record, nodes, voters)),
            _ => None,
        }
    };
    nodes.iter().filter_map(step).collect()
}

/// How a learner gets its vote: another's, or one more. The only voter keeps its own until there is a second one.
fn vote(record: &NodeRecord, nodes: &[NodeRecord], voters: &[NodeId]) -> Step {
    let new = NodeId(record.node_id);
    let belongs = |id: u64| nodes.iter().any(|node| node.node_id == id && node.belongs());
    let mut place = records::place(nodes, record.replaces).into_iter();
    match place.find(|id| belongs(*id) && voters.contains(&NodeId(*id))) {
        Some(old) if voters.len() > 1 => Step::Replace { new, old: NodeId(old) },
        _ => Step::Promote(new),
    }
}

/// What a step needs of the node that it is about: one that gets a place in the membership holds the keyring, and one
/// that gets a vote has caught up.
async fn ask_first(member: &Member, step: Step) -> (Step, Result<(), NodeError>) {
    let ready = async {
        match step {
            Step::AddLearner(id) => holds_keyring(member, id).await,
            Step::Promote(id) | Step::Replace { new: id, .. } => {
                holds_keyring(member, id).await?;
                Ok(member.node.wait_caught_up(id, limits::CATCH_UP).await?)
            }
            Step::Remove(_) | Step::Yield | Step::Settle | Step::Retire(_) => Ok(()),
        }
    };
    let ready = tokio::time::timeout(limits::CATCH_UP, ready).await;
    (step, ready.unwrap_or_else(|_| Err(NodeError::Refused("the node does not answer".to_owned()))))
}

async fn take(member: &Member, step: Step, asked: Result<(), NodeError>) -> (Step, Result<(), NodeError>) {
    let taken = match asked {
        Ok(()) => act(member, &step).await,
        refused => refused,
    };
    (step, taken)
}

async fn act(member: &Member, step: &Step) -> Result<(), NodeError> {
    let node = &member.node;
    match *step {
        Step::Remove(id) => node.remove(id).await?,
        // Not before the successor is there: until then this node leads as well as any.
        Step::Replace { old, .. } if old == member.identity.node => drop(hand_over(node, 0).await?),
        Step::Yield => drop(hand_over(node, 0).await?),
        Step::Settle => node.settle().await?,
        Step::AddLearner(id) => {
            let record = records::node(&node.local(), id);
            let record = record.ok_or_else(|| NodeError::Refused(format!("node {id} was never admitted")))?;
            faults::point("node.steward.adding");
            node.add_learner(records::to_member(&record)).await?;
        }
        Step::Promote(id) => {
            faults::point("node.steward.promoting");
            node.promote(id).await?;
        }
        Step::Replace { new, old } => {
            faults::point("node.steward.replacing");
            node.replace(new, old).await?;
            faults::point("node.steward.retiring");
            member.propose_removal(old).await?;
        }
        Step::Retire(id) => member.propose_removal(id).await?,
    }
    Ok(())
}

/// Asks the node itself what keyring it has on disk. One that does not hold the committed keyring must not vote: a
/// majority of voters would not be a majority of keyrings any longer.
async fn holds_keyring(member: &Member, id: NodeId) -> Result<(), NodeError> {
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: node, whether it was removed.
    fn check(nodes: &[(u64, bool)], voters: &[u64], learners: &[u64], expected: &[Step]) {
        let nodes: Vec<_> = nodes.iter().map(|&(node, removed)| (node, removed, 0)).collect();
        check_places(&nodes, voters, learners, expected);
    }

    /// Rows: node, whether it was removed, whom it replaces.
    fn check_places(nodes: &[(u64, bool, u64)], voters: &[u64], learners: &[u64], expected: &[Step]) {
        let record = |&(node_id, removed, replaces): &(u64, bool, u64)| NodeRecord {
            node_id,
            removed_at: u64::from(removed),
            replaces,
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
    #[test]
    fn a_place_is_taken_in_one_change_and_its_former_owner_goes() {
        let id = NodeId;
        let of_three = [(1, false, 0), (2, false, 0), (3, false, 0), (4, false, 3)];
        let replace = |new, old| Step::Replace { new: id(new), old: id(old) };
        check_places(&of_three, &[1, 2, 3], &[], &[Step::AddLearner(id(4))]);
        check_places(&of_three, &[1, 2, 3], &[4], &[replace(4, 3)]);
        check_places(&of_three, &[1, 2, 4], &[], &[Step::Retire(id(3))]);
        let retired = [(1, false, 0), (2, false, 0), (3, true, 0), (4, false, 3)];
        check_places(&retired, &[1, 2, 4], &[], &[]);
        check_places(&retired, &[1, 2], &[4], &[Step::Promote(id(4))]); // it was removed by an operator meanwhile
        check_places(&[(1, false, 0), (2, false, 1)], &[1], &[2], &[Step::Promote(id(2))]);
        check_places(&[(1, false, 0), (2, false, 1)], &[1, 2], &[], &[Step::Retire(id(1))]);
        // One that died before it had the place is replaced in turn.
        let again = [(1, false, 0), (2, false, 0), (3, false, 0), (4, false, 3), (5, false, 4)];
        check_places(&again, &[1, 2, 3], &[4, 5], &[replace(4, 3), replace(5, 3)]);
        check_places(&again, &[1, 2, 5], &[4], &[Step::Retire(id(3)), Step::Retire(id(4))]);
        check_places(
            &[(1, false, 0), (2, false, 1), (3, false, 2)],
            &[1],
            &[2, 3],
            &[Step::Promote(id(2)), Step::Promote(id(3))],
        );
    }
}

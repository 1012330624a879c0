//! What a node says of itself.

use crate::Member;
use crate::limits::PEER_HEARD_MAX;
use replica::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A node's part in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Not a member of anything yet.
    Uninitialized,
    /// Receives the log, does not vote.
    Learner,
    /// Votes.
    Follower,
    /// Stands for election.
    Candidate,
    /// Leads.
    Leader,
}

impl Role {
    /// For logs and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Uninitialized => "uninitialized",
            Role::Learner => "learner",
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        }
    }
}

/// A node at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Who.
    pub member: Member,
    /// Its part.
    pub role: Role,
    /// The term of its vote.
    pub term: u64,
    /// The leader that it knows.
    pub leader: Option<NodeId>,
    /// Position of the last entry in its log.
    pub last_log: Option<u64>,
    /// Position of the last entry that it knows to be committed.
    pub committed: Option<u64>,
    /// Position of the last entry that it applied.
    pub applied: Option<u64>,
    /// The chain hash after that entry: equal on all nodes at equal positions.
    pub chain: [u8; 32],
    /// Position of the last entry that its snapshot covers.
    pub snapshot: Option<u64>,
    /// Position of the last entry that is gone from its log: whoever needs it gets a snapshot.
    pub purged: Option<u64>,
    /// Members that vote.
    pub voters: Vec<Member>,
    /// True while a change of the membership is under way.
    pub is_changing: bool,
    /// Members that do not vote yet.
    pub learners: Vec<Member>,
    /// How far the others are; on the leader only.
    pub peers: Vec<PeerProgress>,
    /// True when it knows a leader and is not far behind it, or leads and has heard a quorum lately.
    pub ready: bool,
}

/// How far a peer is, as the leader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerProgress {
    /// Which.
    pub node: NodeId,
    /// Position up to which its log is known to match; `None` before the first answer.
    pub matched: Option<u64>,
    /// Entries between that and the end of the leader's log.
    pub lag: u64,
}

/// How the voters stand, as the leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voters {
    /// How many more of those that are there may fail, whichever they are, before nothing is agreed any longer.
    pub failures_survivable: u64,
    /// Those that were not heard lately.
    pub dead: Vec<DeadVoter>,
}

/// A voter that was not heard lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadVoter {
    /// Which.
    pub member: Member,
    /// How long ago it was heard last; `None` when it was not since this process began.
    pub silent: Option<Duration>,
}

impl Voters {
    /// Of `quorums` each has to agree; `silence` is how long ago a node was heard, and nothing for the leader itself.
    pub(crate) fn judge(
        quorums: &[BTreeSet<u64>],
        members: &BTreeMap<u64, Member>,
        silence: impl Fn(u64) -> Option<Duration>,
    ) -> Self {
        let is_there = |id: u64| silence(id).is_some_and(|silent| silent <= PEER_HEARD_MAX);
        let spare = |voters: &BTreeSet<u64>| {
            let there = voters.iter().filter(|id| is_there(**id)).count();
            there.saturating_sub(voters.len() / 2 + 1) as u64
        };
        let voters: BTreeSet<u64> = quorums.iter().flatten().copied().collect();
        let dead = voters.into_iter().filter(|id| !is_there(*id)).map(|id| DeadVoter {
            member: members.get(&id).cloned().unwrap_or_else(|| Member { node_id: id, ..Member::default() }),
            silent: silence(id),
        });
        Self { failures_survivable: quorums.iter().map(spare).min().unwrap_or(0), dead: dead.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: the sets of voters, who is there, how many may still fail, who is dead.
    fn check(quorums: &[&[u64]], there: &[u64], survivable: u64, dead: &[u64]) {
        let sets: Vec<BTreeSet<u64>> = quorums.iter().map(|set| set.iter().copied().collect()).collect();
        let silence = |id| Some(if there.contains(&id) { PEER_HEARD_MAX } else { PEER_HEARD_MAX * 2 });
        let voters = Voters::judge(&sets, &BTreeMap::new(), silence);
        let found: Vec<u64> = voters.dead.iter().map(|dead| dead.member.node_id).collect();
        assert_eq!((voters.failures_survivable, found.as_slice()), (survivable, dead), "{quorums:?}, there: {there:?}");
    }

    #[test]
    fn a_majority_of_each_set_of_voters_must_be_left() {
        check(&[&[1]], &[1], 0, &[]);
        check(&[&[1, 2]], &[1, 2], 0, &[]);
        check(&[&[1, 2, 3]], &[1, 2, 3], 1, &[]);
        check(&[&[1, 2, 3]], &[1, 2], 0, &[3]);
        check(&[&[1, 2, 3]], &[1], 0, &[2, 3]);
        check(&[&[1, 2, 3, 4]], &[1, 2, 3, 4], 1, &[]);
        check(&[&[1, 2, 3, 4, 5]], &[1, 2, 3, 4, 5], 2, &[]);
        check(&[&[1, 2, 3, 4, 5]], &[1, 2, 3, 5], 1, &[4]);
        check(&[&[1, 2, 3, 4, 5], &[1, 2, 3]], &[1, 2, 4, 5], 0, &[3]);
        check(&[&[1, 2, 3], &[1, 2, 4]], &[1, 2, 4], 0, &[3]);
        assert_eq!(Voters::judge(&[BTreeSet::from([7])], &BTreeMap::new(), |_| None).dead[0].silent, None);
    }
}

//! What a node says of itself.

use crate::Member;
use replica::NodeId;

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

//! A node of the cluster.

use crate::{Config, Member, Parts, Status};
use async_trait::async_trait;
use replica::{NodeId, Outcome, Proposal, Replica, Unavailable, View};
use std::sync::Arc;
use std::time::Duration;

/// A node of the cluster, running.
pub struct Node {}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Why a change of the membership was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManageError {
    /// This node does not lead; `0` does, if known. Ask there.
    #[error("this node does not lead the cluster")]
    NotLeader(Option<NodeId>),
    /// The cluster exists already.
    #[error("the cluster is initialized already")]
    AlreadyInitialized,
    /// No member has this number.
    #[error("node {0} is not a member")]
    NoSuchMember(NodeId),
    /// Not done within the time given.
    #[error("not done in time: {0}")]
    TimedOut(String),
    /// Refused by the consensus.
    #[error("{0}")]
    Refused(String),
}

impl Node {
    /// Starts a node on what its engine holds: nothing, or the state in which it was stopped. A node with an empty log
    /// waits to be initialized or to be made a learner; it never votes by itself.
    ///
    /// # Errors
    /// When the engine's state cannot be read.
    pub async fn start(config: Config, parts: Parts) -> Result<Arc<Self>, StartError> {
        let _ = (config, parts);
        Err(StartError("not built yet".to_owned()))
    }

    /// Makes a cluster of this node alone.
    pub async fn initialize(&self) -> Result<(), ManageError> {
        Err(ManageError::Refused(String::new()))
    }

    /// Adds a node that receives the log and does not vote. Returns when the change is committed. On the leader.
    pub async fn add_learner(&self, member: Member) -> Result<(), ManageError> {
        let _ = member;
        Err(ManageError::Refused(String::new()))
    }

    /// Makes a learner a voter, as soon as it has caught up. On the leader.
    pub async fn promote(&self, node: NodeId, wait_max: Duration) -> Result<(), ManageError> {
        let _ = (node, wait_max);
        Err(ManageError::Refused(String::new()))
    }

    /// Removes a member. On the leader.
    pub async fn remove(&self, node: NodeId) -> Result<(), ManageError> {
        let _ = node;
        Err(ManageError::Refused(String::new()))
    }

    /// Hands the lead over, and returns when it is handed over. On the leader.
    pub async fn transfer_leader(&self, to: NodeId) -> Result<(), ManageError> {
        let _ = to;
        Err(ManageError::Refused(String::new()))
    }

    /// Every member, voters and learners.
    pub fn members(&self) -> Vec<Member> {
        Vec::new()
    }

    /// The leader that this node knows.
    pub fn leader(&self) -> Option<NodeId> {
        None
    }

    /// True when the node is a member of a cluster.
    pub fn is_initialized(&self) -> bool {
        false
    }

    /// What the node says of itself.
    pub fn status(&self) -> Status {
        unimplemented!("the skeleton is never started")
    }

    /// Waits until the entry at `index` is applied here; `false` when `wait_max` passed first.
    pub async fn wait_applied(&self, index: u64, wait_max: Duration) -> bool {
        let _ = (index, wait_max);
        false
    }

    /// Stops the node: nothing is proposed, read or applied afterwards. The engine can be opened again then.
    pub async fn shutdown(&self) {}
}

#[async_trait]
impl Replica for Node {
    fn local(&self) -> Box<dyn View + '_> {
        unimplemented!("the skeleton is never started")
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        Err(Unavailable::NoLeader)
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        let _ = proposal;
        Err(Unavailable::NoLeader)
    }
}

//! Changes of the membership and of the lead, and what an operator wants to know.

use super::core::{Consensus, Observed};
use super::types::Types;
use crate::clocks::Verdict;
use crate::limits::{CAUGHT_UP_LAG_MAX, READY_LAG_MAX, TRANSFER_TIME_MAX};
use crate::{ManageError, Member, PeerProgress, Role, Status, Voters};
use openraft::ChangeMembers;
use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::errors::{ChangeMembershipError, ClientWriteError, InitializeError, RaftError};
use replica::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Between two looks at what is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

type Changed<T> = Result<T, RaftError<Types, ClientWriteError<Types>>>;

impl Consensus {
    pub(crate) async fn initialize(&self) -> Result<(), ManageError> {
        let members = BTreeMap::from([(self.member.node_id, self.member.clone())]);
        self.raft.initialize(members).await.map_err(|error| match error {
            RaftError::APIError(InitializeError::NotAllowed(_)) => ManageError::AlreadyInitialized,
            error => ManageError::Refused(error.to_string()),
        })
    }

    pub(crate) async fn add_learner(&self, member: Member, wait_max: Duration) -> Result<(), ManageError> {
        let node = member.node_id;
        let change = ChangeMembers::AddNodes(BTreeMap::from([(node, member)]));
        self.change(change, true, |now| now.members.contains_key(&node), Instant::now() + wait_max).await
    }

    pub(crate) async fn promote(&self, node: NodeId, wait_max: Duration) -> Result<(), ManageError> {
        let change = ChangeMembers::AddVoterIds(BTreeSet::from([node.0]));
        self.change(change, true, |now| now.voters.contains(&node.0), Instant::now() + wait_max).await
    }

    /// In one change: `new` gets the vote that `old` loses.
    pub(crate) async fn replace(&self, new: NodeId, old: NodeId, wait_max: Duration) -> Result<(), ManageError> {
        let gets = ChangeMembers::AddVoterIds(BTreeSet::from([new.0]));
        let loses = ChangeMembers::RemoveVoters(BTreeSet::from([old.0]));
        let shown = |now: &Observed| now.voters.contains(&new.0) && !now.members.contains_key(&old.0);
        self.change(ChangeMembers::Batch(vec![gets, loses]), false, shown, Instant::now() + wait_max).await
    }

    /// Ends a change that another leader began: of the two sets of voters, the second stays.
    pub(crate) async fn settle(&self, wait_max: Duration) -> Result<(), ManageError> {
        let nobody = ChangeMembers::AddVoterIds(BTreeSet::new());
        self.change(nobody, false, |now| !now.is_joint(), Instant::now() + wait_max).await
    }

    pub(crate) async fn remove(&self, node: NodeId, wait_max: Duration) -> Result<(), ManageError> {
        let observed = self.observed().borrow().clone();
        if !observed.members.contains_key(&node.0) {
            return Err(ManageError::NoSuchMember(node));
        }
        let one = BTreeSet::from([node.0]);
        let change = match observed.voters.contains(&node.0) {
            true => ChangeMembers::RemoveVoters(one),
            false => ChangeMembers::RemoveNodes(one),
        };
        self.change(change, false, |now| !now.members.contains_key(&node.0), Instant::now() + wait_max).await
    }

    pub(crate) async fn transfer_leader(&self, to: NodeId) -> Result<NodeId, ManageError> {
        let mut observed = self.observed();
        {
            let now = observed.borrow();
            if now.role != Role::Leader {
                return Err(ManageError::NotLeader(now.leader.map(NodeId)));
            }
            if !now.voters.contains(&to.0) {
                return Err(ManageError::NoSuchMember(to));
            }
        }
        let trigger = self.raft.trigger().transfer_leader(to.0).await;
        trigger.map_err(|error| ManageError::Refused(error.to_string()))?;
        faults::point("raft.transfer.triggered");
        // From here on this node takes nothing. When the other does not take over, an election finds somebody: as good.
        let me = self.member.node_id;
        let other = observed.wait_for(|now| now.leader.is_some_and(|leader| leader != me));
        match timeout(TRANSFER_TIME_MAX, other).await {
            Ok(Ok(now)) => Ok(NodeId(now.leader.expect("it was waited for"))),
            Ok(Err(_)) => Err(ManageError::Refused("the consensus has stopped".to_owned())),
            Err(_) => Err(ManageError::TimedOut(format!("node {to} does not lead"))),
        }
    }

    /// Makes a change and, when another is under way, waits for it. Returns when this node also shows it, so that who
    /// looks next sees what was done.
    async fn change(
        &self,
        change: ChangeMembers<u64, Member>,
        retain: bool,
        shown: impl FnMut(&Observed) -> bool,
        deadline: Instant,
    ) -> Result<(), ManageError> {
        self.agree_change(change, retain, deadline).await?;
        faults::point("raft.membership.agreed");
        match timeout_at(deadline, self.observed().wait_for(shown)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(ManageError::TimedOut("the change is agreed and does not show yet".to_owned())),
        }
    }

    async fn agree_change(
        &self,
        change: ChangeMembers<u64, Member>,
        retain: bool,
        deadline: Instant,
    ) -> Result<(), ManageError> {
        loop {
            let changing = self.raft.change_membership(change.clone(), retain);
            let result = timeout_at(deadline, changing).await;
            let Ok(result) = result else {
                return Err(ManageError::TimedOut("a quorum did not agree to the change".to_owned()));
            };
            match result {
                Ok(_) => return Ok(()),
                error if passes(&error) && Instant::now() < deadline => sleep(LOOK_AGAIN).await,
                Err(RaftError::APIError(ClientWriteError::ForwardToLeader(to))) => {
                    return Err(ManageError::NotLeader(to.leader_id.map(NodeId)));
                }
                Err(error) => return Err(ManageError::Refused(error.to_string())),
            }
        }
    }

    /// Waits until a member has caught up.
    pub(crate) async fn wait_caught_up(&self, node: NodeId, wait_max: Duration) -> Result<(), ManageError> {
        let deadline = Instant::now() + wait_max;
        loop {
            let status = self.status();
            if status.role != Role::Leader {
                return Err(ManageError::NotLeader(status.leader));
            }
            if !self.observed().borrow().members.contains_key(&node.0) {
                return Err(ManageError::NoSuchMember(node));
            }
            let peer = status.peers.iter().find(|peer| peer.node == node);
            if peer.is_some_and(|peer| peer.matched.is_some() && peer.lag <= CAUGHT_UP_LAG_MAX) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(ManageError::TimedOut(format!("node {node} has not caught up")));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// How the voters stand; `None` on a node that does not lead, which hears the leader alone.
    pub(crate) fn voters(&self) -> Option<Voters> {
        let observed = self.observed();
        let now = observed.borrow();
        let me = self.member.node_id;
        let silence = |id| if id == me { Some(Duration::ZERO) } else { self.links.clocks.silence(id) };
        (now.role == Role::Leader).then(|| Voters::judge(&now.quorums, &now.members, silence))
    }

    pub(crate) fn status(&self) -> Status {
        let metrics = self.raft.metrics().borrow_watched().clone();
        let observed = self.observed().borrow().clone();
        let progress = *self.progress().borrow();
        let (of_voters, of_learners): (Vec<_>, Vec<_>) =
            observed.members.values().cloned().partition(|member| observed.voters.contains(&member.node_id));
        let last_log = metrics.last_log_index;
        let matched = metrics.replication.unwrap_or_default().into_iter();
        let peers = matched.filter(|(id, _)| *id != self.member.node_id).map(|(id, matched)| {
            let matched = matched.map(|id| id.index);
            PeerProgress { node: NodeId(id), matched, lag: distance(matched, last_log) }
        });
        let committed = metrics.cluster_committed.max(metrics.local_committed).map(|id| id.index);
        let caught_up = distance(progress.applied, committed) <= READY_LAG_MAX;
        let clocks = &self.links.clocks;
        let has_quorum = match (observed.role, observed.leader) {
            (Role::Leader, _) => clocks.judge(self.member.node_id, &observed.voters) != Verdict::Unknown,
            // The last leader stays known after it is gone.
            (_, leader) => leader.is_some_and(|leader| clocks.hears(leader)),
        };
        let running = metrics.running_state.is_ok() && has_quorum;
        Status {
            role: observed.role,
            term: observed.term,
            leader: observed.leader.map(NodeId),
            last_log,
            committed,
            applied: progress.applied,
            chain: progress.chain,
            snapshot: metrics.snapshot.map(|id| id.index),
            purged: metrics.purged.map(|id| id.index),
            voters: of_voters,
            is_changing: observed.is_joint(),
            learners: of_learners,
            peers: peers.collect(),
            ready: running && caught_up && observed.role != Role::Uninitialized,
            member: self.member.clone(),
        }
    }
}

/// True for what a later attempt does not meet: another change under way, a lead that is new or in doubt.
fn passes<T>(changed: &Changed<T>) -> bool {
    match changed {
        Err(RaftError::APIError(ClientWriteError::ForwardToLeader(to))) => to.leader_id.is_none(),
        Err(RaftError::APIError(ClientWriteError::ChangeMembershipError(error))) => {
            matches!(error, ChangeMembershipError::InProgress(_) | ChangeMembershipError::UncommittedLeaderLog(_))
        }
        _ => false,
    }
}

/// Entries after `position` up to `end`.
fn distance(position: Option<u64>, end: Option<u64>) -> u64 {
    let next = |index: Option<u64>| index.map_or(0, |index| index + 1);
    next(end).saturating_sub(next(position))
}

//! A node of the cluster.

use crate::clocks::{Clocks, Verdict};
use crate::consensus::Consensus;
use crate::limits::PEER_HEARD_MAX;
use crate::links::Links;
use crate::read::{ReadRounds, rounds};
use crate::view::EngineView;
use crate::{Config, DiskRoom, Member, Parts, PeerProgress, Role, Status, Voters, room};
use async_trait::async_trait;
use futures::future::BoxFuture;
use replica::{NodeId, Outcome, Proposal, Replica, Unavailable, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often a leader looks at the clocks, and metrics are brought up to date.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// At which of these looks connections to peers are opened that may be needed later: once a second.
const WARM_EVERY_LOOKS: u64 = 4;
/// How long a change of the membership may take before it is reported as not done.
const CHANGE_TIME_MAX: Duration = Duration::from_secs(10);

/// A node of the cluster, running.
///
/// What it does by itself, it does in the runtime in which it was started, whoever calls it from wherever: callers in
/// another one do not hold up its heartbeats. Its futures are boxed, so that openraft is compiled here and nowhere else.
pub struct Node {
    pub(crate) config: Config,
    pub(crate) parts: Parts,
    pub(crate) links: Arc<Links>,
    pub(crate) consensus: Arc<Consensus>,
    pub(crate) rounds: ReadRounds,
    /// Places for requests that wait for a leader.
    pub(crate) waiting: Arc<Semaphore>,
    /// Which peers are refused, by the tables.
    pub(crate) is_refused: OnceLock<IsRefused>,
    stop: CancellationToken,
}

type IsRefused = Box<dyn Fn(&dyn View, NodeId) -> bool + Send + Sync>;

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its disk is damaged, or older than what a peer once saw on it. The same disk must not be used again.
    #[error("{0}")]
    Distrusted(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// Why a change of the membership was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManageError {
    /// This node does not lead; the one named does, if any is known. Ask there.
    #[error("this node does not lead the cluster")]
    NotLeader(Option<NodeId>),
    /// The cluster exists already.
    #[error("the cluster is initialized already")]
    AlreadyInitialized,
    /// No member, or no voter where one is needed, has this number.
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
    /// When the engine's state cannot be read, or the timing makes no sense.
    pub fn start(config: Config, parts: Parts) -> BoxFuture<'static, Result<Arc<Self>, StartError>> {
        Box::pin(Self::start_here(config, parts))
    }

    async fn start_here(config: Config, parts: Parts) -> Result<Arc<Self>, StartError> {
        count_from_zero();
        let clocks = Arc::new(Clocks::new(Arc::clone(&parts.clock)));
        let links = Arc::new(Links::new(&config, Arc::clone(&parts.transport), clocks));
        let consensus = Arc::new(Consensus::start(&config, &parts, Arc::clone(&links)).await?);
        let node = Arc::new(Self {
            rounds: rounds(&consensus, &links),
            waiting: Arc::new(Semaphore::new(config.waiting_max)),
            is_refused: OnceLock::new(),
            stop: CancellationToken::new(),
            config,
            parts,
            links,
            consensus,
        });
        tokio::spawn(look_after(Arc::downgrade(&node), node.stop.clone()));
        Ok(node)
    }

    /// The node's number.
    pub fn id(&self) -> NodeId {
        self.config.member.id()
    }

    /// Makes a cluster of this node alone.
    ///
    /// # Errors
    /// [`ManageError::AlreadyInitialized`]
    pub fn initialize(&self) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.initialize())
    }

    /// Adds a node that receives the log and does not vote. Returns when the change is committed. On the leader.
    ///
    /// # Errors
    /// [`ManageError::NotLeader`], [`ManageError::TimedOut`], [`ManageError::Refused`]
    pub fn add_learner(&self, member: Member) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.add_learner(member, CHANGE_TIME_MAX))
    }

    /// Makes a learner a voter. Whether it has caught up is the caller's to see to: a voter that has not counts for the
    /// majority and does not help it. On the leader.
    ///
    /// # Errors
    /// As [`Node::add_learner`].
    pub fn promote(&self, node: NodeId) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.promote(node, CHANGE_TIME_MAX))
    }

    /// Gives the vote of `old` to `new`, a learner, in one change; `old` is no member then. On the leader, which is not
    /// `old`.
    ///
    /// # Errors
    /// As [`Node::add_learner`].
    pub fn replace(&self, new: NodeId, old: NodeId) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.replace(new, old, CHANGE_TIME_MAX))
    }

    /// Waits until a member has caught up. On the leader.
    ///
    /// # Errors
    /// [`ManageError::NotLeader`], [`ManageError::NoSuchMember`], [`ManageError::TimedOut`]
    pub fn wait_caught_up(&self, node: NodeId, wait_max: Duration) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.wait_caught_up(node, wait_max))
    }

    /// Ends a change of the membership that a former leader began and did not end. On the leader.
    ///
    /// # Errors
    /// As [`Node::add_learner`].
    pub fn settle(&self) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.settle(CHANGE_TIME_MAX))
    }

    /// Removes a member. A leader that removes itself hands over. On the leader.
    ///
    /// # Errors
    /// As [`Node::add_learner`], and [`ManageError::NoSuchMember`].
    pub fn remove(&self, node: NodeId) -> BoxFuture<'_, Result<(), ManageError>> {
        Box::pin(self.consensus.remove(node, CHANGE_TIME_MAX))
    }

    /// Hands the lead over to a voter, and returns who leads then: the voter, or, when it did not take over in time, whoever
    /// was elected. On the leader.
    ///
    /// # Errors
    /// As [`Node::add_learner`], and [`ManageError::NoSuchMember`].
    pub fn transfer_leader(&self, to: NodeId) -> BoxFuture<'_, Result<NodeId, ManageError>> {
        Box::pin(self.consensus.transfer_leader(to))
    }

    /// Every member, voters and learners.
    pub fn members(&self) -> Vec<Member> {
        self.consensus.observed().borrow().members.values().cloned().collect()
    }

    /// The leader that this node knows.
    pub fn leader(&self) -> Option<NodeId> {
        self.consensus.observed().borrow().leader.map(NodeId)
    }

    /// True when the node is a member of a cluster.
    pub fn is_initialized(&self) -> bool {
        !self.consensus.observed().borrow().voters.is_empty()
    }

    /// What the node says of itself.
    pub fn status(&self) -> Status {
        self.consensus.status()
    }

    /// How the voters stand; `None` on a node that does not lead: it hears the leader alone.
    pub fn voters(&self) -> Option<Voters> {
        self.consensus.voters()
    }

    /// Has calls of peers refused that `is_refused` says so of, by this node's tables as they are, whatever the membership
    /// says: a node that was removed is a member until the leader has changed that. To be said once.
    pub fn refuse_peers(&self, is_refused: impl Fn(&dyn View, NodeId) -> bool + Send + Sync + 'static) {
        let said = self.is_refused.set(Box::new(is_refused));
        assert!(said.is_ok(), "who is refused is said once");
    }

    /// Waits until the entry at `index` is applied here; `false` when `wait_max` passed first.
    pub fn wait_applied(&self, index: u64, wait_max: Duration) -> BoxFuture<'static, bool> {
        let mut progress = self.consensus.progress();
        Box::pin(async move {
            let applied = timeout(wait_max, progress.wait_for(|now| now.applied >= Some(index))).await;
            matches!(applied, Ok(Ok(_)))
        })
    }

    /// Stops the node: nothing is proposed, appended or applied afterwards. The engine can be opened again then.
    pub fn shutdown(&self) -> BoxFuture<'_, ()> {
        self.stop.cancel();
        Box::pin(self.consensus.shutdown())
    }

    /// A leader whose clock is off hands over to the peer whose clock is nearest to the middle.
    async fn hand_over_if_clock_is_off(&self) {
        let observed = self.consensus.observed().borrow().clone();
        if observed.role != Role::Leader {
            return;
        }
        let (me, clocks) = (self.id().0, &self.links.clocks);
        let Verdict::Off(millis) = clocks.judge(me, &observed.voters) else { return };
        let Some(to) = clocks.best_peer(me, &observed.voters) else { return };
        tracing::error!(behind_millis = millis, to, "this leader's clock is off: handing over");
        metrics::counter!("lockstep_raft_clock_handovers_total").increment(1);
        if let Err(error) = self.consensus.transfer_leader(NodeId(to)).await {
            tracing::warn!(%error, to, "could not hand over");
        }
    }

    /// Says how much room there is on this node's disk.
    pub fn set_disk_room(&self, room: DiskRoom) {
        if self.links.room.set(room) {
            tracing::warn!(?room, "the room on this node's disk");
        }
    }

    /// How much room there is on this node's disk.
    pub fn disk_room(&self) -> DiskRoom {
        self.links.room.own()
    }

    /// Whether this node may take a change if it leads.
    pub(crate) fn judge_room(&self) -> room::Verdict {
        let observed = self.consensus.observed();
        let (quorums, since) = {
            let now = observed.borrow();
            (now.quorums.clone(), now.since)
        };
        let clocks = &self.links.clocks;
        let is_new = since.elapsed() <= PEER_HEARD_MAX;
        self.links.room.judge(self.id().0, &quorums, |peer| clocks.hears(peer), is_new)
    }

    /// Who does not lead may at any time, and then needs a connection to every other node at once. The leader has them.
    fn keep_links_warm(&self) {
        let status = self.status();
        if !status.ready || status.role == Role::Leader {
            return;
        }
        let others =
            status.voters.into_iter().filter(|peer| peer.id() != self.id() && Some(peer.id()) != status.leader);
        for peer in others {
            let links = Arc::clone(&self.links);
            tokio::spawn(async move { links.warm(&peer).await });
        }
    }

    /// A leader without room hands over to a voter that has some.
    async fn hand_over_if_disk_is_full(&self) {
        let observed = self.consensus.observed().borrow().clone();
        if observed.role != Role::Leader || self.judge_room() != room::Verdict::Elsewhere {
            return;
        }
        let (me, links) = (self.id().0, &self.links);
        let takes = |id: &&u64| **id != me && links.clocks.hears(**id) && !links.room.is_full(**id);
        let Some(to) = observed.voters.iter().find(takes).copied() else { return };
        tracing::error!(to, "this leader's disk is full: handing over");
        if let Err(error) = self.consensus.transfer_leader(NodeId(to)).await {
            tracing::warn!(%error, to, "could not hand over");
        }
    }

    fn set_gauges(&self, shown: &mut BTreeSet<NodeId>) {
        let position = |index: Option<u64>| index.map_or(0.0, |index| index as f64);
        let status = self.status();
        metrics::gauge!("lockstep_raft_applied_index").set(position(status.applied));
        metrics::gauge!("lockstep_raft_committed_index").set(position(status.committed));
        metrics::gauge!("lockstep_raft_last_log_index").set(position(status.last_log));
        metrics::gauge!("lockstep_raft_purged_index").set(position(status.purged));
        metrics::gauge!("lockstep_raft_ready").set(f64::from(u8::from(status.ready)));
        let voters = status.voters.iter().map(|voter| voter.node_id).collect();
        // What nobody can tell is no deviation: a node without peers to compare with has other alerts.
        let behind = self.links.clocks.behind(self.id().0, &voters).unwrap_or(0);
        metrics::gauge!("lockstep_raft_clock_behind_seconds").set(behind as f64 / 1_000.0);
        // Only the leader hears them all; who cannot tell says so, and not that all is well.
        let (survivable, dead) = self
            .voters()
            .map_or((f64::NAN, f64::NAN), |voters| (voters.failures_survivable as f64, voters.dead.len() as f64));
        metrics::gauge!("lockstep_raft_failures_survivable").set(survivable);
        metrics::gauge!("lockstep_raft_voters_dead").set(dead);
        for (peer, lag) in lags(shown, &status.peers) {
            metrics::gauge!("lockstep_raft_peer_lag", "peer" => peer.to_string()).set(lag as f64);
        }
    }
}

/// What to show of the peers' lags. A gauge keeps what it was set to, so those in `shown` that are no peers any longer,
/// or not this node's to know since it does not lead, go back to 0.
fn lags(shown: &mut BTreeSet<NodeId>, peers: &[PeerProgress]) -> BTreeMap<NodeId, u64> {
    let mut lags: BTreeMap<NodeId, u64> = std::mem::take(shown).into_iter().map(|gone| (gone, 0)).collect();
    lags.extend(peers.iter().map(|peer| (peer.node, peer.lag)));
    shown.extend(peers.iter().map(|peer| peer.node));
    lags
}

/// What a node does by itself, for as long as it lives.
async fn look_after(node: Weak<Node>, stop: CancellationToken) {
    let mut shown = BTreeSet::new();
    for look in 0u64.. {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(LOOK_EVERY) => {}
        }
        let Some(node) = node.upgrade() else { return };
        node.hand_over_if_clock_is_off().await;
        node.hand_over_if_disk_is_full().await;
        node.hand_over_if_disk_is_slow().await;
        node.set_gauges(&mut shown);
        if look.is_multiple_of(WARM_EVERY_LOOKS) {
            node.keep_links_warm();
        }
    }
}

#[async_trait]
impl Replica for Node {
    fn local(&self) -> Box<dyn View + '_> {
        Box::new(EngineView::new(self.parts.engine.view(), &self.parts.fatal))
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        self.barrier().await?;
        Ok(self.local())
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        self.propose_counted(proposal).await
    }
}

/// The counters of what should not happen are there from the start: Prometheus sees a rise only from a value it knows.
fn count_from_zero() {
    for name in [
        "lockstep_raft_clock_handovers_total",
        "lockstep_raft_connect_failures_total",
        "lockstep_raft_poison_total",
        "lockstep_raft_slow_disk_handovers_total",
        "lockstep_raft_snapshots_built_total",
        "lockstep_raft_snapshots_installed_total",
        "lockstep_raft_snapshots_refused_total",
    ] {
        metrics::counter!(name).increment(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_gone_lags_no_longer() {
        let mut shown = BTreeSet::new();
        let mut check = |peers: &[(u64, u64)], expected: &[(u64, u64)]| {
            let progress = |&(node, lag): &(u64, u64)| PeerProgress { node: NodeId(node), matched: None, lag };
            let peers: Vec<_> = peers.iter().map(progress).collect();
            let lags: Vec<_> = lags(&mut shown, &peers).into_iter().map(|(peer, lag)| (peer.0, lag)).collect();
            assert_eq!(lags, expected);
        };
        check(&[(2, 0), (3, 12_000)], &[(2, 0), (3, 12_000)]);
        check(&[(2, 5)], &[(2, 5), (3, 0)]);
        check(&[(2, 6)], &[(2, 6)]);
        check(&[], &[(2, 0)]); // it leads no longer
        check(&[], &[]);
        check(&[(3, 7)], &[(3, 7)]);
    }
}

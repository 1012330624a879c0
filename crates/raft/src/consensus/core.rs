//! The running consensus: writing, reading the leader's index, and what it looks like from outside.

use super::log::Log;
use super::machine::StateMachine;
use super::network::Network;
use super::recall;
use super::standing::Progress;
use super::types::{Proposed, Raft, Types};
use crate::limits::READ_ROUND_TIME_MAX;
use crate::links::Links;
use crate::slow_disk::Syncs;
use crate::{Config, Fatal, Member, Parts, Role, StartError};
use bytes::Bytes;
use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::errors::{ClientWriteError, RaftError};
use openraft::metrics::RaftServerMetrics;
use openraft::{LinearizerOption, ReadPolicy, ServerState, SnapshotPolicy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;
use store::{Engine, StoreError};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

/// The consensus on one node.
pub(crate) struct Consensus {
    pub(super) raft: Raft,
    pub(super) member: Member,
    pub(super) links: Arc<Links>,
    pub(super) engine: Arc<dyn Engine>,
    pub(super) log: Log,
    pub(super) fatal: Fatal,
    syncs: Arc<Syncs>,
    /// Held while a snapshot comes in and until it is installed: the engine receives one at a time.
    pub(super) receiving: Arc<Mutex<()>>,
    observed: watch::Receiver<Observed>,
    progress: watch::Receiver<Progress>,
    /// Cancelled before the consensus is stopped on purpose.
    stopping: CancellationToken,
}

/// The consensus as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) role: Role,
    pub(crate) term: u64,
    /// Since when it is in this role in this term.
    pub(crate) since: tokio::time::Instant,
    pub(crate) leader: Option<u64>,
    /// Everybody, learners included; empty before the node is a member.
    pub(crate) members: BTreeMap<u64, Member>,
    pub(crate) voters: BTreeSet<u64>,
    /// The sets of voters that each have to agree: one, or two while the membership changes.
    pub(crate) quorums: Vec<BTreeSet<u64>>,
}

impl Observed {
    /// True while a change of the membership is under way.
    pub(crate) fn is_joint(&self) -> bool {
        self.quorums.len() > 1
    }
}

/// Why a write has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteFailure {
    /// This node does not lead: nothing was appended.
    NotLeading,
    /// Less than a quorum has room on its disk: nothing was appended.
    DiskFull,
    /// It may or may not be agreed.
    Unknown,
}

/// This node does not lead, or cannot reach a quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotLeading;

impl Consensus {
    /// Starts on what the engine holds.
    pub(crate) async fn start(config: &Config, parts: &Parts, links: Arc<Links>) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::Failed(error.to_string());
        let (progress_in, progress) = watch::channel(Progress::default());
        let machine = StateMachine::open(parts, Arc::clone(&links.room), progress_in).map_err(distrusted)?;
        let log = Log::new(Arc::clone(&parts.engine), parts.fatal.clone(), Arc::clone(&links.witness));
        let seen = log.clone().seen().map_err(distrusted)?;
        let others = machine.others(config.member.node_id);
        let silent = recall::ask_first(&links, others, seen).await;
        let silent = silent.map_err(|rolled_back| StartError::Distrusted(rolled_back.to_string()))?;
        let (own_log, syncs) = (log.clone(), Arc::clone(&log.syncs));
        let network = Network { links: Arc::clone(&links), engine: Arc::clone(&parts.engine) };
        let settings = Arc::new(settings(config).validate().map_err(|e| failed(&e))?);
        let id = config.member.node_id;
        let raft = Raft::new(id, settings, network, log, machine).await.map_err(|e| failed(&e))?;
        let stopping = CancellationToken::new();
        let observed = observe(&raft, parts.fatal.clone(), stopping.clone());
        tokio::spawn(ask_the_silent(Arc::clone(&links), silent, own_log.clone(), observed.clone(), stopping.clone()));
        Ok(Self {
            observed,
            stopping,
            raft,
            syncs,
            member: config.member.clone(),
            links,
            engine: Arc::clone(&parts.engine),
            log: own_log,
            fatal: parts.fatal.clone(),
            receiving: Arc::default(),
            progress,
        })
    }

    /// What it looks like now and, by waiting for changes, later.
    pub(crate) fn observed(&self) -> watch::Receiver<Observed> {
        self.observed.clone()
    }

    /// What this node's disk has been given to sync.
    pub(crate) fn syncs(&self) -> &Syncs {
        &self.syncs
    }

    /// How far apply is.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Has an encoded envelope agreed and applied; gives the encoded outcome. On the leader.
    pub(crate) async fn write(&self, envelope: Bytes) -> Result<Vec<u8>, WriteFailure> {
        let started = Instant::now();
        match self.raft.client_write(Proposed(envelope)).await {
            Ok(written) => {
                metrics::histogram!("lockstep_raft_commit_seconds").record(started.elapsed());
                faults::point("raft.write.agreed");
                Ok(written.data.0)
            }
            Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_))) => Err(WriteFailure::NotLeading),
            Err(error) => {
                tracing::debug!(%error, "a write was left without an answer");
                Err(WriteFailure::Unknown)
            }
        }
    }

    /// A position such that whatever was acknowledged before this call is at or below it: asks a quorum whether this
    /// node still leads. On the leader.
    pub(crate) async fn read_index(&self) -> Result<u64, NotLeading> {
        let option = LinearizerOption::from(ReadPolicy::ReadIndex).with_wait_timeout(READ_ROUND_TIME_MAX);
        match self.raft.get_read_log_id(option).await {
            Ok((read_log_id, _)) if !faults::planted(faults::Bug::LeadBeforeOwnEntry) => Ok(read_log_id.index()),
            Ok(_) => Ok(self.progress.borrow().applied.unwrap_or(0)),
            Err(_) => Err(NotLeading),
        }
    }

    /// Stops; nothing is appended or applied afterwards.
    pub(crate) async fn shutdown(&self) {
        self.stopping.cancel();
        if let Err(error) = self.raft.shutdown().await {
            tracing::warn!(%error, "the consensus did not stop cleanly");
        }
    }
}

fn distrusted(error: StoreError) -> StartError {
    match error {
        damaged @ StoreError::Damaged { .. } => StartError::Distrusted(damaged.to_string()),
        other => StartError::Failed(other.to_string()),
    }
}

/// Members that could not be asked before this node took part are asked as soon as they can be.
async fn ask_the_silent(
    links: Arc<Links>,
    silent: Vec<Member>,
    log: Log,
    observed: watch::Receiver<Observed>,
    stopping: CancellationToken,
) {
    let is_member = |peer: &Member| observed.borrow().members.contains_key(&peer.node_id);
    let found = || log.seen().map_err(|error| log.fatal.disk(&error)).ok();
    let asked = recall::ask_until_all_answer(&links, silent, is_member, found);
    let answered = tokio::select! {
        answered = asked => answered,
        () = stopping.cancelled() => return,
    };
    if let Err(rolled_back) = answered {
        log.fatal.rolled_back(rolled_back);
    }
}

fn settings(config: &Config) -> openraft::Config {
    let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    openraft::Config {
        cluster_name: config.cluster_id.to_string(),
        heartbeat_interval: millis(config.timing.heartbeat),
        election_timeout_min: millis(config.timing.election_min),
        election_timeout_max: millis(config.timing.election_max),
        snapshot_policy: SnapshotPolicy::LogsSinceLast(config.snapshot_every),
        max_in_snapshot_log_to_keep: config.log_tail_kept,
        replication_lag_threshold: config.snapshot_every + config.log_tail_kept,
        enable_pre_vote: Some(true),
        // A restarted leader stands for election like any other: its lease is gone.
        enable_leader_restore: Some(false),
        allow_log_reversion: Some(false),
        backoff: "20ms 40ms 80ms ...500ms".to_owned(),
        ..openraft::Config::default()
    }
}

/// Follows the consensus with a task that ends with it. A consensus that ends by itself takes the process with it: what is
/// left of the node would only look alive.
fn observe(raft: &Raft, fatal: Fatal, stopping: CancellationToken) -> watch::Receiver<Observed> {
    let mut server = raft.server_metrics();
    let (sender, receiver) = watch::channel(observed(&server.borrow_watched(), None));
    tokio::spawn(async move {
        loop {
            let now = observed(&server.borrow_and_update(), Some(&sender.borrow()));
            metrics::gauge!("lockstep_raft_term").set(now.term as f64);
            metrics::gauge!("lockstep_raft_is_leader").set(f64::from(u8::from(now.role == Role::Leader)));
            metrics::gauge!("lockstep_raft_members").set(now.members.len() as f64);
            sender.send_if_modified(|former| {
                let changed = *former != now;
                *former = now;
                changed
            });
            if server.changed().await.is_err() {
                // Stopped: nobody leads as far as this node can tell.
                sender.send_modify(|last| last.leader = None);
                if !stopping.is_cancelled() {
                    fatal.error("the consensus stopped by itself");
                }
                return;
            }
        }
    });
    receiver
}

fn observed(server: &RaftServerMetrics<Types>, former: Option<&Observed>) -> Observed {
    let membership = server.membership_config.membership();
    let members: BTreeMap<u64, Member> = membership.nodes().map(|(id, node)| (*id, node.clone())).collect();
    let role = match server.state {
        _ if members.is_empty() => Role::Uninitialized,
        ServerState::Learner | ServerState::Shutdown => Role::Learner,
        ServerState::Follower => Role::Follower,
        ServerState::Candidate => Role::Candidate,
        ServerState::Leader => Role::Leader,
    };
    let (term, leader) = (server.vote.leader_id.term, server.current_leader);
    let quorums = membership.get_joint_config().clone();
    let same = former.filter(|former| (former.role, former.term) == (role, term));
    let since = same.map_or_else(tokio::time::Instant::now, |former| former.since);
    Observed { role, term, since, leader, members, voters: membership.voter_ids().collect(), quorums }
}

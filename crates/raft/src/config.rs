//! What a node is started with.

use crate::{ClusterId, Fatal, Incarnation, Member, Transport};
use replica::{Clock, Machine};
use std::sync::Arc;
use std::time::Duration;
use store::Engine;

/// How a node behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// The cluster that the node belongs to. Peers of another are refused.
    pub cluster_id: ClusterId,
    /// Which life of the cluster. Peers of another are refused.
    pub incarnation: Incarnation,
    /// What the node is called and where it is reached.
    pub member: Member,
    /// Heartbeats and elections.
    pub timing: Timing,
    /// A snapshot is taken after this many entries since the last one.
    pub snapshot_every: u64,
    /// How many entries that a snapshot covers stay in the log, for followers that are a little behind.
    pub log_tail_kept: u64,
    /// How long a proposal is pursued before its outcome counts as unknown.
    pub propose_time_max: Duration,
    /// How long a request waits for a leader.
    pub leader_wait_max: Duration,
    /// How many requests may wait for a leader.
    pub waiting_max: usize,
}

impl Config {
    /// A node with the product's numbers.
    pub fn new(cluster_id: ClusterId, member: Member) -> Self {
        Self {
            cluster_id,
            incarnation: Incarnation::default(),
            member,
            timing: Timing::default(),
            snapshot_every: crate::limits::SNAPSHOT_EVERY,
            log_tail_kept: crate::limits::LOG_TAIL_KEPT,
            propose_time_max: crate::limits::PROPOSE_TIME_MAX,
            leader_wait_max: crate::limits::LEADER_WAIT_MAX,
            waiting_max: crate::limits::WAITING_MAX,
        }
    }
}

/// Heartbeats and elections. A follower stands for election `election_max` plus a random time of
/// `election_min..election_max` after the last heartbeat.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// Least random part of a follower's patience.
    pub election_min: Duration,
    /// Most random part, and the length of a leader's lease.
    pub election_max: Duration,
}

impl Default for Timing {
    /// 50 ms, and 150 to 300 ms: measured at 0.6 s from a killed leader to the next write.
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(50),
            election_min: Duration::from_millis(150),
            election_max: Duration::from_millis(300),
        }
    }
}

/// What a node is made of.
#[derive(Clone)]
pub struct Parts {
    /// Log and tables.
    pub engine: Arc<dyn Engine>,
    /// The commands.
    pub machine: Arc<Machine>,
    /// This node's wall clock: the leader stamps with it.
    pub clock: Arc<dyn Clock>,
    /// The way to peers: [`crate::SharedTls`], or the network of a simulation.
    pub transport: Arc<dyn Transport>,
    /// Called after commit with what has to be wiped from memory.
    pub evict: Arc<dyn Fn(Eviction<'_>) + Send + Sync>,
    /// Called when the node cannot go on.
    pub fatal: Fatal,
}

/// What has to be wiped from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eviction<'a> {
    /// The opened form of the material sealed as these bytes.
    One(&'a [u8]),
    /// Everything: a snapshot replaced the tables, or a reset emptied them, and what went is not listed.
    All,
}

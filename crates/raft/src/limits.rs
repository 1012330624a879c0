//! Numbers of this crate, each with its reason.

use std::time::Duration;

/// How long a proposal is pursued, in all: SDKs' own timeouts are longer, a failover takes under one second.
pub const PROPOSE_TIME_MAX: Duration = Duration::from_secs(5);

/// How long a request that may still be refused waits for a leader: longer than the worst failover that is aimed at.
pub const LEADER_WAIT_MAX: Duration = Duration::from_secs(3);

/// How many requests may wait for a leader at once; each holds a few kilobytes.
pub const WAITING_MAX: usize = 4096;

/// A snapshot is taken after this many entries: a restart replays at most as many, in well under a second.
pub const SNAPSHOT_EVERY: u64 = 50_000;

/// Entries kept below a snapshot: a follower that was away for a moment needs no snapshot.
pub const LOG_TAIL_KEPT: u64 = 10_000;

//! Numbers of this crate, each with its reason.

use std::time::Duration;

/// How long a proposal is pursued, in all: several failovers long, and an answer is promised within five seconds.
pub const PROPOSE_TIME_MAX: Duration = Duration::from_millis(4_500);

/// How long a request that may still be refused waits for a leader: longer than the worst failover that is aimed at.
pub const LEADER_WAIT_MAX: Duration = Duration::from_secs(3);

/// How many requests may wait for a leader at once; each holds a few kilobytes.
pub const WAITING_MAX: usize = 4096;

/// A snapshot is taken after this many entries: a restart replays at most as many, in well under a second.
pub const SNAPSHOT_EVERY: u64 = 50_000;

/// Entries kept below a snapshot: a follower that was away for a moment needs no snapshot.
pub const LOG_TAIL_KEPT: u64 = 10_000;

/// A message between peers: one log entry or one piece is far smaller, several are cut at about one mebibyte.
pub const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// Pieces in which a snapshot is sent.
pub const SNAPSHOT_PIECE_BYTES: usize = 512 << 10;

/// Opening a connection to a peer, TLS included.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(1);

/// Accepting one: whoever does not finish its TLS handshake in this time is dropped.
pub const ACCEPT_TIME_MAX: Duration = Duration::from_secs(5);

/// First and longest pause before connecting again to a peer that could not be reached. The longest bounds how much
/// later than necessary a peer that came back is noticed.
pub const RECONNECT_PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// How many calls that were given up a connection remembers, and for how long: their answers may still come, and those to
/// calls that are forgotten count as errors of the connection. h2's own second is less than a slow network takes, and the
/// only time of a connection that a simulation does not move.
pub const LATE_ANSWERS_MAX: (usize, Duration) = (1_024, Duration::from_secs(600));

/// A stream to or from a peer that has something outstanding and does not move for this long is given up.
pub const STREAM_STALL_MAX: Duration = Duration::from_secs(3);

/// A snapshot's receiver installs it before it answers; this is for the largest.
pub const SNAPSHOT_INSTALL_TIME_MAX: Duration = Duration::from_secs(120);

/// One round of reading the leader's index: a healthy one takes one round trip, at a follower two, and one more where a
/// heartbeat is under way already.
pub const READ_ROUND_TIME_MAX: Duration = Duration::from_secs(1);

/// The least that a call to a peer is given for its answer. openraft gives a heartbeat its interval, 50 ms, and a vote 150 ms:
/// between zones further apart than that no answer would ever count. One heartbeat follows the answer to the former, so
/// this stays below a follower's least patience of 450 ms: a peer that hears and is not heard goes on hearing in time.
pub const CALL_TIME_MIN: Duration = Duration::from_millis(400);

/// First and longest pause between attempts of a waiting request.
pub const RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// A leader further than this from the middle of the clocks does not stamp.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(2);

/// A peer's clock is known for this long after it was heard; heartbeats tell it twenty times a second. A leader that has
/// not heard a quorum for so long has lost it, and accepts nothing that it could not get agreed.
pub const CLOCK_HEARD_MAX: Duration = Duration::from_secs(2);

/// A follower that has not heard its leader for this long is not ready: forty heartbeats, and longer than an election.
pub const PEER_HEARD_MAX: Duration = Duration::from_secs(2);

/// Until a snapshot for which there was no room is tried again.
pub const SNAPSHOT_AGAIN: Duration = Duration::from_secs(10);

/// How long one question takes to a peer that is asked what it remembers of this node's disk: one round trip, connecting
/// included.
pub const RECALL_TIME_MAX: Duration = Duration::from_secs(1);

/// How long a node that starts waits for peers that are there and late. A cluster that starts as a whole waits for nobody,
/// since nobody listens.
pub const RECALL_PATIENCE: Duration = Duration::from_secs(3);

/// Until a peer that is late is asked again.
pub const RECALL_PAUSE: Duration = Duration::from_millis(100);

/// Until peers that did not answer are asked again, once the node takes part.
pub const RECALL_AGAIN: Duration = Duration::from_millis(500);

/// A node this many entries behind what it knows to be committed is not ready.
pub const READY_LAG_MAX: u64 = 1_000;

/// A learner this many entries behind the end of the log has caught up: what is missing is sent in one piece.
pub const CAUGHT_UP_LAG_MAX: u64 = 100;

/// Handing the lead over: one election.
pub const TRANSFER_TIME_MAX: Duration = Duration::from_secs(3);

/// So many looks in a row must find a leader's disk slower than an election before it hands over: about a second.
pub const SLOW_DISK_LOOKS: u32 = 4;

/// A node that handed over because of its disk does not do so again for this long: where all disks are slow, the lead would
/// only go round.
pub const SLOW_DISK_PAUSE: Duration = Duration::from_secs(30);

/// Connections from peers at once: a few per member, and room for those that join.
pub const CONNECTIONS_MAX: usize = 256;

//! Every bound of this crate, with its reason.

use std::time::Duration;
use store::rocks::RocksOptions;

/// A node's name and its zone have to fit a DNS label (RFC 1035), in bytes.
pub const LABEL_BYTES_MAX: usize = 63;
/// Connections of clients at one time, unless configured: RELIABILITY's figure.
pub const CONNECTIONS_DEFAULT: usize = 10_000;
/// The most that may be configured: below the usual hard limit of open files.
pub const CONNECTIONS_MAX: usize = 200_000;
/// How long a stopping node waits for answers under way, unless configured: longer than any request may take.
pub const DRAIN_MILLIS_DEFAULT: u64 = 5_000;
/// The most that may be configured: service managers kill after 90 s.
pub const DRAIN_MILLIS_MAX: u64 = 60_000;
/// The most log entries that may be configured to stay: some gigabytes, and minutes of replay.
pub const LOG_ENTRIES_MAX: u64 = 10_000_000;
/// How long leadership may take to reach another node before a stopping node goes anyway.
pub const HAND_OVER: Duration = Duration::from_secs(2);
/// How long a stopping node waits for a birth or join under way.
pub const BEGINNING: Duration = Duration::from_secs(10);
/// Room on the disk below which a node takes no changes, in bytes, unless configured: what elections, apply and RocksDB's
/// own files may need while nothing new is taken.
pub const DISK_RESERVE_DEFAULT: u64 = 64 << 20;
/// The most that may be configured, in bytes.
pub const DISK_RESERVE_MAX: u64 = 1 << 40;
/// How often the room on the disk is looked at: a disk is filled by gigabytes a second at most, and the reserve is larger
/// than what comes between two looks.
pub const SPACE_LOOK: Duration = Duration::from_millis(250);
/// How often a node whose disk had no room tries to start.
pub const SPACE_RETRY: Duration = Duration::from_secs(1);
/// How soon after its start a node reads its disk from end to end: when it has caught up and answers.
pub const SCRUB_AFTER: Duration = Duration::from_secs(5);
/// And how often from then on: decay is slow.
pub const SCRUB_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// How often a node looks whether its peers have moved.
pub const CONTACTS: Duration = Duration::from_secs(1);
/// The same until they were written down once.
pub const FIRST_CONTACTS: Duration = Duration::from_millis(50);
/// How long a join token is good for, unless asked otherwise.
pub const TOKEN_DEFAULT: Duration = Duration::from_secs(3_600);
/// The longest that a join token may be good for: a forgotten one must end by itself.
pub const TOKEN_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
/// A join token's text, in bytes: a dozen peers fit many times.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// A Unix socket's path, in bytes (unix(7)).
pub const SOCKET_PATH_BYTES_MAX: usize = 107;
/// Threads of the consensus: one applies, and heartbeats go out meanwhile.
pub const CONSENSUS_THREADS: usize = 2;
/// After so many tasks a thread that is busy looks at what has arrived. tokio's own 61 make a busy node's peers and callers
/// wait for a millisecond at each step; a look costs a microsecond.
pub const TASKS_BETWEEN_EVENTS: u32 = 13;
/// How long what still runs on threads of their own may take to end when the node does. Nothing that matters does.
pub const THREADS_END: Duration = Duration::from_secs(2);
/// One connection attempt to a peer.
pub const CONNECT: Duration = Duration::from_secs(2);
/// One call of a peer beside Raft: admission waits for a commit, and for a leader before it.
pub const PEER_CALL: Duration = Duration::from_secs(10);
/// How long the leader waits for what a newcomer says and for it to catch up, before it looks at the membership again.
pub const CATCH_UP: Duration = Duration::from_secs(1);
/// How long a node that is asked how it stands waits for what the leader says: who asks waits for a second at most.
pub const ASK_LEADER: Duration = Duration::from_millis(500);
/// How often a node without a leader asks the others whether it was removed while it was away.
pub const ASK_WHETHER_REMOVED: Duration = Duration::from_secs(1);
/// Bytes of a peer's call beside Raft: a certificate request or a keyring.
pub const PEER_MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// How often the leader looks whether a node waits for membership, and a node whether its keyring is the committed one.
pub const LOOK: Duration = Duration::from_millis(200);
/// How often opened keys that are not used are looked for.
pub const SWEEP: Duration = Duration::from_secs(5);
/// How often a node looks whether its certificate is old. It has months to be renewed in.
pub const CERTIFICATE_LOOK: Duration = Duration::from_secs(3_600);
/// The same after a renewal that failed.
pub const CERTIFICATE_RETRY: Duration = Duration::from_secs(60);
/// How often the files of the certificate that clients see are looked at.
pub const CLIENT_CERTIFICATE_LOOK: Duration = Duration::from_secs(2);
/// How long a restore waits for the next piece of its file.
pub const RESTORE_STALL: Duration = Duration::from_secs(60);
/// Connections to the metrics port at one time.
pub const METRICS_CONNECTIONS: usize = 64;
/// Time for the headers of a request to the metrics port.
pub const METRICS_HEADERS: Duration = Duration::from_secs(5);
/// How often histograms are brought up to date when nobody asks for them: their samples must not pile up.
pub const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// How often the leader looks into the due queue. What it holds is due by the day; a second is soon.
pub const TIMER: Duration = Duration::from_secs(1);
/// Commands of the due queue that are proposed one after another before the leader looks again.
pub const DUE_AT_ONCE: usize = 100;
/// The memory of one database in a development cluster, of which a machine holds as many as zones times Regions.
pub const ENGINE_OF_MANY: RocksOptions =
    RocksOptions { block_cache_bytes: 8 * 1024 * 1024, memtables_bytes: 16 * 1024 * 1024 };

/// How long a node that is admitted asks its peers: to admit it, since one may be electing or busy, and for the keyring,
/// since they may not have applied its admission yet.
pub const ADMITTED_PATIENCE: Duration = Duration::from_secs(10);
/// Between two rounds of that.
pub const ADMITTED_PAUSE: Duration = Duration::from_millis(50);

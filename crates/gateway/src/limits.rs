//! The numbers of the wire, each with its reason.

use std::time::Duration;

/// What an operator may set. The defaults are the tested ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time, on one port.
    pub connections_max: usize,
    /// Connections at one time from one IP address.
    pub connections_per_ip_max: usize,
    /// Whether loopback is exempt from [`Limits::connections_per_ip_max`]: there, everybody has one address.
    pub loopback_exempt: bool,
    /// Calls that run at one time. A call runs until its answer has been taken.
    pub calls_max: usize,
    /// Calls of one account that run at one time on a node that keeps up; further ones wait.
    pub calls_per_account_max: usize,
    /// Calls that wait for a place at one time; one more is answered ThrottlingException.
    pub waiting_max: usize,
    /// How long a call may take once its body is there.
    pub call_time: Duration,
    /// How long open requests may go on after shutdown began.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            connections_per_ip_max: 256,
            loopback_exempt: true,
            calls_max: 1_024,
            // More at once made no node faster; see decision 17.
            calls_per_account_max: 128,
            waiting_max: 1_024,
            call_time: Duration::from_secs(10),
            drain_time: Duration::from_secs(10),
        }
    }
}

/// How long a call may wait for its place: longer than those before it may wait for a leader, shorter than clients wait for
/// an answer.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(5);

/// Access keys of which it is remembered that their calls are throttled. Beyond that the node forgets, and verifies again.
pub(crate) const THROTTLED_KEYS_MAX: usize = 1_024;

/// How long a refusal for too many calls waits before it goes out: who calls again at once is slowed to ten calls a second
/// for each that it has under way, and on a node that does not keep up to one.
pub(crate) const THROTTLED_PAUSE: Duration = Duration::from_millis(100);
/// See [`THROTTLED_PAUSE`].
pub(crate) const THROTTLED_PAUSE_MAX: Duration = Duration::from_secs(1);

/// Refusals that wait like this at one time, a few kilobytes each; one more goes out at once.
pub(crate) const PAUSES_MAX: usize = 4_096;

/// How long a task that is ready may wait until it runs, on average, on a node that keeps up: what begins with a turn is to
/// be through in a fraction of it.
pub(crate) const DELAY_MAX: Duration = Duration::from_micros(250);

/// How long a turn is: a few times as long as a call takes, and little beside what a call may take.
pub(crate) const TURN: Duration = Duration::from_millis(5);

/// Over how many turns the delay is measured.
pub(crate) const DELAY_SAMPLES: u32 = 8;

/// How long after a call of another account a node is believed to be shared.
pub(crate) const SHARED_TIME: Duration = Duration::from_secs(1);

/// How many calls one account may always run, and start in a turn: 400 a second, on a node that has far too much to do.
pub(crate) const WIDTH_MIN: usize = 2;

/// How many it may run before the first look.
pub(crate) const WIDTH_FIRST: usize = 32;

/// What the bodies of unverified and running calls take in memory, in bytes: 128 of the longest, thousands of usual ones.
pub(crate) const BODIES_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How many times what is free one address may hold: three quarters alone. Callers behind a proxy share one.
pub(crate) const ADDRESS_ROOM_FACTOR: usize = 3;

/// What a body counts at least, in bytes: its request's head and the task that reads it.
pub(crate) const BODY_ROOM_MIN: usize = 16 * 1024;

/// Longest request body, in bytes. The largest input of the built services is a secret of 64 KiB, escaped as JSON.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Longest request body of KMS, in bytes: its largest members are a policy of 32 KiB and a blob of 6 KiB.
pub(crate) const BODY_BYTES_MAX_KMS: usize = 64 * 1024;

/// How long a body may take whatever its speed.
pub(crate) const BODY_GRACE: Duration = Duration::from_secs(5);

/// How fast a body must come after [`BODY_GRACE`], in bytes per second, on average.
pub(crate) const BODY_BYTES_PER_SECOND_MIN: u64 = 1024;

/// How long the head of a request may take. Also how long an idle HTTP/1.1 connection is kept: clients open another one.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a connection may take to its first request. gRPC clients that connect ahead of need connect again.
pub(crate) const FIRST_REQUEST_TIME: Duration = Duration::from_secs(20);

/// How long a client may leave what was sent to it without taking it, before its connection is given up.
pub(crate) const UNTAKEN_TIME: Duration = Duration::from_secs(20);

/// How long a TLS handshake may take.
pub(crate) const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// Header lines of one request. SDKs send about 15.
pub(crate) const HEADERS_MAX: usize = 100;

/// Bytes of the head of a request of HTTP/1.1. A session token alone may have 4 KiB.
pub(crate) const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Bytes of the header list of a request of HTTP/2, as RFC 9113, 6.5.2, counts them.
pub(crate) const HEADER_LIST_BYTES_MAX: u32 = 16 * 1024;

/// Requests at one time on one HTTP/2 connection. gRPC clients put all of theirs on one connection, and load tests use 64
/// and more streams. RELIABILITY's figure is 100; 256 costs nothing here, because neither calls nor memory are counted by
/// the connection: what is asked for beyond an account's share waits or is throttled, on however many connections.
pub(crate) const STREAMS_MAX: u32 = 256;

/// Reset streams that HTTP/2 keeps before it calls the connection an attack (CVE-2023-44487).
pub(crate) const RESET_STREAMS_MAX: usize = 20;

/// Streams that this side resets for errors of the peer before it closes the connection.
pub(crate) const LOCAL_ERROR_RESETS_MAX: usize = 1_024;

/// HTTP/2 flow control: bytes in flight per stream, and per connection. What a client sent and nobody has read yet is at
/// most that.
pub(crate) const STREAM_WINDOW_BYTES: u32 = 128 * 1024;
/// See [`STREAM_WINDOW_BYTES`].
pub(crate) const CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;

/// How often an HTTP/2 connection is probed, and how long the probe may take, so that dead peers give up their place.
pub(crate) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// See [`KEEPALIVE_INTERVAL`].
pub(crate) const KEEPALIVE_TIME: Duration = Duration::from_secs(10);

/// How many times a call starts again when permissions changed under it. Each time needs a change of its own account's
/// credentials within milliseconds.
pub(crate) const REAUTHORIZATIONS_MAX: usize = 4;

/// How long a client that was throttled, or met no leader, is asked to wait; on gRPC.
pub(crate) const RETRY_DELAY: Duration = Duration::from_millis(100);

/// How often grpc.health.v1 looks at readiness.
pub(crate) const HEALTH_INTERVAL: Duration = Duration::from_millis(250);

/// How long the listener rests when the system refuses another file descriptor.
pub(crate) const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Longest `amz-sdk-invocation-id` that names a proposal, in bytes. SDKs send a UUID.
pub(crate) const INVOCATION_ID_BYTES_MAX: usize = 128;

/// Longest name of an unknown operation that is recorded, in characters.
pub(crate) const UNKNOWN_OPERATION_CHARS_MAX: usize = 128;

/// Longest access key id that is recorded of a caller whom nobody knows, in characters: AWS's own bound.
pub(crate) const ACCESS_KEY_ID_CHARS_MAX: usize = 128;

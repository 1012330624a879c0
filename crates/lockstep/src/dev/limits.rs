//! Every bound of the development cluster, with its reason.

use std::time::Duration;

/// How long the cluster may take to answer requests, on a machine that is busy building.
pub const RISES_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at a node that is rising.
pub const LOOK: Duration = Duration::from_millis(50);
/// How often the front asks each zone whether it is ready.
pub const HEALTH_EVERY: Duration = Duration::from_millis(100);
/// How long a zone may take to say so.
pub const HEALTH_WITHIN: Duration = Duration::from_millis(300);
/// So many silences in a row make a zone count as paused, and its connections are cut: a second and a half.
pub const SILENCES_MAX: u32 = 4;
/// One attempt to connect to a zone on this machine.
pub const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// How long a client is held while no zone takes its connection; below the 5 s in which it is to have an answer.
pub const HOLD: Duration = Duration::from_secs(4);
/// Between two rounds over the zones while it is held.
pub const HOLD_PAUSE: Duration = Duration::from_millis(50);
/// Clients' connections at one time; each costs two descriptors.
pub const CONNECTIONS_MAX: usize = 8_192;
/// How long a zone that was asked to end may take: its own drain, and some more.
pub const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Lines of a zone's log that are shown when it does not rise.
pub const LOG_LINES_SHOWN: usize = 12;

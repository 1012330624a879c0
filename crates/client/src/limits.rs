//! Numbers of this crate, each with its reason.

use std::time::Duration;

/// How long one node may take to accept a connection. A living node on the same continent needs far less.
pub(crate) const CONNECT: Duration = Duration::from_millis(500);

/// How long one attempt may take, and never more than half of the caller's deadline. Longer than a node waits for a leader (3 s), so its own answer arrives; a paused node
/// costs this once.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(4);

/// How long one call may take over all its attempts when the caller sets no deadline. A paused node, an election and a
/// second paused node pass within it.
pub(crate) const CALL: Duration = Duration::from_secs(15);

/// How often one call is sent, over all nodes. With three nodes, each is asked twice.
pub(crate) const ATTEMPTS_MAX: usize = 6;

/// Pause after every node was asked once, so that an election (at most 0.7 s) can end.
pub(crate) const ROUND_PAUSE: Duration = Duration::from_millis(200);

/// Largest request message, in bytes: the gateway's own limit.
pub(crate) const REQUEST_BYTES_MAX: usize = 1024 * 1024;

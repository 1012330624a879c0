//! Every limit of this crate, in bytes where not said otherwise, with its reason.

/// Rows are gathered into frames of about this size when a snapshot is written: large enough that a frame's head costs
/// nothing, small enough that many may be in flight.
pub(crate) const SNAPSHOT_FRAME_BYTES: usize = 64 * 1024;

/// The largest frame that is read back. A row is far below it; a length above it is damage, and memory is not reserved
/// for it.
pub(crate) const SNAPSHOT_FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

//! The form of a snapshot, the same for both engines: what one wrote, the other can install.
//!
//! ```text
//! snapshot = magic (8 bytes) · frame 1 (head) · frames 2 (rows) · frame 3 (tail)
//! frame    = kind (1 byte) · length of the payload (4 bytes) · payload
//! head     = text id · text meta
//! rows     = (text key · text value)…        ascending by key over all frames
//! tail     = number of rows (8 bytes) · SHA-256 of all bytes before this frame
//! text     = length (4 bytes) · bytes        all numbers big-endian
//! ```

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::{SnapshotReader, check};
pub use write::SnapshotWriter;

/// First bytes of every snapshot; the last one is the version of the form.
const MAGIC: &[u8; 8] = b"LOCKSNP\x01";

/// Kinds of frames. Append-only.
mod kind {
    pub(super) const HEAD: u8 = 1;
    pub(super) const ROWS: u8 = 2;
    pub(super) const TAIL: u8 = 3;
}

//! The form of a snapshot file. Bytes on disk: another form gets another number in [`MAGIC`].
//!
//! ```text
//! file    = magic (8 bytes) · head · keyring · rows… · tail
//! frame   = kind (1 byte) · length of the payload (4 bytes) · payload · check (32 bytes)
//! check   = SHA-256(check of the frame before, of the first one the hash of the magic · kind · length · payload)
//! head    = kind 1, a BackupHead
//! keyring = kind 2, the keyring's file of the node that saved: sealed by its seal
//! rows    = kind 3, (text key · text value)…        ascending by key over all frames
//! tail    = kind 4, number of rows (8 bytes)
//! text    = length (4 bytes) · bytes                all numbers big-endian
//! ```
//!
//! The checks are a chain, so that the last one is a hash over everything and each one says where the damage is.

/// First bytes of every snapshot file; the last one is the version of the form.
pub(super) const MAGIC: &[u8; 8] = b"LOCKBAK\x01";
/// The length of a check, in bytes.
pub(super) const CHECK_BYTES: usize = 32;
/// The length of what stands before a payload, in bytes.
pub(super) const FRAME_HEAD_BYTES: usize = 5;
/// Rows are gathered into frames of about this size: a frame's head costs nothing, and a few fit into any memory.
pub(super) const FRAME_BYTES: usize = 64 * 1024;
/// The largest payload that is read: a keyring of 16 MiB fits. A length above it is damage, and no memory is taken for it.
pub(super) const FRAME_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Format number of the head's message.
pub(super) const HEAD_FORMAT: u32 = 1;

/// Kinds of frames. Append-only.
pub(super) mod kind {
    pub(in crate::disk::backup) const HEAD: u8 = 1;
    pub(in crate::disk::backup) const KEYRING: u8 = 2;
    pub(in crate::disk::backup) const ROWS: u8 = 3;
    pub(in crate::disk::backup) const TAIL: u8 = 4;
}

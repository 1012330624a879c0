//! The keyring.

/// Which keyring is open: what the committed `KeyringRecord` of the cluster is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringStatus {
    /// Rises by one with each change; 1 at birth.
    pub version: u64,
    /// An HMAC of the content under a key inside the content: equal for equal keyrings, and says nothing about them.
    pub hash: [u8; 32],
}

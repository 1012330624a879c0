//! Keyring transfer between nodes.

use crate::{CryptoError, KeyringFile, KeyringStatus, Seal, Vault};

/// The asking node's half of a transfer: opens the one reply to its request.
pub struct TransferSecret {}

impl TransferSecret {
    /// Begins a transfer: the secret to keep, and the request to send to a peer.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses.
    pub fn new() -> Result<(Self, Vec<u8>), CryptoError> {
        Err(CryptoError::Locked)
    }
}

impl Vault {
    /// Answers a peer's request with this node's keyring, encrypted to the request. The caller has authenticated the
    /// peer as a member: whoever made the request can read the answer.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Malformed`].
    pub fn transfer_reply(&self, request: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let _ = request;
        Err(CryptoError::Locked)
    }

    /// Takes over a transferred keyring: opens it, writes the file under this node's own seal, and uses it. `expected`
    /// comes from the replicated state (or from the leader that prepares a new version); another keyring is refused.
    ///
    /// # Errors
    /// [`CryptoError::KeyringDamaged`] when the reply does not open or is not the expected keyring,
    /// [`CryptoError::KeyringStale`] when it is older than the open one, and those of writing the file.
    pub fn accept_transfer(
        &self,
        secret: TransferSecret,
        reply: &[u8],
        expected: &KeyringStatus,
        seal: &dyn Seal,
        file: &KeyringFile,
    ) -> Result<KeyringStatus, CryptoError> {
        let _ = (secret, reply, expected, seal, file);
        Err(CryptoError::Locked)
    }
}

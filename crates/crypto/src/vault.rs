//! The vault.

use crate::{CryptoError, KeyIdentity, KeyringFile, KeyringStatus, Seal, Secret};
use std::collections::BTreeMap;

/// The opened keyring of one Region and what may be done with it. Shared by all tasks of a node; starts locked.
pub struct Vault {}

impl Vault {
    /// A vault without a keyring; every use answers [`CryptoError::Locked`] until one is generated, loaded or
    /// transferred.
    pub fn locked() -> Self {
        Self {}
    }

    /// **Dangerous, for tests only.** A vault that writes everything it should seal in the clear, so that a test which
    /// searches for leaked secrets can first prove that it would find them. Its records and blobs carry another
    /// format byte, which every other vault refuses.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] unless `dev` is true and the environment has `LOCKSTEP_TEST_SEALING_OFF=1`.
    pub fn unsealed_for_tests(dev: bool) -> Result<Self, CryptoError> {
        let _ = dev;
        Err(CryptoError::Locked)
    }

    /// Makes the keyring of a new cluster, version 1, writes it and opens it.
    ///
    /// # Errors
    /// [`CryptoError::KeyringExists`], and those of the seal and of writing the file.
    pub fn generate(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        let _ = (seal, file);
        Err(CryptoError::Locked)
    }

    /// Opens the keyring of an existing file.
    ///
    /// # Errors
    /// [`CryptoError::KeyringMissing`], [`CryptoError::KeyringDamaged`], and those of the seal and of reading the file.
    pub fn load(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        let _ = (seal, file);
        Err(CryptoError::Locked)
    }

    /// Which keyring is open; `None` while locked.
    pub fn status(&self) -> Option<KeyringStatus> {
        None
    }

    /// Adds a fresh epoch as the keyring's next version and writes the file. The epoch opens records from now on, but
    /// seals none until [`Vault::allow_sealing`] says that a majority has it and the version is committed.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], and those of the seal and of writing the file.
    pub fn prepare_next(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        let _ = (seal, file);
        Err(CryptoError::Locked)
    }

    /// Lets the epochs of keyring versions up to `version` seal. Version 1 may always: it is committed with the
    /// cluster's birth. Never lowers what was allowed before.
    pub fn allow_sealing(&self, version: u64) {
        let _ = version;
    }

    /// Draws the 256-bit material of a symmetric key and seals it.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn new_key_material(&self, identity: &KeyIdentity) -> Result<Vec<u8>, CryptoError> {
        let _ = identity;
        Err(CryptoError::Locked)
    }

    /// Encrypts under sealed key material. The blob is 105 bytes longer than the plaintext.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the material does not open, [`CryptoError::Malformed`]
    /// when the key id has no form that a blob can carry.
    pub fn encrypt(
        &self,
        sealed: &[u8],
        identity: &KeyIdentity,
        context: &BTreeMap<String, String>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let _ = (sealed, identity, context, plaintext);
        Err(CryptoError::Locked)
    }

    /// Decrypts a blob under sealed key material.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the material does not open,
    /// [`CryptoError::InvalidCiphertext`] when the blob does not open under this material, identity and context.
    pub fn decrypt(
        &self,
        sealed: &[u8],
        identity: &KeyIdentity,
        context: &BTreeMap<String, String>,
        blob: &[u8],
    ) -> Result<Secret, CryptoError> {
        let _ = (sealed, identity, context, blob);
        Err(CryptoError::Locked)
    }

    /// Forgets the opened form of a sealed record at once: key material or access key.
    pub fn evict(&self, sealed: &[u8]) {
        let _ = sealed;
    }
}

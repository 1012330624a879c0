//! The seal of a key file: 32 random bytes that the operator makes and guards (a mounted secret, a separate disk).

use crate::{CryptoError, Seal, Secret};
use std::path::Path;

/// A key file of exactly 32 bytes, readable by its owner alone (0600 or 0400).
pub struct KeyFileSeal {}

impl KeyFileSeal {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] when it is no regular file, has another length, or others may read it.
    pub fn open(path: &Path) -> Result<Self, CryptoError> {
        let _ = path;
        Err(CryptoError::Locked)
    }
}

impl Seal for KeyFileSeal {
    fn name(&self) -> &'static str {
        "key-file"
    }

    fn wrap(&self, _plaintext: &[u8], _bound: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Locked)
    }

    fn unwrap(&self, _wrapped: &[u8], _bound: &[u8]) -> Result<Secret, CryptoError> {
        Err(CryptoError::Locked)
    }
}

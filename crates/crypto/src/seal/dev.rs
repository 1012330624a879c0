//! The seal of a dev cluster: a key that the node itself leaves in its data folder.

use crate::{CryptoError, Seal, Secret};
use std::path::Path;

/// Protects nothing against who reads the data folder; only for a cluster born in dev mode.
pub struct DevSeal {}

impl DevSeal {
    /// Opens the dev seal of a data folder, making its key file (0600, marked as insecure) when there is none.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] unless `dev` is true, or when the file is no dev seal.
    pub fn open(folder: &Path, dev: bool) -> Result<Self, CryptoError> {
        let _ = (folder, dev);
        Err(CryptoError::Locked)
    }
}

impl Seal for DevSeal {
    fn name(&self) -> &'static str {
        "dev"
    }

    fn is_insecure(&self) -> bool {
        true
    }

    fn wrap(&self, _plaintext: &[u8], _bound: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Locked)
    }

    fn unwrap(&self, _wrapped: &[u8], _bound: &[u8]) -> Result<Secret, CryptoError> {
        Err(CryptoError::Locked)
    }
}

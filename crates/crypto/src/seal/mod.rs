//! What protects the keyring's file at rest: the list of seals.

mod dev;
mod key_file;
mod local_key;

pub use dev::DevSeal;
pub use key_file::KeyFileSeal;

use crate::{CryptoError, Secret};

/// Wraps small secrets (the keyring's file key, a node's TLS key) under a key that lives outside the database.
pub trait Seal: Send + Sync {
    /// What `status` and logs call this seal.
    fn name(&self) -> &'static str;

    /// Whether this seal protects nothing against who reads the data folder; `status` and logs say so.
    fn is_insecure(&self) -> bool {
        false
    }

    /// Encrypts `plaintext`, bound to `bound`: the same bytes must be given to open it again.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] when the seal cannot be reached.
    fn wrap(&self, plaintext: &[u8], bound: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// Opens what [`Seal::wrap`] gave.
    ///
    /// # Errors
    /// [`CryptoError::Damaged`] when it does not open, [`CryptoError::SealUnusable`] when the seal cannot be reached.
    fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Result<Secret, CryptoError>;
}

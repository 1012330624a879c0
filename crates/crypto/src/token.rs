//! Pagination tokens: sealed, and bound to who may use them for what.

use crate::{CryptoError, Vault};

impl Vault {
    /// Seals the state of a listing as URL-safe text. `scope` is whatever the token must not leave: account,
    /// operation, filters.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn seal_token(&self, scope: &[&str], state: &[u8]) -> Result<String, CryptoError> {
        let _ = (scope, state);
        Err(CryptoError::Locked)
    }

    /// Opens a token that was sealed under the same scope.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::InvalidCiphertext`] for anything else.
    pub fn open_token(&self, scope: &[&str], token: &str) -> Result<Vec<u8>, CryptoError> {
        let _ = (scope, token);
        Err(CryptoError::Locked)
    }
}

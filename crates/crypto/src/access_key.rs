//! Access keys.

use crate::{CryptoError, Secret, Vault};

/// A SigV4 signing key of one access key, day, Region and service. Cheap to clone; wiped with its last clone.
#[derive(Clone)]
pub struct SigningKey {}

impl SigningKey {
    /// The signature of a string to sign (HMAC-SHA256), to be compared in constant time.
    pub fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        let _ = string_to_sign;
        [0; 32]
    }
}

impl Vault {
    /// Draws a secret access key (40 characters of the base64 alphabet) and seals it: the secret to show once, and
    /// the record to keep.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn new_access_key(&self, account: &str, access_key_id: &str) -> Result<(Secret, Vec<u8>), CryptoError> {
        let _ = (account, access_key_id);
        Err(CryptoError::Locked)
    }

    /// Seals a secret access key that was drawn elsewhere, such as the fixed root credential of a dev cluster.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn seal_access_key(&self, account: &str, access_key_id: &str, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let _ = (account, access_key_id, secret);
        Err(CryptoError::Locked)
    }

    /// The signing key of a sealed access key. `date` is `YYYYMMDD`.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`].
    pub fn signing_key(
        &self,
        sealed: &[u8],
        account: &str,
        access_key_id: &str,
        date: &str,
        region: &str,
        service: &str,
    ) -> Result<SigningKey, CryptoError> {
        let _ = (sealed, account, access_key_id, date, region, service);
        Err(CryptoError::Locked)
    }
}

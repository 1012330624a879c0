//! Access keys: secret access keys stay sealed, and what leaves is a signing key of one day, Region and service.
//!
//! The derivation is SigV4's:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use crate::bound::Bound;
use crate::hash::hmac_sha256;
use crate::limits::SECRET_ACCESS_KEY_CHARACTERS;
use crate::locked::LockedKey;
use crate::purpose::Purpose;
use crate::record::Owner;
use crate::{CryptoError, Secret, Vault, random};
use std::sync::Arc;
use std::time::Instant;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A SigV4 signing key of one access key, day, Region and service. Cheap to clone; wiped with its last clone.
#[derive(Clone)]
pub struct SigningKey(Arc<LockedKey>);

impl SigningKey {
    /// The signature of a string to sign (HMAC-SHA256), to be compared in constant time.
    pub fn sign(&self, string_to_sign: &[u8]) -> [u8; 32] {
        hmac_sha256(&**self.0, string_to_sign)
    }
}

impl Vault {
    /// Draws a secret access key (40 characters of the base64 alphabet) and seals it: the secret to show once, and
    /// the record to keep.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn new_access_key(&self, account: &str, access_key_id: &str) -> Result<(Secret, Vec<u8>), CryptoError> {
        let drawn = random(SECRET_ACCESS_KEY_CHARACTERS);
        // 64 divides 256: each character is equally likely.
        let characters = drawn.expose_secret().iter().map(|byte| ALPHABET[usize::from(byte % 64)]);
        let secret = Secret::new(characters.collect());
        let sealed = self.seal_access_key(account, access_key_id, secret.expose_secret())?;
        Ok((secret, sealed))
    }

    /// Seals a secret access key that was drawn elsewhere, such as the fixed root credential of a dev cluster.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn seal_access_key(&self, account: &str, access_key_id: &str, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.seal_record(&Owner { purpose: Purpose::AccessKey, names: &[account, access_key_id] }, secret)
    }

    /// The signing key of a sealed access key. `date` is `YYYYMMDD`.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the record is not that access key's.
    pub fn signing_key(
        &self,
        sealed: &[u8],
        account: &str,
        access_key_id: &str,
        date: &str,
        region: &str,
        service: &str,
    ) -> Result<SigningKey, CryptoError> {
        self.keyring()?;
        let now = Instant::now();
        let scope = [account, access_key_id, date, region, service];
        let key = scope.into_iter().fold(Bound::new("signing-key").bytes(sealed), Bound::text);
        if let Some(signing_key) = self.signing_keys.get(key.as_bytes(), now) {
            return Ok(SigningKey(signing_key));
        }
        let owner = Owner { purpose: Purpose::AccessKey, names: &[account, access_key_id] };
        let secret = self.open_record(&owner, sealed)?;
        let derived = derive(&secret, date, region, service);
        Ok(SigningKey(self.signing_keys.put(key.into_bytes(), LockedKey::new(&derived), now)))
    }
}

/// With what every cache key of a sealed access key begins.
pub(crate) fn cache_prefix(sealed: &[u8]) -> Vec<u8> {
    Bound::new("signing-key").bytes(sealed).into_bytes()
}

fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> Zeroizing<[u8; 32]> {
    let first = Zeroizing::new([b"AWS4", secret.expose_secret()].concat());
    let start = Zeroizing::new(hmac_sha256(&first, date.as_bytes()));
    let steps = [region, service, "aws4_request"];
    steps.into_iter().fold(start, |key, step| Zeroizing::new(hmac_sha256(&*key, step.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::open_vault;

    const ACCOUNT: &str = "111122223333";
    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// The example of AWS's documentation of signing keys.
    #[test]
    fn signing_key_is_that_of_aws_example() {
        let derived = derive(&Secret::new(SECRET.to_vec()), "20120215", "us-east-1", "iam");
        assert_eq!(hex::encode(*derived), "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
        let vault = open_vault();
        let sealed = vault.seal_access_key(ACCOUNT, ID, SECRET).unwrap();
        for _cached in [false, true] {
            let key = vault.signing_key(&sealed, ACCOUNT, ID, "20120215", "us-east-1", "iam").unwrap();
            assert_eq!(key.sign(b"text"), hmac_sha256(&*derived, b"text"));
        }
    }

    #[test]
    fn every_part_of_the_scope_gives_another_key() {
        let vault = open_vault();
        let (_, sealed) = vault.new_access_key(ACCOUNT, ID).unwrap();
        let mut seen = std::collections::HashSet::new();
        for (date, region, service) in [
            ("20120215", "us-east-1", "kms"),
            ("20120216", "us-east-1", "kms"),
            ("20120215", "us-east-2", "kms"),
            ("20120215", "us-east-1", "ssm"),
            ("20120215u", "s-east-1", "kms"),
        ] {
            let key = vault.signing_key(&sealed, ACCOUNT, ID, date, region, service).unwrap();
            assert!(seen.insert(key.sign(b"")), "{date} {region} {service}");
        }
    }

    #[test]
    fn a_sealed_access_key_serves_its_owner_only() {
        let vault = open_vault();
        let (_, sealed) = vault.new_access_key(ACCOUNT, ID).unwrap();
        let find = |sealed: &[u8], account, id| vault.signing_key(sealed, account, id, "20120215", "r", "s").map(drop);
        assert_eq!(find(&sealed, ACCOUNT, ID), Ok(()));
        assert_eq!(find(&sealed, "444455556666", ID), Err(CryptoError::Damaged));
        assert_eq!(find(&sealed, ACCOUNT, "AKIAOTHER"), Err(CryptoError::Damaged));
        crate::testing::for_each_damage(&sealed, |what, damaged| {
            assert_eq!(find(damaged, ACCOUNT, ID), Err(CryptoError::Damaged), "{what}");
        });
    }

    #[test]
    fn new_secrets_look_like_those_of_aws_and_never_repeat() {
        let vault = open_vault();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            let (secret, sealed) = vault.new_access_key(ACCOUNT, ID).unwrap();
            let secret = secret.expose_secret();
            assert_eq!(secret.len(), 40);
            assert!(secret.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte)));
            assert!(!sealed.windows(40).any(|window| window == secret));
            assert!(seen.insert(secret.to_vec()));
        }
    }

    #[test]
    fn eviction_forgets_every_signing_key_of_an_access_key() {
        let vault = open_vault();
        let (_, sealed) = vault.new_access_key(ACCOUNT, ID).unwrap();
        let weak = ["kms", "ssm"].map(|service| {
            Arc::downgrade(&vault.signing_key(&sealed, ACCOUNT, ID, "20120215", "us-east-1", service).unwrap().0)
        });
        assert!(weak.iter().all(|key| key.upgrade().is_some()));
        vault.evict(&sealed);
        assert!(weak.iter().all(|key| key.upgrade().is_none()));
    }
}

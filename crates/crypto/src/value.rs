//! Values under a data key: what a service encrypts outside the Key Management Service with a key that it drew there.
//!
//! ```text
//! format u8 | salt 16 | IV 12 | ciphertext | tag 16 | commitment 16
//! ```
//! The value is bound to its header and to the encryption context that the data key was drawn for.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, OVERHEAD_BYTES, Sealing};
use crate::purpose::Purpose;
use crate::{CryptoError, Secret, Vault};
use std::collections::BTreeMap;

impl Vault {
    /// Seals a value under a 256-bit data key. The result is 61 bytes longer than the value.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the data key is not of 32 bytes.
    pub fn seal_value(
        &self,
        data_key: &Secret,
        context: &BTreeMap<String, String>,
        value: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        seal(self.sealing, key_of(data_key)?, context, &Nonce::random(), value)
    }

    /// Opens what [`Vault::seal_value`] sealed under the same data key and context.
    ///
    /// # Errors
    /// [`CryptoError::Damaged`] for every cause but a data key that is not of 32 bytes, [`CryptoError::Malformed`].
    pub fn open_value(
        &self,
        data_key: &Secret,
        context: &BTreeMap<String, String>,
        sealed: &[u8],
    ) -> Result<Secret, CryptoError> {
        open(self.sealing, key_of(data_key)?, context, sealed).ok_or(CryptoError::Damaged)
    }
}

fn key_of(data_key: &Secret) -> Result<&[u8; 32], CryptoError> {
    data_key.expose_secret().try_into().map_err(|_| CryptoError::Malformed)
}

fn seal(
    sealing: Sealing,
    key: &[u8; 32],
    context: &BTreeMap<String, String>,
    nonce: &Nonce,
    value: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let mut sealed = Vec::with_capacity(1 + OVERHEAD_BYTES + value.len());
    sealed.push(sealing.format());
    let bound = bound(&sealed, context);
    envelope::seal(sealing, key, Purpose::Value, bound.as_bytes(), nonce, value, &mut sealed);
    Ok(sealed)
}

fn open(sealing: Sealing, key: &[u8; 32], context: &BTreeMap<String, String>, sealed: &[u8]) -> Option<Secret> {
    let (header, envelope) = sealed.split_first_chunk::<1>()?;
    if *header != [sealing.format()] {
        return None;
    }
    envelope::open(sealing, key, Purpose::Value, bound(header, context).as_bytes(), envelope)
}

fn bound(header: &[u8], context: &BTreeMap<String, String>) -> Bound {
    Bound::new("lockstep/value/v1").bytes(header).map(context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fixed_nonce, for_each_damage, open_vault};
    use expect_test::expect;

    const KEY: [u8; 32] = [7; 32];

    fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn golden_bytes() {
        let context = context(&[("SecretARN", "arn"), ("SecretVersionId", "v")]);
        let sealed = seal(Sealing::On, &KEY, &context, &fixed_nonce(), b"value").unwrap();
        expect!["01a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babb277532dbd1aefd1cfadf90c34a72d9f7411921b3725bbfc59c6383cf35f8fa78c7560b1522"].assert_eq(&hex::encode(&sealed));
        assert_eq!(open(Sealing::On, &KEY, &context, &sealed).unwrap().expose_secret(), b"value");
    }

    #[test]
    fn a_value_opens_under_its_own_key_and_context_alone() {
        let (vault, own) = (open_vault(), context(&[("a", "bc")]));
        let key = |byte| Secret::new(vec![byte; 32]);
        for length in [0, 1, 4_096, 65_536] {
            let value = vec![0x42; length];
            let sealed = vault.seal_value(&key(1), &own, &value).unwrap();
            assert_eq!(sealed.len(), length + 61);
            assert_eq!(vault.open_value(&key(1), &own, &sealed).unwrap().expose_secret(), value);
            assert!(vault.open_value(&key(2), &own, &sealed).is_err());
            for other in [context(&[("ab", "c")]), context(&[]), context(&[("a", "bc"), ("d", "")])] {
                assert_eq!(vault.open_value(&key(1), &other, &sealed).err(), Some(CryptoError::Damaged));
            }
        }
        let short = Secret::new(vec![1; 31]);
        assert_eq!(vault.seal_value(&short, &own, b"").err(), Some(CryptoError::Malformed));
    }

    #[test]
    fn every_damage_is_refused() {
        for sealing in [Sealing::On, Sealing::Off] {
            let sealed = seal(sealing, &KEY, &context(&[]), &fixed_nonce(), b"value").unwrap();
            for_each_damage(&sealed, |what, damaged| {
                assert!(open(sealing, &KEY, &context(&[]), damaged).is_none(), "{what} opens");
            });
        }
    }
}

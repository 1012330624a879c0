//! Sealed records: what the cluster's tables keep of a secret.
//!
//! ```text
//! format u8 | bucket u8 | epoch u32 | salt 16 | IV 12 | ciphertext | tag 16 | commitment 16
//! ```
//! The domain key of (bucket, epoch) gives the record's own key. Header, purpose and owner are authenticated, so a
//! record copied to another owner's row does not open. A bucket is a hash of purpose and owner: retiring an epoch
//! after a deletion touches only the records that share a bucket with the deleted one.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, OVERHEAD_BYTES, Sealing};
use crate::hash::sha256;
use crate::keyring::Keyring;
use crate::purpose::Purpose;
use crate::{CryptoError, Secret, Vault};

const HEADER_BYTES: usize = 6;

/// Whose record it is and what for.
pub(crate) struct Owner<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) names: &'a [&'a str],
}

impl Owner<'_> {
    fn bound(&self) -> Bound {
        Bound::new("lockstep/record/v1").text(self.purpose.label()).list(self.names)
    }

    fn bucket(&self) -> u8 {
        sha256(self.bound().as_bytes())[0]
    }
}

impl Vault {
    /// Seals a record under the newest domain key that may seal.
    pub(crate) fn seal_record(&self, owner: &Owner<'_>, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let open = self.keyring()?;
        seal(self.sealing, &open.keyring, self.sealing_version(), owner, &Nonce::random(), plaintext)
    }

    /// Opens a record, or answers [`CryptoError::Damaged`].
    pub(crate) fn open_record(&self, owner: &Owner<'_>, record: &[u8]) -> Result<Secret, CryptoError> {
        let open = self.keyring()?;
        self::open(self.sealing, &open.keyring, owner, record).ok_or(CryptoError::Damaged)
    }
}

fn seal(
    sealing: Sealing,
    keyring: &Keyring,
    sealing_version: u64,
    owner: &Owner<'_>,
    nonce: &Nonce,
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let bucket = owner.bucket();
    let (epoch, key) = keyring.sealing_key(bucket, sealing_version).ok_or(CryptoError::Locked)?;
    let mut record = Vec::with_capacity(HEADER_BYTES + OVERHEAD_BYTES + plaintext.len());
    record.extend_from_slice(&[sealing.format(), bucket]);
    record.extend_from_slice(&epoch.to_be_bytes());
    let bound = owner.bound().bytes(&record);
    envelope::seal(sealing, key, owner.purpose, bound.as_bytes(), nonce, plaintext, &mut record);
    Ok(record)
}

fn open(sealing: Sealing, keyring: &Keyring, owner: &Owner<'_>, record: &[u8]) -> Option<Secret> {
    let (header, envelope) = record.split_first_chunk::<HEADER_BYTES>()?;
    let [format, bucket, epoch @ ..] = *header;
    if format != sealing.format() {
        return None;
    }
    let key = keyring.key(bucket, u32::from_be_bytes(epoch))?;
    let bound = owner.bound().bytes(header);
    envelope::open(sealing, key, owner.purpose, bound.as_bytes(), envelope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fixed_nonce, for_each_damage};
    use expect_test::expect;

    const OWNER: Owner<'_> = Owner { purpose: Purpose::KeyMaterial, names: &["aws", "us-east-1", "111122223333", "k"] };

    fn sealed(sealing: Sealing, keyring: &Keyring) -> Vec<u8> {
        seal(sealing, keyring, 1, &OWNER, &fixed_nonce(), b"material").unwrap()
    }

    #[test]
    fn golden_bytes() {
        let keyring = Keyring::fixed();
        let record = sealed(Sealing::On, &keyring);
        expect!["016900000001a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbfc1633bf0fc0d74ee167fd4a5cdf47e79ac4004c767394346477fb1e65bbb1e593f519b792514dd"].assert_eq(&hex::encode(&record));
        assert_eq!(open(Sealing::On, &keyring, &OWNER, &record).unwrap().expose_secret(), b"material");
    }

    #[test]
    fn every_damage_is_refused() {
        let keyring = Keyring::fixed();
        let record = sealed(Sealing::On, &keyring);
        for_each_damage(&record, |what, damaged| {
            assert!(open(Sealing::On, &keyring, &OWNER, damaged).is_none(), "{what} opens");
        });
    }

    #[test]
    fn another_owner_purpose_or_keyring_is_refused() {
        let keyring = Keyring::fixed();
        let record = sealed(Sealing::On, &keyring);
        let opens = |keyring: &Keyring, purpose, names| {
            open(Sealing::On, keyring, &Owner { purpose, names }, &record).is_some()
        };
        let names: &[&str] = OWNER.names;
        assert!(opens(&keyring, Purpose::KeyMaterial, names));
        assert!(!opens(&Keyring::generate(), Purpose::KeyMaterial, names));
        assert!(!opens(&keyring, Purpose::AccessKey, names));
        let others: [&[&str]; 5] = [
            &["aws", "us-east-1", "111122223333", "l"],
            &["aws", "us-east-1", "111122223334", "k"],
            &["aws", "us-east-2", "111122223333", "k"],
            &["aws-cn", "us-east-1", "111122223333", "k"],
            &["awsu", "s-east-1", "111122223333", "k"],
        ];
        for other in others {
            assert!(!opens(&keyring, Purpose::KeyMaterial, other), "{other:?}");
        }
    }

    #[test]
    fn a_record_in_the_clear_opens_only_where_sealing_is_off() {
        let keyring = Keyring::fixed();
        for (written, read, opens) in [
            (Sealing::On, Sealing::On, true),
            (Sealing::Off, Sealing::Off, true),
            (Sealing::Off, Sealing::On, false),
            (Sealing::On, Sealing::Off, false),
        ] {
            assert_eq!(open(read, &keyring, &OWNER, &sealed(written, &keyring)).is_some(), opens);
        }
    }

    #[test]
    fn a_new_epoch_opens_at_once_and_seals_when_allowed() {
        let keyring = Keyring::fixed().next();
        let epoch_of = |record: &[u8]| u32::from_be_bytes(record[2..6].try_into().unwrap());
        for (sealing_version, epoch) in [(1, 1), (2, 2), (9, 2)] {
            let record = seal(Sealing::On, &keyring, sealing_version, &OWNER, &fixed_nonce(), b"m").unwrap();
            assert_eq!(epoch_of(&record), epoch);
            assert!(open(Sealing::On, &keyring, &OWNER, &record).is_some());
        }
    }
}

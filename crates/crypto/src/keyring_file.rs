//! The keyring's file: one per node and Region, never shared, replaced as a whole.
//!
//! ```text
//! "LSKR" | format u8 | version u64 | wrapped length u16 | wrapped file key | envelope of the content
//! ```
//! Each write draws a fresh file key, which the seal wraps: destroying the former one in the seal destroys the former
//! file. Header, Region and cluster id are authenticated.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, OVERHEAD_BYTES, Sealing};
use crate::keyring::Keyring;
use crate::limits::KEYRING_FILE_BYTES_MAX;
use crate::purpose::Purpose;
use crate::{CryptoError, Seal, file, random_bytes};
use std::io::ErrorKind;
use std::path::PathBuf;
use zeroize::Zeroizing;

const MAGIC: &[u8; 5] = b"LSKR\x01";

/// Where a keyring is kept and what it belongs to. One of another Region or cluster does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringFile {
    /// The file's path; its folder exists.
    pub path: PathBuf,
    /// The Region, e.g. `us-east-1`.
    pub region: String,
    /// The cluster's id.
    pub cluster_id: String,
}

impl KeyringFile {
    /// Writes the first keyring; refuses to replace one.
    pub(crate) fn create(&self, seal: &dyn Seal, keyring: &Keyring) -> Result<(), CryptoError> {
        match file::create(&self.path, &self.encode_fresh(seal, keyring)?) {
            Err(CryptoError::File { kind: ErrorKind::AlreadyExists, .. }) => Err(CryptoError::KeyringExists),
            result => result,
        }
    }

    /// Writes the keyring in place of a former one. When this returns, it is on disk.
    pub(crate) fn replace(&self, seal: &dyn Seal, keyring: &Keyring) -> Result<(), CryptoError> {
        file::replace(&self.path, &self.encode_fresh(seal, keyring)?)
    }

    /// Reads and opens the keyring.
    pub(crate) fn read(&self, seal: &dyn Seal) -> Result<Keyring, CryptoError> {
        let reading = "reading the keyring file";
        let length = match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(CryptoError::KeyringMissing),
            other => other.map_err(CryptoError::file(reading))?.len(),
        };
        if length > KEYRING_FILE_BYTES_MAX {
            return Err(CryptoError::KeyringDamaged);
        }
        let bytes = std::fs::read(&self.path).map_err(CryptoError::file(reading))?;
        self.decode(seal, &bytes)
    }

    fn encode_fresh(&self, seal: &dyn Seal, keyring: &Keyring) -> Result<Vec<u8>, CryptoError> {
        self.encode(seal, keyring, &Zeroizing::new(random_bytes()), &Nonce::random())
    }

    fn encode(
        &self,
        seal: &dyn Seal,
        keyring: &Keyring,
        file_key: &[u8; 32],
        nonce: &Nonce,
    ) -> Result<Vec<u8>, CryptoError> {
        let wrapped = seal.wrap(file_key, self.bound().as_bytes())?;
        let wrapped_length = u16::try_from(wrapped.len())
            .map_err(|_| CryptoError::SealUnusable { reason: "it wraps 32 bytes in more than 65535" })?;
        let content = keyring.encode();
        let mut bytes =
            Vec::with_capacity(MAGIC.len() + 10 + wrapped.len() + OVERHEAD_BYTES + content.expose_secret().len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&keyring.version().to_be_bytes());
        bytes.extend_from_slice(&wrapped_length.to_be_bytes());
        bytes.extend_from_slice(&wrapped);
        let bound = self.bound().bytes(&bytes);
        let (on, purpose) = (Sealing::On, Purpose::KeyringFile);
        envelope::seal(on, file_key, purpose, bound.as_bytes(), nonce, content.expose_secret(), &mut bytes);
        Ok(bytes)
    }

    fn decode(&self, seal: &dyn Seal, bytes: &[u8]) -> Result<Keyring, CryptoError> {
        let (header, wrapped, version) = split(bytes).ok_or(CryptoError::KeyringDamaged)?;
        let file_key = match seal.unwrap(wrapped, self.bound().as_bytes()) {
            Err(CryptoError::Damaged) => return Err(CryptoError::KeyringDamaged),
            other => other?,
        };
        let file_key = file_key.expose_secret().try_into().map_err(|_| CryptoError::KeyringDamaged)?;
        let bound = self.bound().bytes(header);
        let envelope = &bytes[header.len()..];
        let content = envelope::open(Sealing::On, file_key, Purpose::KeyringFile, bound.as_bytes(), envelope)
            .ok_or(CryptoError::KeyringDamaged)?;
        let keyring = Keyring::decode(&content)?;
        if keyring.version() != version {
            return Err(CryptoError::KeyringDamaged);
        }
        Ok(keyring)
    }

    fn bound(&self) -> Bound {
        Bound::new("lockstep/keyring-file/v1").text(&self.region).text(&self.cluster_id)
    }
}

/// Header (everything before the envelope), the wrapped file key inside it, and the version.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8], u64)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<8>()?;
    let (wrapped_length, rest) = rest.split_first_chunk::<2>()?;
    let wrapped = rest.get(..usize::from(u16::from_be_bytes(*wrapped_length)))?;
    let header = &bytes[..MAGIC.len() + 10 + wrapped.len()];
    Some((header, wrapped, u64::from_be_bytes(*version)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::testing::{file_of, fixed_nonce, for_each_damage, seal_of};
    use expect_test::expect;

    /// A seal whose output is the same in every run.
    struct FixedSeal;

    impl Seal for FixedSeal {
        fn name(&self) -> &'static str {
            "fixed"
        }

        fn wrap(&self, plaintext: &[u8], bound: &[u8]) -> Result<Vec<u8>, CryptoError> {
            let mut out = Vec::new();
            envelope::seal(Sealing::On, &[9; 32], Purpose::Seal, bound, &fixed_nonce(), plaintext, &mut out);
            Ok(out)
        }

        fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Result<Secret, CryptoError> {
            envelope::open(Sealing::On, &[9; 32], Purpose::Seal, bound, wrapped).ok_or(CryptoError::Damaged)
        }
    }

    #[test]
    fn golden_bytes() {
        let file = file_of("/nowhere".as_ref());
        let bytes = file.encode(&FixedSeal, &Keyring::fixed(), &[3; 32], &fixed_nonce()).unwrap();
        expect!["4c534b52010000000000000001005ca0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbd357e8abc0ce18ec1a8f099339f30870ca75c35744501f2e6e959291defdd4202ca9042c64e36184825608b29ac8556465ce1ddbb349219f16be8661285df41ba0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babb761b2162f4518572352503322995bf8b9f5e3a2cf391cb7b0605fc3f200b5ad0e3f947f0c302241415c4c1574018287952976093bad3b238e88fbb5134d83d48c7"].assert_eq(&hex::encode(&bytes[..200]));
        expect!["2db418360c3cea2b90fda2093ac4cd7629c9cf93537513b2eba0689b6671a9dc"]
            .assert_eq(&hex::encode(crate::sha256(&bytes)));
        assert!(file.decode(&FixedSeal, &bytes).is_ok());
    }

    #[test]
    fn every_damage_is_refused() {
        let file = file_of("/nowhere".as_ref());
        let bytes = file.encode_fresh(&FixedSeal, &Keyring::fixed()).unwrap();
        let head = &bytes[..220];
        let opens = |bytes: &[u8]| match file.decode(&FixedSeal, bytes) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error, CryptoError::KeyringDamaged);
                false
            }
        };
        assert!(opens(&bytes));
        // Every bit of what stands before the content, then a bit of every byte behind it.
        for_each_damage(head, |what, damaged| {
            if damaged.len() == head.len() {
                assert!(!opens(&[damaged, &bytes[head.len()..]].concat()), "{what} opens");
            }
        });
        for at in head.len()..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(!opens(&damaged), "byte {at} altered opens");
            assert!(!opens(&bytes[..at]), "cut to {at} bytes opens");
        }
        assert!(!opens(&[&bytes[..], &[0]].concat()));
    }

    #[test]
    fn another_seal_region_or_cluster_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let seal = seal_of(folder.path(), 1);
        let file = file_of(folder.path());
        file.create(&seal, &Keyring::generate()).unwrap();
        assert!(file.read(&seal).is_ok());
        let refused = |seal: &dyn Seal, file: &KeyringFile| {
            assert!(matches!(file.read(seal), Err(CryptoError::KeyringDamaged)));
        };
        refused(&seal_of(folder.path(), 2), &file);
        refused(&seal, &KeyringFile { region: "us-east-2".into(), ..file.clone() });
        refused(&seal, &KeyringFile { cluster_id: "c-2".into(), ..file.clone() });
    }

    #[test]
    fn a_missing_file_is_told_from_a_damaged_one_and_none_is_overwritten_at_birth() {
        let folder = tempfile::tempdir().unwrap();
        let seal = seal_of(folder.path(), 1);
        let file = file_of(folder.path());
        assert!(matches!(file.read(&seal), Err(CryptoError::KeyringMissing)));
        file.create(&seal, &Keyring::generate()).unwrap();
        assert_eq!(file.create(&seal, &Keyring::generate()), Err(CryptoError::KeyringExists));
        std::fs::write(&file.path, b"").unwrap();
        assert!(matches!(file.read(&seal), Err(CryptoError::KeyringDamaged)));
    }
}

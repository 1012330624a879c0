//! The keyring: domain keys by bucket and epoch, and what identifies its content.
//!
//! Content, as the file and a transfer carry it under encryption:
//! ```text
//! format u8 | version u64 | fingerprint key 32 | count u32 | count x { bucket u8 | epoch u32 | since u64 | key 32 }
//! ```

use crate::bound::Bound;
use crate::hash::hmac_sha256_parts;
use crate::limits::BUCKETS;
use crate::locked::LockedKey;
use crate::{CryptoError, Secret, random_bytes};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const HEAD_BYTES: usize = 1 + 8 + 32 + 4;
const DOMAIN_KEY_BYTES: usize = 1 + 4 + 8 + 32;

/// Which keyring is open: what the committed `KeyringRecord` of the cluster is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringStatus {
    /// Rises by one with each change; 1 at birth.
    pub version: u64,
    /// An HMAC of the content under a key inside the content: equal for equal keyrings, and says nothing about them.
    pub hash: [u8; 32],
}

/// The opened keyring of one Region.
pub(crate) struct Keyring {
    version: u64,
    fingerprint_key: LockedKey,
    /// By bucket and epoch; the epochs of a bucket rise with the versions that brought them.
    domain_keys: BTreeMap<(u8, u32), DomainKey>,
}

struct DomainKey {
    /// The keyring version that brought it. It seals nothing until that version is committed.
    since: u64,
    key: LockedKey,
}

impl Keyring {
    /// Draws the keyring of a new cluster: version 1, epoch 1 in every bucket.
    pub(crate) fn generate() -> Self {
        Self::with_first_epoch(random_bytes)
    }

    /// The next version: the same keys, and a fresh epoch in every bucket.
    pub(crate) fn next(&self) -> Self {
        let version = self.version + 1;
        let keep = |(at, old): (&(u8, u32), &DomainKey)| (*at, DomainKey { since: old.since, key: old.key.clone() });
        let mut domain_keys: BTreeMap<_, _> = self.domain_keys.iter().map(keep).collect();
        for bucket in 0..BUCKETS {
            let bucket = u8::try_from(bucket).expect("there are 256 buckets");
            let newest = self.domain_keys.range((bucket, 0)..=(bucket, u32::MAX)).next_back();
            let epoch = newest.map_or(0, |((_, epoch), _)| *epoch) + 1;
            let key = DomainKey { since: version, key: drawn(random_bytes) };
            domain_keys.insert((bucket, epoch), key);
        }
        Self { version, fingerprint_key: self.fingerprint_key.clone(), domain_keys }
    }

    /// Rises by one with each change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The newest key of a bucket that a committed version brought, with its epoch.
    pub(crate) fn sealing_key(&self, bucket: u8, sealing_version: u64) -> Option<(u32, &[u8; 32])> {
        let newest_first = self.domain_keys.range((bucket, 0)..=(bucket, u32::MAX)).rev();
        let mut allowed = newest_first.filter(|(_, domain_key)| domain_key.since <= sealing_version);
        allowed.next().map(|((_, epoch), domain_key)| (*epoch, &*domain_key.key))
    }

    /// The key of a bucket and epoch.
    pub(crate) fn key(&self, bucket: u8, epoch: u32) -> Option<&[u8; 32]> {
        self.domain_keys.get(&(bucket, epoch)).map(|domain_key| &*domain_key.key)
    }

    /// What identifies this keyring among those of the same cluster and Region.
    pub(crate) fn status(&self, region: &str, cluster_id: &str) -> KeyringStatus {
        let bound = Bound::new("lockstep/keyring-hash/v1").text(region).text(cluster_id);
        let content = self.encode();
        let hash = hmac_sha256_parts(&*self.fingerprint_key, &[bound.as_bytes(), content.expose_secret()]);
        KeyringStatus { version: self.version, hash }
    }

    /// The content as bytes.
    pub(crate) fn encode(&self) -> Secret {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.domain_keys.len() * DOMAIN_KEY_BYTES);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&*self.fingerprint_key);
        let count = u32::try_from(self.domain_keys.len()).expect("the file's limit is far below");
        bytes.extend_from_slice(&count.to_be_bytes());
        for ((bucket, epoch), domain_key) in &self.domain_keys {
            bytes.push(*bucket);
            bytes.extend_from_slice(&epoch.to_be_bytes());
            bytes.extend_from_slice(&domain_key.since.to_be_bytes());
            bytes.extend_from_slice(&*domain_key.key);
        }
        Secret::new(bytes)
    }

    /// Reads what [`Keyring::encode`] gave.
    pub(crate) fn decode(content: &Secret) -> Result<Self, CryptoError> {
        Self::parse(content.expose_secret()).ok_or(CryptoError::KeyringDamaged)
    }

    fn parse(content: &[u8]) -> Option<Self> {
        let (head, keys) = content.split_first_chunk::<HEAD_BYTES>()?;
        let (format, head) = head.split_first()?;
        let (version, head) = head.split_first_chunk::<8>()?;
        let (fingerprint_key, count) = head.split_first_chunk::<32>()?;
        let count = usize::try_from(u32::from_be_bytes(count.try_into().ok()?)).ok()?;
        let (keys, rest) = keys.as_chunks::<DOMAIN_KEY_BYTES>();
        if *format != FORMAT || keys.len() != count || !rest.is_empty() {
            return None;
        }
        let domain_keys: BTreeMap<_, _> = keys.iter().map(parse_domain_key).collect::<Option<_>>()?;
        let version = u64::from_be_bytes(*version);
        let fingerprint_key = LockedKey::new(fingerprint_key);
        (domain_keys.len() == count).then_some(Self { version, fingerprint_key, domain_keys })
    }

    fn with_first_epoch(mut draw: impl FnMut() -> [u8; 32]) -> Self {
        let fingerprint_key = drawn(&mut draw);
        let domain_keys = (0..BUCKETS)
            .map(|bucket| u8::try_from(bucket).expect("there are 256 buckets"))
            .map(|bucket| ((bucket, 1), DomainKey { since: 1, key: drawn(&mut draw) }))
            .collect();
        Self { version: 1, fingerprint_key, domain_keys }
    }
}

fn drawn(draw: impl FnOnce() -> [u8; 32]) -> LockedKey {
    LockedKey::new(&Zeroizing::new(draw()))
}

fn parse_domain_key(bytes: &[u8; DOMAIN_KEY_BYTES]) -> Option<((u8, u32), DomainKey)> {
    let (bucket, rest) = bytes.split_first()?;
    let (epoch, rest) = rest.split_first_chunk::<4>()?;
    let (since, key) = rest.split_first_chunk::<8>()?;
    let key = LockedKey::new(key.try_into().ok()?);
    Some(((*bucket, u32::from_be_bytes(*epoch)), DomainKey { since: u64::from_be_bytes(*since), key }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    impl Keyring {
        /// A keyring that is the same in every run: its n-th key is n repeated.
        pub(crate) fn fixed() -> Self {
            let mut next = 0;
            Self::with_first_epoch(|| {
                next += 1;
                [next as u8; 32]
            })
        }
    }

    #[test]
    fn golden_bytes() {
        let keyring = Keyring::fixed();
        let content = keyring.encode();
        let content = content.expose_secret();
        expect!["010000000000000001010101010101010101010101010101010101010101010101010101010101010100000100000000000100000000000000010202020202020202020202020202020202020202020202020202020202020202"].assert_eq(&hex::encode(&content[..HEAD_BYTES + DOMAIN_KEY_BYTES]));
        assert_eq!(content.len(), HEAD_BYTES + 256 * DOMAIN_KEY_BYTES);
        expect!["54189b3505c15a847d46c6203e37a37d20c6da9917b3f7a41cb7641c9d4c1426"]
            .assert_eq(&hex::encode(keyring.status("us-east-1", "c-1").hash));
    }

    #[test]
    fn content_reads_back_with_the_same_hash() {
        for keyring in [Keyring::generate(), Keyring::generate().next(), Keyring::generate().next().next()] {
            let status = keyring.status("us-east-1", "c-1");
            let back = Keyring::decode(&keyring.encode()).unwrap();
            assert_eq!(back.status("us-east-1", "c-1"), status);
            assert_ne!(back.status("us-east-2", "c-1").hash, status.hash);
            assert_ne!(back.status("us-east-1", "c-2").hash, status.hash);
            assert_ne!(back.next().status("us-east-1", "c-1").hash, status.hash);
        }
    }

    #[test]
    fn malformed_content_is_refused() {
        let content = Keyring::fixed().encode().expose_secret().to_vec();
        let mut twice = content.clone();
        twice.copy_within(HEAD_BYTES..HEAD_BYTES + DOMAIN_KEY_BYTES, HEAD_BYTES + DOMAIN_KEY_BYTES);
        let rows = [
            Vec::new(),
            content[..content.len() - 1].to_vec(),
            content[..content.len() - DOMAIN_KEY_BYTES].to_vec(),
            [&content[..], &[0; DOMAIN_KEY_BYTES]].concat(),
            [&[FORMAT + 1], &content[1..]].concat(),
            twice,
        ];
        for row in rows {
            assert!(matches!(Keyring::decode(&Secret::new(row)), Err(CryptoError::KeyringDamaged)));
        }
    }
}

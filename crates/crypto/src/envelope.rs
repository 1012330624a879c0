//! The one way in which this crate encrypts: fresh keys for each message, AES-256-GCM, and a key commitment.
//!
//! An envelope is `salt 16 | IV 12 | ciphertext | tag 16 | commitment 16`. Whoever uses it writes a header in front and
//! puts the header into what the envelope is bound to.

use crate::aead::{self, IV_BYTES, TAG_BYTES};
use crate::hash::hmac_sha256_parts;
use crate::kdf::{self, COMMITMENT_BYTES, MessageKeys, SALT_BYTES};
use crate::purpose::Purpose;
use crate::{Secret, random_bytes};
use subtle::ConstantTimeEq;

/// How many bytes longer than its plaintext an envelope is.
pub(crate) const OVERHEAD_BYTES: usize = SALT_BYTES + IV_BYTES + TAG_BYTES + COMMITMENT_BYTES;

/// Whether envelopes hide their content. Off exists so that a search for leaked secrets can prove that it would find
/// them; see [`crate::Vault::unsealed_for_tests`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealing {
    On,
    Off,
}

impl Sealing {
    /// The format byte of records and blobs: version 1, or a value that no version will ever have.
    pub(crate) fn format(self) -> u8 {
        match self {
            Self::On => 1,
            Self::Off => 0xff,
        }
    }
}

/// What is random in an envelope. Both parts are drawn, never counted: a disk that was rolled back repeats nothing.
pub(crate) struct Nonce {
    salt: [u8; SALT_BYTES],
    iv: [u8; IV_BYTES],
}

impl Nonce {
    /// Draws one.
    pub(crate) fn random() -> Self {
        if faults::planted(faults::Bug::ReuseNonce) {
            return Self::from_bytes([7; SALT_BYTES + IV_BYTES]);
        }
        Self::from_bytes(random_bytes())
    }

    /// Takes given bytes, salt first. Only [`Nonce::random`] and the tests that pin formats call it.
    pub(crate) fn from_bytes(bytes: [u8; SALT_BYTES + IV_BYTES]) -> Self {
        let (salt, iv) = bytes.split_at(SALT_BYTES);
        let sized = "28 bytes are 16 and 12";
        Self { salt: salt.try_into().expect(sized), iv: iv.try_into().expect(sized) }
    }
}

/// Encrypts `plaintext` under keys derived from `key` and appends the envelope to `out`.
pub(crate) fn seal(
    sealing: Sealing,
    key: &[u8; 32],
    purpose: Purpose,
    bound: &[u8],
    nonce: &Nonce,
    plaintext: &[u8],
    out: &mut Vec<u8>,
) {
    // Growing later would leave a copy of the plaintext in freed memory.
    out.reserve_exact(OVERHEAD_BYTES + plaintext.len());
    let keys = kdf::derive(key, purpose, &nonce.salt);
    out.extend_from_slice(&nonce.salt);
    out.extend_from_slice(&nonce.iv);
    let start = out.len();
    out.extend_from_slice(plaintext);
    let tag = match sealing {
        Sealing::On => aead::encrypt(&keys.encryption, &nonce.iv, bound, &mut out[start..]),
        Sealing::Off => tag_of_clear(&keys, &nonce.iv, bound, plaintext),
    };
    out.extend_from_slice(&tag);
    out.extend_from_slice(&keys.commitment);
}

/// Opens an envelope. `None` for every cause: too short, altered, another key, purpose or binding.
pub(crate) fn open(
    sealing: Sealing,
    key: &[u8; 32],
    purpose: Purpose,
    bound: &[u8],
    envelope: &[u8],
) -> Option<Secret> {
    let (salt, rest) = envelope.split_first_chunk::<SALT_BYTES>()?;
    let (iv, rest) = rest.split_first_chunk::<IV_BYTES>()?;
    let (rest, commitment) = rest.split_last_chunk::<COMMITMENT_BYTES>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let keys = kdf::derive(key, purpose, salt);
    let committed = keys.commitment.ct_eq(commitment);
    let mut plaintext = zeroize::Zeroizing::new(ciphertext.to_vec());
    let opened = match sealing {
        Sealing::On => aead::decrypt(&keys.encryption, iv, bound, &mut plaintext, tag).is_some(),
        Sealing::Off => tag_of_clear(&keys, iv, bound, ciphertext).ct_eq(tag).into(),
    };
    (opened && bool::from(committed)).then(|| Secret::new(std::mem::take(&mut *plaintext)))
}

/// With sealing off, content and binding are still authenticated, so that everything else behaves as it does otherwise.
fn tag_of_clear(keys: &MessageKeys, iv: &[u8; IV_BYTES], bound: &[u8], plaintext: &[u8]) -> [u8; TAG_BYTES] {
    let length = crate::bound::length(bound.len());
    let mac = hmac_sha256_parts(&keys.encryption, &[iv, &length, bound, plaintext]);
    *mac.first_chunk().expect("32 bytes have 16")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn sealed(sealing: Sealing, plaintext: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(sealing, &KEY, Purpose::Message, b"bound", &Nonce::random(), plaintext, &mut out);
        out
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        for sealing in [Sealing::On, Sealing::Off] {
            for length in [0, 1, 15, 16, 17, 4096] {
                let plaintext = vec![0x42; length];
                let envelope = sealed(sealing, &plaintext);
                assert_eq!(envelope.len(), length + OVERHEAD_BYTES);
                let open = |key: &[u8; 32], purpose, bound: &[u8]| open(sealing, key, purpose, bound, &envelope);
                let opened = open(&KEY, Purpose::Message, b"bound").unwrap();
                assert_eq!(opened.expose_secret(), plaintext);
                assert!(open(&[8; 32], Purpose::Message, b"bound").is_none());
                assert!(open(&KEY, Purpose::Token, b"bound").is_none());
                assert!(open(&KEY, Purpose::Message, b"bounded").is_none());
            }
        }
    }

    #[test]
    fn every_bit_and_every_byte_counts() {
        for sealing in [Sealing::On, Sealing::Off] {
            let envelope = sealed(sealing, b"attack at dawn");
            let opens = |bytes: &[u8]| open(sealing, &KEY, Purpose::Message, b"bound", bytes).is_some();
            assert!(opens(&envelope));
            crate::testing::for_each_damage(&envelope, |what, damaged| assert!(!opens(damaged), "{what} opens"));
        }
    }

    #[test]
    fn the_commitment_alone_decides_too() {
        let mut envelope = sealed(Sealing::On, b"x");
        let last = envelope.len() - 1;
        envelope[last] ^= 1;
        assert!(open(Sealing::On, &KEY, Purpose::Message, b"bound", &envelope).is_none());
    }

    #[test]
    fn sealing_hides_and_sealing_off_shows() {
        let canary = b"canary-0123456789";
        let shows = |sealing| sealed(sealing, canary).windows(canary.len()).any(|window| window == canary);
        assert!(!shows(Sealing::On));
        assert!(shows(Sealing::Off));
    }

    #[test]
    fn nonces_never_repeat() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..10_000 {
            assert!(seen.insert(sealed(Sealing::On, b"")[..SALT_BYTES + IV_BYTES].to_vec()));
        }
    }
}

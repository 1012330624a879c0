//! What the seals with a key of their own in a file share: an envelope under that key.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, OVERHEAD_BYTES, Sealing};
use crate::locked::LockedKey;
use crate::purpose::Purpose;
use crate::{CryptoError, Secret};

const FORMAT: u8 = 1;

/// A seal's key in this process's memory. What it wraps is `format u8 | envelope`.
pub(super) struct LocalKey {
    seal: &'static str,
    key: LockedKey,
}

impl LocalKey {
    pub(super) fn new(seal: &'static str, key: &[u8; 32]) -> Self {
        Self { seal, key: LockedKey::new(key) }
    }

    pub(super) fn wrap(&self, plaintext: &[u8], bound: &[u8]) -> Vec<u8> {
        self.wrap_with(&Nonce::random(), plaintext, bound)
    }

    fn wrap_with(&self, nonce: &Nonce, plaintext: &[u8], bound: &[u8]) -> Vec<u8> {
        let mut wrapped = Vec::with_capacity(1 + OVERHEAD_BYTES + plaintext.len());
        wrapped.push(FORMAT);
        let bound = self.bound(bound);
        envelope::seal(Sealing::On, &self.key, Purpose::Seal, bound.as_bytes(), nonce, plaintext, &mut wrapped);
        wrapped
    }

    pub(super) fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Result<Secret, CryptoError> {
        let envelope = wrapped.strip_prefix(&[FORMAT]).ok_or(CryptoError::Damaged)?;
        let bound = self.bound(bound);
        envelope::open(Sealing::On, &self.key, Purpose::Seal, bound.as_bytes(), envelope).ok_or(CryptoError::Damaged)
    }

    fn bound(&self, bound: &[u8]) -> Bound {
        Bound::new(Purpose::Seal.label()).text(self.seal).bytes(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixed_nonce;
    use expect_test::expect;

    #[test]
    fn golden_bytes() {
        let key = LocalKey::new("key-file", &[7; 32]);
        let wrapped = key.wrap_with(&fixed_nonce(), b"secret", b"here");
        expect!["01a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbe22da53f5676083f58f23551d0033a3e7d8fd52843c1bcee360ed511d7588f7545865c0f942e"].assert_eq(&hex::encode(&wrapped));
        assert_eq!(key.unwrap(&wrapped, b"here").unwrap().expose_secret(), b"secret");
    }
}

//! Access key ids: `AKIA` and sixteen letters of base32 (RFC 4648).
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use crate::limits::ACCESS_KEY_ID_RANDOM_BYTES;
use std::fmt;

const PREFIX: &str = "AKIA";
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The id of a long-term access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// Draws an id.
    pub(crate) fn draw() -> Self {
        Self::from_random(crypto::random_bytes())
    }

    fn from_random(random: [u8; ACCESS_KEY_ID_RANDOM_BYTES]) -> Self {
        let mut id = PREFIX.to_owned();
        for group in random.chunks(5) {
            let bits = group.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
            let letters = (0..8).rev().map(|place| ALPHABET[(bits >> (place * 5) & 31) as usize]);
            id.extend(letters.map(char::from));
        }
        Self(id)
    }

    /// As clients send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_base32_of_what_was_drawn() {
        for (random, id) in [
            ([0; 10], "AKIAAAAAAAAAAAAAAAAA"),
            ([0xFF; 10], "AKIA7777777777777777"),
            (*b"foobarbazq", "AKIAMZXW6YTBOJRGC6TR"),
        ] {
            assert_eq!(AccessKeyId::from_random(random).as_str(), id);
        }
        assert_ne!(AccessKeyId::draw(), AccessKeyId::draw());
    }
}

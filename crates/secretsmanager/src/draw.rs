//! Drawing characters, each as likely as every other of its alphabet.

use crate::limits::SUFFIX_CHARS;
use crypto::random_bytes;

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The end of a new ARN.
pub(crate) fn suffix() -> String {
    (0..SUFFIX_CHARS).map(|_| char::from(pick(ALPHANUMERIC))).collect()
}

/// One of `alphabet`.
pub(crate) fn pick(alphabet: &[u8]) -> u8 {
    alphabet[below(alphabet.len())]
}

/// A number below `bound`.
pub(crate) fn below(bound: usize) -> usize {
    let bound = u64::try_from(bound).expect("a small number");
    // The largest multiple of the bound: what lies above it would make small numbers likelier.
    let fair = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = u64::from_be_bytes(random_bytes());
        if drawn < fair {
            return usize::try_from(drawn % bound).expect("below a small number");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_character_is_drawn_and_nothing_else() {
        let drawn: BTreeSet<u8> = (0..10_000).map(|_| pick(ALPHANUMERIC)).collect();
        assert_eq!(drawn.len(), 62);
        let one = suffix();
        assert!(one.len() == 6 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{one}");
        assert_ne!(one, suffix());
    }
}

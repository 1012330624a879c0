//! Dice. Everything random is drawn here, from the operating system through aws-lc's generator.

use crate::Secret;

/// `N` random bytes.
///
/// # Panics
/// When the operating system has no randomness to give; nothing can be sealed then.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// `length` random bytes, as a secret: a data key, a generated password's source.
///
/// # Panics
/// As [`random_bytes`].
pub fn random(length: usize) -> Secret {
    let mut bytes = vec![0; length];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    Secret::new(bytes)
}

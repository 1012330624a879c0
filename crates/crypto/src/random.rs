//! Dice. Everything random is drawn here, from the operating system through aws-lc's generator.

use crate::Secret;

/// `N` random bytes.
///
/// # Panics
/// When the operating system has no randomness to give; nothing can be sealed then.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// `length` random bytes, as a secret: a data key, a generated password's source.
///
/// # Panics
/// As [`random_bytes`].
pub fn random(length: usize) -> Secret {
    let mut bytes = vec![0; length];
    fill(&mut bytes);
    Secret::new(bytes)
}

fn fill(bytes: &mut [u8]) {
    // Nobody sows dice in the product, where this is the constant `false`.
    if !faults::seeded(bytes) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

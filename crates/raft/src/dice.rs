//! Dice: for election timeouts and names of snapshots. The operating system's, unless a simulation has sown its own.

/// Fills `bytes`.
///
/// # Panics
/// When the operating system has no randomness to give.
pub(crate) fn fill(bytes: &mut [u8]) {
    if !faults::seeded(bytes) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}

/// `N` random bytes.
pub(crate) fn roll<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

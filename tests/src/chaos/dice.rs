//! Choices that a seed repeats.

use rand::Rng as _;
use rand::rngs::StdRng;

/// One of several, each as often as its weight says.
///
/// # Panics
/// When there is nothing to choose from.
pub fn weighted<T: Clone>(dice: &mut StdRng, choices: &[(u32, T)]) -> T {
    let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
    let mut at = dice.random_range(0..total);
    for (weight, choice) in choices {
        match at.checked_sub(*weight) {
            Some(rest) => at = rest,
            None => return choice.clone(),
        }
    }
    unreachable!("the number is below the sum of the weights")
}

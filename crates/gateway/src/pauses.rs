//! Refusals for too many calls are kept back for a moment: a caller that calls again at once would make the next one.

use crate::limits;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The refusals of a gateway that wait before they go out.
pub(crate) struct Pauses {
    /// A place for each.
    places: Semaphore,
    /// How many there were.
    count: AtomicU32,
}

impl Pauses {
    /// None waits.
    pub fn new() -> Self {
        Self { places: Semaphore::new(limits::PAUSES_MAX), count: AtomicU32::new(0) }
    }

    /// Waits, so many times longer than on a node that keeps up, unless too many wait already.
    pub async fn rest(&self, times: u32) {
        if let Ok(_place) = self.places.try_acquire() {
            let longest = limits::THROTTLED_PAUSE.saturating_mul(times).min(limits::THROTTLED_PAUSE_MAX);
            tokio::time::sleep(self.spread(longest)).await;
        }
    }

    /// From half of it to all of it, every time another part: calls that were refused together do not come back
    /// together.
    fn spread(&self, longest: Duration) -> Duration {
        // Multiples of the golden ratio, whose fractions are spread evenly however many there are (Weyl's sequence).
        const GOLDEN: u32 = 0x9E37_79B9;
        let part = self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(GOLDEN);
        longest.mul_f64(0.5 + f64::from(part) / f64::from(u32::MAX) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_that_begin_together_end_evenly_spread() {
        const LONGEST: Duration = Duration::from_millis(1_000);
        let pauses = Pauses::new();
        let mut ends: Vec<_> = (0..1_000).map(|_| pauses.spread(LONGEST)).collect();
        ends.sort();
        assert!(ends[0] >= LONGEST / 2 && ends[999] <= LONGEST);
        let most_at_once = ends.windows(10).map(|ten| ten[9] - ten[0]).min().expect("there are some");
        assert!(most_at_once > Duration::from_millis(2), "ten of a thousand end within {most_at_once:?}");
    }
}

//! How wide each account's way is: as wide as it may be while the node keeps up, narrow while it does not.
//!
//! What shows that a node does not keep up is that a task which is ready waits. That is measured all the time; the width
//! falls by a factor while it is too long and rises by steps while it is not (as TCP's window does, RFC 5681), so
//! that whoever asks much keeps the processors busy and not their queue long.

use crate::admission::Admission;
use crate::{Gateway, limits, measure};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Keeps the width as the node has it.
pub(crate) async fn follow(gateway: &Gateway) -> Infallible {
    let width_max = gateway.limits.calls_per_account_max;
    let mut width = width_max.min(limits::WIDTH_FIRST);
    loop {
        gateway.admission.set_width(width);
        let (running, waiting) = gateway.admission.counts();
        let delay = delay(&gateway.admission).await;
        measure::busy(delay, width, running, waiting);
        width = next(width, delay, width_max);
    }
}

/// How long a task that is ready waits until it runs, on average over some turns: each when it has just begun, and what
/// waited for it goes to work.
async fn delay(admission: &Arc<Admission>) -> Duration {
    let mut waited = Duration::ZERO;
    for _ in 0..limits::DELAY_SAMPLES {
        tokio::time::sleep(limits::TURN).await;
        admission.next_turn();
        let ready = Instant::now();
        tokio::task::yield_now().await; // behind all that are ready, and a look at what has arrived
        waited += ready.elapsed();
    }
    waited / limits::DELAY_SAMPLES
}

fn next(width: usize, delay: Duration, width_max: usize) -> usize {
    let wanted = if delay > 2 * limits::DELAY_MAX {
        width / 2
    } else if delay > limits::DELAY_MAX {
        width - width.div_ceil(8)
    } else {
        width + 1 + width / 16
    };
    wanted.clamp(limits::WIDTH_MIN.min(width_max), width_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[tokio::test]
    async fn what_is_measured_is_how_long_a_ready_task_waits() {
        const OCCUPIED: Duration = Duration::from_millis(10);
        let others = tokio::spawn(async {
            loop {
                std::thread::sleep(OCCUPIED); // work that keeps the only thread
                tokio::task::yield_now().await;
            }
        });
        let waited = delay(&Admission::new(&Limits::default())).await;
        others.abort();
        assert!(waited >= OCCUPIED, "{waited:?}");
    }

    #[test]
    fn the_width_falls_fast_and_rises_slowly() {
        const TOO_LONG: Duration = limits::DELAY_MAX.saturating_add(Duration::from_micros(1));
        for (width, delay, expected) in [
            (128, Duration::ZERO, 128),
            (64, Duration::ZERO, 69),
            (8, Duration::ZERO, 9),
            (64, limits::DELAY_MAX, 69),
            (64, TOO_LONG, 56),
            (64, 2 * TOO_LONG, 32),
            (3, 9 * TOO_LONG, limits::WIDTH_MIN),
            (limits::WIDTH_MIN, 9 * TOO_LONG, limits::WIDTH_MIN),
        ] {
            assert_eq!(next(width, delay, 128), expected, "{width} at {delay:?}");
        }
        assert_eq!(next(1, Duration::ZERO, 1), 1, "no wider than it may be");
        assert_eq!(next(1, Duration::from_secs(1), 1), 1);
    }
}

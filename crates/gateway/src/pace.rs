//! How wide each account's way is: as wide as it may be while the node keeps up, narrow while it does not.
//!
//! What shows that a node does not keep up is that a task which is due runs late. The delay is measured all the time; the
//! width falls by a factor while it is too long and rises by steps while it is not (as TCP's window does, RFC 5681), so
//! that whoever asks much keeps the processors busy and not their queue long.

use crate::{Gateway, limits, measure};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;

/// Keeps the width as the node has it.
pub(crate) async fn follow(gateway: &Gateway) -> Infallible {
    let width_max = gateway.limits.calls_per_account_max;
    let mut width = width_max.min(limits::WIDTH_FIRST);
    loop {
        gateway.admission.set_width(width);
        let (running, waiting) = gateway.admission.counts();
        let lag = lag().await;
        measure::busy(lag, width, running, waiting);
        width = next(width, lag, width_max);
    }
}

/// By how much tasks run late, on average over one round.
async fn lag() -> Duration {
    let mut late = Duration::ZERO;
    for _ in 0..limits::LAG_SAMPLES {
        let begun = Instant::now();
        tokio::time::sleep(limits::LAG_SAMPLE_TIME).await;
        late += begun.elapsed().saturating_sub(limits::LAG_SAMPLE_TIME);
    }
    late / limits::LAG_SAMPLES
}

fn next(width: usize, lag: Duration, width_max: usize) -> usize {
    let wanted = if lag > 2 * limits::LAG_MAX {
        width / 2
    } else if lag > limits::LAG_MAX {
        width - width.div_ceil(8)
    } else {
        width + 1 + width / 16
    };
    wanted.clamp(limits::WIDTH_MIN.min(width_max), width_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_falls_fast_and_rises_slowly() {
        for (width, lag_micros, expected) in [
            (128, 0, 128),
            (64, 0, 69),
            (8, 0, 9),
            (64, 2_999, 69),
            (64, 3_001, 56),
            (64, 6_001, 32),
            (12, 60_000, limits::WIDTH_MIN),
            (limits::WIDTH_MIN, 60_000, limits::WIDTH_MIN),
        ] {
            assert_eq!(next(width, Duration::from_micros(lag_micros), 128), expected, "{width} at {lag_micros} us");
        }
        assert_eq!(next(1, Duration::ZERO, 1), 1, "no wider than it may be");
        assert_eq!(next(1, Duration::from_secs(1), 1), 1);
    }
}

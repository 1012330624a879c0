//! What the members' clocks say of each other.
//!
//! Time in the state comes from the leader's stamp, so a leader whose clock is off must not stamp. Every heartbeat and its
//! answer carries a clock; from these a node knows how far each peer is ahead of itself.

use crate::limits::{CLOCK_HEARD_MAX, CLOCK_SKEW_MAX, PEER_HEARD_MAX};
use replica::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An answer slower than this says too little about its sender's clock.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(1);

/// This node's clock and what is known of the others.
pub(crate) struct Clocks {
    clock: Arc<dyn Clock>,
    heard: Mutex<BTreeMap<u64, Heard>>,
}

/// What a peer's clock showed, and when; on the monotonic clock, so that what is known of the others stays right when this
/// node's wall clock jumps.
#[derive(Clone, Copy)]
struct Heard {
    clock_millis: u64,
    /// When the peer's clock showed it.
    shown: Instant,
    at: Instant,
}

impl Heard {
    /// How many milliseconds the peer is ahead of a clock that shows `now_millis` now.
    fn ahead_of(&self, now_millis: u64) -> i64 {
        let shows = self.clock_millis.saturating_add(self.shown.elapsed().as_millis() as u64);
        shows.cast_signed().wrapping_sub(now_millis.cast_signed())
    }
}

/// Whether a leader may stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its clock is among the others.
    Fine,
    /// Less than a quorum has told its clock lately.
    Unknown,
    /// It is this many milliseconds behind (or ahead, if negative) of the middle.
    Off(i64),
}

impl Clocks {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, heard: Mutex::default() }
    }

    /// This node's clock, in milliseconds.
    pub(crate) fn now_millis(&self) -> u64 {
        self.clock.now().as_millis()
    }

    /// A message of `peer` came in that carries its clock. For an answer, `round_trip` is the time since the question.
    pub(crate) fn hear(&self, peer: u64, clock_millis: u64, round_trip: Duration) {
        if clock_millis == 0 || round_trip > ROUND_TRIP_MAX {
            return;
        }
        let at = Instant::now();
        let shown = at.checked_sub(round_trip / 2).unwrap_or(at);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert(peer, Heard { clock_millis, shown, at });
    }

    /// How long ago `peer` was heard last; `None` when it never was.
    pub(crate) fn silence(&self, peer: u64) -> Option<Duration> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&peer).map(|heard| heard.at.elapsed())
    }

    /// Whether `peer` was heard lately enough to count as there.
    pub(crate) fn hears(&self, peer: u64) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(&peer).is_some_and(|heard| heard.at.elapsed() <= PEER_HEARD_MAX)
    }

    /// Judges this node's clock by those of the voters.
    pub(crate) fn judge(&self, me: u64, voters: &BTreeSet<u64>) -> Verdict {
        self.judge_reading(self.now_millis(), me, voters)
    }

    /// Judges a reading of this node's clock, taken now. Who stamps with it must not read the clock again: between two
    /// readings it may jump.
    pub(crate) fn judge_reading(&self, now_millis: u64, me: u64, voters: &BTreeSet<u64>) -> Verdict {
        match self.behind_reading(now_millis, me, voters) {
            None => Verdict::Unknown,
            Some(millis) if millis.unsigned_abs() > CLOCK_SKEW_MAX.as_millis() as u64 => Verdict::Off(millis),
            Some(_) => Verdict::Fine,
        }
    }

    /// How many milliseconds this node's clock is behind (or ahead, if negative) of the middle; `None` when less than a
    /// quorum has told its clock lately.
    pub(crate) fn behind(&self, me: u64, voters: &BTreeSet<u64>) -> Option<i64> {
        self.behind_reading(self.now_millis(), me, voters)
    }

    fn behind_reading(&self, now_millis: u64, me: u64, voters: &BTreeSet<u64>) -> Option<i64> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let peers = voters.iter().filter(|id| **id != me).filter_map(|id| heard.get(id));
        let fresh = peers.filter(|heard| heard.at.elapsed() <= CLOCK_HEARD_MAX).map(|heard| heard.ahead_of(now_millis));
        let mut ahead: Vec<i64> = fresh.chain([0]).collect();
        (ahead.len() > voters.len() / 2).then(|| median(&mut ahead))
    }

    /// The peer whose clock is closest to the middle of all: to whom a leader that is off hands over.
    pub(crate) fn best_peer(&self, me: u64, voters: &BTreeSet<u64>) -> Option<u64> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let peers = voters.iter().filter(|id| **id != me).filter_map(|id| Some((*id, *heard.get(id)?)));
        let (fresh, now) = (peers.filter(|(_, heard)| heard.at.elapsed() <= CLOCK_HEARD_MAX), self.now_millis());
        let ahead: Vec<(u64, i64)> = fresh.map(|(id, heard)| (id, heard.ahead_of(now))).collect();
        let middle = median(&mut ahead.iter().map(|(_, ahead)| *ahead).chain([0]).collect::<Vec<_>>());
        ahead.iter().min_by_key(|(_, ahead)| ahead.abs_diff(middle)).map(|(id, _)| *id)
    }
}

/// The middle one. Of two middle ones the nearer to this node: between two clocks nobody can say which is right.
fn median(ahead: &mut [i64]) -> i64 {
    ahead.sort_unstable();
    let upper = ahead[ahead.len() / 2];
    let lower = ahead[(ahead.len() - 1) / 2];
    if lower.unsigned_abs() <= upper.unsigned_abs() { lower } else { upper }
}

#[cfg(test)]
mod tests {
    use super::*;
    use replica::Timestamp;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_000_000)
        }
    }

    #[test]
    fn a_leader_off_the_middle_is_found_out() {
        let rows: [(&[u64], &[i64], Verdict); 8] = [
            (&[1], &[], Verdict::Fine),
            (&[1, 2, 3], &[], Verdict::Unknown),
            (&[1, 2, 3], &[10], Verdict::Fine),
            (&[1, 2, 3], &[0, 9_000], Verdict::Fine),
            (&[1, 2, 3], &[9_000], Verdict::Fine),
            (&[1, 2, 3], &[9_000, 9_100], Verdict::Off(9_000)),
            (&[1, 2, 3], &[-2_100, -2_050], Verdict::Off(-2_050)),
            (&[1, 2, 3], &[1_900, 2_100], Verdict::Fine),
        ];
        for (voters, ahead, verdict) in rows {
            let clocks = Clocks::new(Arc::new(Fixed));
            for (peer, ahead) in (2..).zip(ahead) {
                clocks.hear(peer, 1_000_000_u64.saturating_add_signed(*ahead), Duration::ZERO);
            }
            let judged = clocks.judge(1, &voters.iter().copied().collect());
            let alike = match (judged, verdict) {
                // The test itself takes a moment.
                (Verdict::Off(found), Verdict::Off(expected)) => found.abs_diff(expected) < 500,
                (judged, verdict) => judged == verdict,
            };
            assert!(alike, "{voters:?} {ahead:?}: {judged:?}, not {verdict:?}");
        }
    }

    #[test]
    fn the_peer_in_the_middle_is_handed_over_to() {
        let clocks = Clocks::new(Arc::new(Fixed));
        let voters = BTreeSet::from([1, 2, 3, 4]);
        assert_eq!(clocks.best_peer(1, &voters), None);
        for (peer, clock) in [(2, 1_020_000), (3, 1_009_000), (4, 1_010_000)] {
            clocks.hear(peer, clock, Duration::ZERO);
        }
        assert_eq!(clocks.best_peer(1, &voters), Some(3));
    }

    /// A clock that can be set.
    #[derive(Default)]
    struct Set(AtomicU64);

    impl Clock for Set {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn a_clock_that_jumps_is_off_at_once() {
        let clock = Arc::new(Set::default());
        let clocks = Clocks::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let voters = BTreeSet::from([1, 2, 3]);
        clock.0.store(1_000_000, Ordering::Relaxed);
        clocks.hear(2, 1_000_000, Duration::ZERO);
        clocks.hear(3, 1_000_000, Duration::ZERO);
        assert_eq!(clocks.judge(1, &voters), Verdict::Fine);
        // Nobody has been heard since.
        for jump in [9_000, -9_000_i64] {
            clock.0.store(1_000_000_u64.saturating_add_signed(jump), Ordering::Relaxed);
            assert!(matches!(clocks.judge(1, &voters), Verdict::Off(_)), "{jump}");
        }
        clock.0.store(1_000_000, Ordering::Relaxed);
        assert_eq!(clocks.judge(1, &voters), Verdict::Fine);
    }

    #[test]
    fn slow_answers_and_missing_clocks_say_nothing() {
        let clocks = Clocks::new(Arc::new(Fixed));
        clocks.hear(2, 5_000_000, Duration::from_secs(2));
        clocks.hear(2, 0, Duration::ZERO);
        assert_eq!(clocks.judge(1, &BTreeSet::from([1, 2])), Verdict::Unknown);
    }
}

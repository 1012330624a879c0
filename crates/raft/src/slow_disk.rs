//! A leader whose disk is slower than the others' hands over. With a quorum of faster disks its entries are agreed before
//! it has synced them itself, and so a slow disk would not cost it the lead; but whatever it must sync before it goes on,
//! votes and snapshots, holds up everybody.
//!
//! A disk that fails is another matter: that ends the node.

use crate::Node;
use crate::Role;
use crate::limits::{SLOW_DISK_LOOKS, SLOW_DISK_PAUSE};
use replica::NodeId;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What this node's disk has been given to sync.
#[derive(Default)]
pub(crate) struct Syncs(Mutex<State>);

#[derive(Default)]
struct State {
    /// Appends that are not synced, by their last entry. Invariant: in the order in which they were made.
    pending: VecDeque<(u64, Instant)>,
    /// How many looks in a row found the disk slow.
    slow_looks: u32,
    handed_over: Option<Instant>,
}

impl Syncs {
    /// Entries up to `index` were given to the disk.
    pub(crate) fn begun(&self, index: u64) {
        self.lock().pending.push_back((index, Instant::now()));
    }

    /// The oldest of those that had begun is synced, or never will be.
    pub(crate) fn ended(&self) {
        self.lock().pending.pop_front();
    }

    /// Whether the disk has been slow for long enough to hand over: at each of the last looks it had held an entry for
    /// longer than `time_max` that the others had agreed on meanwhile.
    fn is_slow(&self, time_max: Duration, committed: Option<u64>, now: Instant) -> bool {
        let mut state = self.lock();
        let overdue = state.pending.front().filter(|(_, begun)| now.duration_since(*begun) > time_max);
        // Where the others wait for their disks as well, nothing is gained.
        let is_slow = overdue.is_some_and(|(index, _)| committed >= Some(*index));
        state.slow_looks = if is_slow { state.slow_looks + 1 } else { 0 };
        let again = state.handed_over.is_none_or(|at| now.duration_since(at) > SLOW_DISK_PAUSE);
        state.slow_looks >= SLOW_DISK_LOOKS && again
    }

    fn forget(&self) {
        self.lock().slow_looks = 0;
    }

    fn hand_over(&self, now: Instant) {
        self.lock().handed_over = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    /// A leader whose disk takes longer than an election hands over to the voter that has synced most.
    pub(crate) async fn hand_over_if_disk_is_slow(&self) {
        let (syncs, status) = (self.consensus.syncs(), self.status());
        if status.role != Role::Leader {
            return syncs.forget();
        }
        let now = Instant::now();
        if !syncs.is_slow(self.config.timing.election_max, status.committed, now) {
            return;
        }
        let votes = |node: NodeId| status.voters.iter().any(|voter| voter.node_id == node.0);
        let heard = status.peers.iter().filter(|peer| votes(peer.node) && self.links.clocks.hears(peer.node.0));
        let Some(best) = heard.max_by_key(|peer| peer.matched) else { return };
        tracing::error!(to = %best.node, "this leader's disk is slow: handing over");
        metrics::counter!("lockstep_raft_slow_disk_handovers_total").increment(1);
        syncs.hand_over(now);
        if let Err(error) = self.consensus.transfer_leader(best.node).await {
            tracing::warn!(%error, to = %best.node, "could not hand over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(300);

    /// Whether the last of `SLOW_DISK_LOOKS` looks, 250 ms apart, says slow, with appends 1, 2, … begun at once and synced
    /// at these milliseconds, and everything up to `committed` agreed.
    fn check(synced_at: &[u64], committed: u64, expected: bool) {
        let syncs = Syncs::default();
        (1..).zip(synced_at).for_each(|(index, _)| syncs.begun(index));
        let begun = Instant::now();
        let mut ended = 0;
        let mut slow = false;
        for look in 0..u64::from(SLOW_DISK_LOOKS) {
            let millis = 310 + 250 * look;
            while synced_at.get(ended).is_some_and(|at| *at <= millis) {
                syncs.ended();
                ended += 1;
            }
            slow = syncs.is_slow(LIMIT, Some(committed), begun + Duration::from_millis(millis));
        }
        assert_eq!(slow, expected, "{synced_at:?}, {committed} agreed");
    }

    #[test]
    fn a_disk_is_slow_when_the_others_agree_again_and_again_without_it() {
        check(&[5_000], 1, true);
        check(&[600, 1_200, 1_800], 3, true);
        // The others have not synced it either.
        check(&[5_000], 0, false);
        // It was slow, and is not any more.
        check(&[700], 1, false);
        check(&[], 0, false);
    }

    #[test]
    fn after_handing_over_a_while_passes_before_the_next_time() {
        let syncs = Syncs::default();
        syncs.begun(1);
        let slow_at = |at| (0..SLOW_DISK_LOOKS).any(|_| syncs.is_slow(LIMIT, Some(1), at));
        let later = Instant::now() + Duration::from_secs(1);
        assert!(slow_at(later));
        syncs.hand_over(later);
        assert!(!slow_at(later + SLOW_DISK_PAUSE / 2));
        assert!(slow_at(later + SLOW_DISK_PAUSE * 2));
    }
}

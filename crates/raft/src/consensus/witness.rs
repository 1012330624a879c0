//! What a node remembers of its peers' disks, and what they tell it of its own.
//!
//! A disk that was rolled back as a whole knows nothing of it: its own mark was rolled back too. Its peers do. Whoever leads
//! hears from every member what it has on disk and tells them what it has itself, and whoever was asked for its vote, or was
//! given one, knows whose it was; all is kept in memory for as long as the process lives. A node that starts asks all
//! members, and one that had more on disk than it has now must not vote: it could undo what was acknowledged, or vote twice
//! in a term.

use super::codec;
use super::types::LogId;
use crate::wire;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::StoreError;

/// What is known of all disks.
#[derive(Default)]
pub(crate) struct Witness {
    peers: Mutex<BTreeMap<u64, Seen>>,
    /// What this node synced since it started.
    own: Mutex<Option<LogId>>,
    /// What a leader remembered of this node's disk, and was found there.
    confirmed: Mutex<Option<LogId>>,
}

/// What a leader says of disks to one peer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Disks {
    /// What its own holds.
    pub(super) own: Option<LogId>,
    /// What the peer's was seen to hold.
    pub(super) receiver: Option<LogId>,
}

/// A node's disk: what it holds, or what it was once seen to hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// An entry of its log. What a peer remembers is committed: it may be covered by a snapshot, and is never undone.
    pub(super) held: Option<LogId>,
    /// The term of its vote.
    pub(super) term: u64,
}

/// This node's disk holds less than a peer once saw on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RolledBack {
    pub(super) peer: u64,
    pub(super) seen: Seen,
    pub(super) found: Seen,
}

impl fmt::Display for RolledBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = |held: Option<LogId>| held.map_or_else(|| "nothing".to_owned(), |id| format!("entry {}", id.index));
        write!(
            f,
            "the disk was rolled back: node {} saw {} and term {} on it, it holds {} and term {}",
            self.peer,
            index(self.seen.held),
            self.seen.term,
            index(self.found.held),
            self.found.term
        )
    }
}

impl Seen {
    /// Whether a disk with this was once one with `former`.
    pub(super) fn covers(&self, former: &Seen) -> bool {
        self.held >= former.held && self.term >= former.term
    }
}

impl Witness {
    /// `peer` said that its log matches up to `matched`, of which everything up to `committed` is committed, to the leader
    /// of `term`.
    pub(super) fn follows(&self, peer: u64, matched: Option<LogId>, committed: Option<LogId>, term: u64) {
        let mut seen = self.lock();
        let seen = seen.entry(peer).or_default();
        // Both are positions in this leader's log, so the lower one is in both.
        seen.held = seen.held.max(matched.min(committed));
        seen.term = seen.term.max(term);
    }

    /// This node's disk holds the log up to `last`.
    pub(super) fn synced(&self, last: Option<LogId>) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    /// What this node tells a peer when it leads.
    pub(super) fn disks(&self, peer: u64) -> Disks {
        Disks { own: self.own(), receiver: self.of(peer).held }
    }

    fn own(&self) -> Option<LogId> {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds what the leader `peer` remembers of this node's disk against the disk, unless that was done before. A node may
    /// take part before all its peers could be asked, and must take nothing from one that knows more of its past: filled
    /// up again under its old number, it would look as if it had lost nothing.
    pub(super) fn remind(
        &self,
        peer: u64,
        remembered: Option<LogId>,
        found: impl FnOnce() -> Result<Seen, StoreError>,
    ) -> Result<Option<RolledBack>, StoreError> {
        let mut confirmed = self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered <= self.own().max(*confirmed) {
            return Ok(None);
        }
        let (found, seen) = (found()?, Seen { held: remembered, term: 0 });
        if !found.covers(&seen) {
            return Ok(Some(RolledBack { peer, seen, found }));
        }
        *confirmed = remembered;
        Ok(None)
    }

    /// `peer` voted in `term`, for itself or another. A vote is on disk before it is told.
    pub(super) fn votes(&self, peer: u64, term: u64) {
        let mut seen = self.lock();
        let seen = seen.entry(peer).or_default();
        seen.term = seen.term.max(term);
    }

    /// Whether an answer of `peer` that the entry at `index` does not match means that its disk lost what it had.
    pub(super) fn contradicts(&self, peer: u64, index: u64) -> bool {
        self.of(peer).held.is_some_and(|held| index <= held.index)
    }

    fn of(&self, peer: u64) -> Seen {
        self.lock().get(&peer).copied().unwrap_or_default()
    }

    /// The answer to `peer`, which asks what is remembered of it.
    pub(crate) fn recall(&self, peer: u64) -> wire::RecallResponse {
        let seen = self.of(peer);
        wire::RecallResponse { held: seen.held.as_ref().map(codec::log_id), term: seen.term }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Seen>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::LeaderId;
    use super::*;

    fn id(term: u64, index: u64) -> Option<LogId> {
        Some(LogId { leader_id: LeaderId { term, node_id: 1 }, index })
    }

    #[test]
    fn what_was_seen_is_committed_and_only_grows() {
        let witness = Witness::default();
        let check = |expected: Seen| assert_eq!(witness.of(2), expected);
        check(Seen::default());
        witness.follows(2, id(3, 9), id(3, 7), 3);
        check(Seen { held: id(3, 7), term: 3 });
        witness.follows(2, id(3, 8), id(3, 12), 3);
        check(Seen { held: id(3, 8), term: 3 });
        witness.follows(2, None, id(3, 12), 3);
        witness.votes(2, 5);
        witness.votes(2, 4);
        check(Seen { held: id(3, 8), term: 5 });
        assert_eq!(witness.of(3), Seen::default());
        for (index, contradicts) in [(8, true), (9, false), (0, true)] {
            assert_eq!(witness.contradicts(2, index), contradicts, "{index}");
        }
    }

    #[test]
    fn a_leader_that_knows_more_of_this_disk_is_believed() {
        let witness = Witness::default();
        let check = |remembered, found: Option<LogId>, rolled_back: bool| {
            let result = witness.remind(1, remembered, || Ok(Seen { held: found, term: 3 }));
            assert_eq!(result.expect("the disk is read").is_some(), rolled_back, "{remembered:?} on {found:?}");
        };
        check(None, None, false);
        check(id(3, 9), id(3, 8), true);
        check(id(3, 9), id(3, 9), false);
        check(id(3, 9), None, false); // it was found before
        check(id(3, 10), id(3, 9), true);
        witness.synced(id(3, 12));
        check(id(3, 12), None, false);
    }

    #[test]
    fn what_is_told_of_the_own_disk_goes_back_with_the_log() {
        let witness = Witness::default();
        for last in [id(3, 9), id(2, 4), None] {
            witness.synced(last);
            assert_eq!(witness.own(), last);
        }
    }

    #[test]
    fn a_disk_covers_what_it_grew_from() {
        let now = Seen { held: id(3, 8), term: 5 };
        let rows = [
            (Seen::default(), true),
            (now, true),
            (Seen { held: id(2, 20), term: 5 }, true),
            (Seen { held: id(3, 9), term: 5 }, false),
            (Seen { held: id(4, 8), term: 5 }, false),
            (Seen { held: id(3, 8), term: 6 }, false),
        ];
        for (former, covers) in rows {
            assert_eq!(now.covers(&former), covers, "{former:?}");
        }
    }
}

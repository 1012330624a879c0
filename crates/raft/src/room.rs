//! Room on the disks: this node's, and what its peers say of theirs.
//!
//! A node whose disk runs full must not take what it cannot keep. It goes on with heartbeats, votes, reads and what others
//! have agreed; a leader hands over to somebody with room, and takes no change when less than a quorum has room.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How much room there is on a node's disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskRoom {
    /// Enough.
    #[default]
    Enough,
    /// Less than the reserve: nothing new is taken. What others sent already still is.
    Low,
    /// Less than half of the reserve: of the log, only what holds the cluster together is taken.
    Critical,
}

/// Whether a leader may take a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may.
    Fine,
    /// It may not, and another voter could.
    Elsewhere,
    /// Nobody may: less than a quorum has room.
    Nowhere,
    /// Not yet: who has room among the voters is not known so soon after an election.
    Unsure,
}

/// What is known of room.
pub(crate) struct Room {
    own: watch::Sender<DiskRoom>,
    /// The peers that said that they have none.
    full: Mutex<BTreeSet<u64>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { own: watch::Sender::new(DiskRoom::Enough), full: Mutex::default() }
    }
}

impl Room {
    /// This node's own.
    pub(crate) fn own(&self) -> DiskRoom {
        *self.own.borrow()
    }

    /// Says how much room this node has; whether that is news.
    pub(crate) fn set(&self, room: DiskRoom) -> bool {
        self.own.send_if_modified(|former| std::mem::replace(former, room) != room)
    }

    /// Returns when there is enough.
    pub(crate) async fn enough(&self) {
        // The sender lives as long as `self`.
        let _ = self.own.subscribe().wait_for(|room| *room == DiskRoom::Enough).await;
    }

    /// What `peer` says of its disk.
    pub(crate) fn hear(&self, peer: u64, full: bool) {
        let mut of_peers = self.lock();
        if full {
            of_peers.insert(peer);
        } else {
            of_peers.remove(&peer);
        }
    }

    /// Whether `peer` said that it has none.
    pub(crate) fn is_full(&self, peer: u64) -> bool {
        self.lock().contains(&peer)
    }

    /// Judges for a leader. Of `quorums`, each needs a majority; `hears` says which peers are there at all. A leader that
    /// is new may not have heard everybody yet.
    pub(crate) fn judge(
        &self,
        me: u64,
        quorums: &[BTreeSet<u64>],
        hears: impl Fn(u64) -> bool,
        is_new: bool,
    ) -> Verdict {
        let full = self.lock();
        let me_full = self.own() != DiskRoom::Enough;
        if full.is_empty() && !me_full {
            return Verdict::Fine;
        }
        let may_take = |id: u64| if id == me { !me_full } else { !full.contains(&id) };
        let takes = |id: u64| may_take(id) && (id == me || hears(id));
        let majority = |takes: &dyn Fn(u64) -> bool| {
            quorums.iter().all(|voters| voters.iter().filter(|id| takes(**id)).count() > voters.len() / 2)
        };
        match (majority(&takes), me_full) {
            (false, _) if is_new && majority(&may_take) => Verdict::Unsure,
            (false, _) => Verdict::Nowhere,
            (true, true) => Verdict::Elsewhere,
            (true, false) => Verdict::Fine,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_takes_changes_while_a_quorum_has_room() {
        use DiskRoom::{Critical, Enough, Low};
        let three: &[&[u64]] = &[&[1, 2, 3]];
        type Row<'a> = (DiskRoom, &'a [u64], &'a [u64], &'a [&'a [u64]], Verdict);
        let rows: [Row<'_>; 9] = [
            (Enough, &[], &[], three, Verdict::Fine),
            (Enough, &[2], &[], three, Verdict::Fine),
            (Enough, &[2, 3], &[], three, Verdict::Nowhere),
            (Enough, &[2], &[3], three, Verdict::Nowhere),
            (Low, &[], &[], three, Verdict::Elsewhere),
            (Low, &[], &[3], three, Verdict::Nowhere),
            (Critical, &[2], &[], three, Verdict::Nowhere),
            (Low, &[], &[], &[&[1]], Verdict::Nowhere),
            (Enough, &[4, 5], &[], &[&[1, 2, 3], &[1, 4, 5]], Verdict::Nowhere),
        ];
        for (own, full, silent, quorums, verdict) in rows {
            let room = Room::default();
            room.set(own);
            full.iter().for_each(|peer| room.hear(*peer, true));
            let quorums: Vec<BTreeSet<u64>> = quorums.iter().map(|set| set.iter().copied().collect()).collect();
            let judge = |is_new| room.judge(1, &quorums, |id| !silent.contains(&id), is_new);
            assert_eq!(judge(false), verdict, "{own:?}, full {full:?}, silent {silent:?}, {quorums:?}");
            // Who is silent may only not have spoken yet.
            let new = if verdict == Verdict::Nowhere && !silent.is_empty() { Verdict::Unsure } else { verdict };
            assert_eq!(judge(true), new, "new: {own:?}, full {full:?}, silent {silent:?}, {quorums:?}");
        }
    }

    #[test]
    fn a_peer_that_has_room_again_is_not_full() {
        let room = Room::default();
        room.hear(2, true);
        assert!(room.is_full(2));
        room.hear(2, false);
        assert!(!room.is_full(2));
        assert!(room.set(DiskRoom::Low) && !room.set(DiskRoom::Low));
    }
}

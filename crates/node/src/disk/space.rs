//! Room on the disk of a data folder: how much is left, and a reserve for the moment when nothing is.
//!
//! The reserve is a file of no content. It is given up when there is no room for what the node itself must write, and made
//! again when there is; what it occupies never counts as room. A node of a dev cluster has none: many share a machine.

use crate::lifecycle::member::Member;
use crate::{Config, Folder, NodeError, SealConfig, limits};
use raft::DiskRoom;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The room of one data folder.
#[derive(Debug)]
pub(crate) struct Space {
    root: PathBuf,
    /// Room that must be left, and the size of the reserve, in bytes; 0 looks after nothing.
    threshold: u64,
    has_reserve: bool,
}

impl Space {
    pub(crate) fn new(config: &Config) -> Self {
        let threshold = config.limits.disk_reserve_bytes;
        let has_reserve = threshold > 0 && !matches!(config.seal, SealConfig::Dev);
        Self { root: config.data_dir.clone(), threshold, has_reserve }
    }

    /// How much room there is. A node that had too little has enough again when a quarter more than the threshold is there,
    /// so that it does not change its mind with every file that comes and goes.
    pub(crate) fn look(&self, former: DiskRoom) -> DiskRoom {
        match free(&self.root) {
            Some(free) => judge(free.saturating_sub(self.owed()), self.threshold, former),
            None => former,
        }
    }

    /// Makes the reserve when there is room for it, and gives it up when there is hardly any left.
    pub(crate) fn tend(&self, room: DiskRoom) {
        if !self.has_reserve {
            return;
        }
        match (room, free(&self.root)) {
            (DiskRoom::Enough, _) if self.owed() > 0 => self.make(),
            (DiskRoom::Critical, Some(free)) if free < self.threshold / 4 => self.give_up(),
            _ => {}
        }
    }

    /// Gives the reserve up: without it, the node may not even start.
    pub(crate) fn give_up(&self) {
        let path = Folder::reserve_in(&self.root);
        if path.exists() {
            tracing::warn!(path = %path.display(), "the disk is full: the reserve is given up");
            if let Err(cause) = Folder::remove(&path) {
                tracing::error!(%cause, "the reserve cannot be given up");
            }
        }
    }

    fn make(&self) {
        let path = Folder::reserve_in(&self.root);
        if let Err(cause) = allocate(&path, self.threshold) {
            tracing::debug!(%cause, "no reserve could be made");
            let _ = Folder::remove(&path);
        }
    }

    /// What has to be free before any of it counts: the reserve, where there is none.
    fn owed(&self) -> u64 {
        let held = std::fs::metadata(Folder::reserve_in(&self.root)).map_or(0, |file| file.len());
        if self.has_reserve { self.threshold.saturating_sub(held) } else { 0 }
    }
}

fn judge(room: u64, threshold: u64, former: DiskRoom) -> DiskRoom {
    let enough = match former {
        DiskRoom::Enough => threshold,
        DiskRoom::Low | DiskRoom::Critical => threshold.saturating_add(threshold / 4),
    };
    match room {
        room if room >= enough => DiskRoom::Enough,
        room if room >= threshold / 2 => DiskRoom::Low,
        _ => DiskRoom::Critical,
    }
}

fn free(root: &Path) -> Option<u64> {
    let disk = statvfs(root).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn allocate(path: &Path, bytes: u64) -> Result<(), NodeError> {
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    let file = file.map_err(NodeError::file("cannot create", path))?;
    let allocated = fallocate(&file, FallocateFlags::empty(), 0, bytes);
    allocated.map_err(|cause| NodeError::file("cannot reserve", path)(cause.into()))
}

/// Tells the node how much room it has, for as long as it runs.
pub(crate) async fn keep(member: Arc<Member>, space: Space) {
    let mut room = DiskRoom::Enough;
    loop {
        room = space.look(room);
        space.tend(room);
        member.node.set_disk_room(room);
        ::metrics::gauge!("lockstep_disk_full").set(f64::from(u8::from(room != DiskRoom::Enough)));
        tokio::select! {
            () = tokio::time::sleep(limits::SPACE_LOOK) => {}
            () = member.stopping().cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_judged_by_the_threshold_and_by_what_was_before() {
        use DiskRoom::{Critical, Enough, Low};
        for (room, former, expected) in [
            (100, Enough, Enough),
            (99, Enough, Low),
            (50, Enough, Low),
            (49, Enough, Critical),
            (0, Low, Critical),
            (50, Critical, Low),
            (124, Low, Low),
            (124, Critical, Low),
            (125, Low, Enough),
            (125, Critical, Enough),
        ] {
            assert_eq!(judge(room, 100, former), expected, "{room} after {former:?}");
        }
        assert_eq!(judge(0, 0, Low), Enough, "nothing is looked after");
    }

    #[test]
    fn the_reserve_takes_room_and_gives_it_back() {
        let temp = tempfile::tempdir().expect("temp");
        let space = Space { root: temp.path().to_owned(), threshold: 1 << 20, has_reserve: true };
        let reserve = Folder::reserve_in(temp.path());
        assert_eq!(space.owed(), 1 << 20);
        space.tend(DiskRoom::Low);
        assert!(!reserve.exists());
        space.tend(DiskRoom::Enough);
        assert_eq!((std::fs::metadata(&reserve).expect("made").len(), space.owed()), (1 << 20, 0));
        space.give_up();
        assert!(!reserve.exists());
    }
}

//! The trait on RocksDB: each method goes to the part that does it.

use std::path::Path;
use std::sync::Arc;

use rocksdb::Options;

use super::install::InstallStep;
use super::log::Log;
use super::open::{self, Opened};
use super::options::RocksOptions;
use super::snapshots::Snapshots;
use super::tables::Tables;
use super::{Db, records};
use crate::{Change, Done, Engine, LogEntry, SnapshotInfo, StoreError, TableView};

/// Log, tables and snapshots in a folder.
pub struct RocksEngine {
    // Dropped first: the flusher ends while the database is open.
    log: Log,
    tables: Tables,
    snapshots: Snapshots,
    db: Arc<Db>,
    family: Options,
    lost: Option<LostEntries>,
    #[cfg(test)]
    pub(super) observer: std::sync::Mutex<Option<Observer>>,
}

/// Watches installations, to copy the folder in the middle of one.
#[cfg(test)]
type Observer = Box<dyn Fn(InstallStep) + Send>;

/// The log is shorter than it was when it was last synced: the disk was rolled back, or lost a part. A node that votes
/// with it could undo what was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostEntries {
    /// The log was synced up to this index, at least.
    pub synced: u64,
    /// It ends here now; None if it is empty and nothing was ever purged.
    pub found: Option<u64>,
}

impl RocksEngine {
    /// Opens a folder, which is made if it is not there. One process at a time; a second one fails. The log and the records
    /// are read from end to end, which takes a moment since a log is short; the tables and the snapshot are
    /// [`Engine::scrub`]'s.
    pub fn open(folder: &Path, options: &RocksOptions) -> Result<RocksEngine, StoreError> {
        let Opened { log, tables, snapshots, db, family } = open::open(folder, options)?;
        log.check(&|| false)?;
        records::check(&db)?;
        let lost = match log.ends() {
            _ if faults::planted(faults::Bug::TruncatingRecovery) => None,
            (found, Some(synced)) if found < Some(synced) => Some(LostEntries { synced, found }),
            _ => None,
        };
        Ok(RocksEngine {
            log,
            tables,
            snapshots,
            db,
            family,
            lost,
            #[cfg(test)]
            observer: std::sync::Mutex::default(),
        })
    }

    /// What was found missing when the folder was opened. Whoever starts a node must not let it vote then.
    pub fn lost_entries(&self) -> Option<LostEntries> {
        self.lost
    }

    /// The database itself, to damage it.
    #[cfg(test)]
    pub(super) fn database(&self) -> &Db {
        &self.db
    }

    /// How far the log goes, and how far its mark says it does.
    #[cfg(test)]
    pub(super) fn log_ends(&self) -> (Option<u64>, Option<u64>) {
        self.log.ends()
    }

    fn reached(&self, step: InstallStep) {
        tracing::debug!(?step, "installing a snapshot");
        #[cfg(test)]
        if let Some(observer) = self.observer.lock().unwrap().as_ref() {
            observer(step);
        }
    }
}

impl Engine for RocksEngine {
    fn scrub(&self, stop: &dyn Fn() -> bool) -> Result<(), StoreError> {
        self.log.check(stop)?;
        self.tables.check(stop)?;
        self.snapshots.check(stop)
    }

    fn put_record(&self, name: &'static str, value: &[u8], sync: bool) -> Result<(), StoreError> {
        records::put_record(&self.db, name, value, sync)
    }

    fn record(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        records::record(&self.db, name)
    }

    fn append(&self, entries: Vec<LogEntry>, done: Done) {
        self.log.append(&entries, done);
    }

    fn truncate_from(&self, index: u64) -> Result<(), StoreError> {
        self.log.truncate_from(index)
    }

    fn purge_to(&self, index: u64) -> Result<(), StoreError> {
        self.log.purge_to(index)
    }

    fn entries(&self, first: u64, end: u64, bytes_max: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.log.entries(first, end, bytes_max)
    }

    fn last_entry(&self) -> Result<Option<LogEntry>, StoreError> {
        self.log.last_entry()
    }

    fn commit(&self, changes: Vec<Change>, meta: Vec<u8>) -> Result<(), StoreError> {
        self.tables.commit(&changes, &meta)
    }

    fn view(&self) -> Box<dyn TableView + '_> {
        Box::new(self.tables.view())
    }

    fn build_snapshot(&self, id: &str) -> Result<SnapshotInfo, StoreError> {
        self.snapshots.build(&self.tables, id)
    }

    fn current_snapshot(&self) -> Result<Option<SnapshotInfo>, StoreError> {
        Ok(self.snapshots.info())
    }

    fn read_snapshot(&self, id: &str, offset: u64, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.snapshots.read(id, offset, bytes_max)
    }

    fn begin_receive(&self, id: &str) -> Result<(), StoreError> {
        self.snapshots.begin_receive(id)
    }

    fn receive(&self, piece: &[u8]) -> Result<(), StoreError> {
        self.snapshots.receive(piece)
    }

    fn check_received(&self) -> Result<SnapshotInfo, StoreError> {
        self.snapshots.check_received()
    }

    fn install_received(&self) -> Result<SnapshotInfo, StoreError> {
        self.snapshots.install(&self.tables, &self.family, |step| self.reached(step))
    }
}

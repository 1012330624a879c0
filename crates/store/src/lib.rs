//! Log, tables and snapshots behind one trait, with two engines: RocksDB, and a disk that exists in memory and can be
//! told to lose what was not synced. This crate knows bytes and nothing of what they mean.

mod limits;
pub mod simulated;

/// An entry of the log: its position and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Position; the first is 0 and there are no gaps.
    pub index: u64,
    /// Content.
    pub bytes: Vec<u8>,
}

/// One change of one row of the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets the row.
    Put(Vec<u8>, Vec<u8>),
    /// Removes the row.
    Delete(Vec<u8>),
}

/// Called once when what it was handed over with is on disk, or cannot be brought there.
pub type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What can go wrong. None of these is retried: a node whose disk fails ends.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system or the engine failed.
    #[error("{action}: {cause}")]
    Engine {
        /// What was being done.
        action: &'static str,
        /// The engine's own words.
        cause: String,
    },
    /// Bytes on disk are not what was written.
    #[error("{what} is damaged")]
    Damaged {
        /// Which part.
        what: String,
    },
}

/// The tables at one moment.
pub trait TableView: Send + Sync {
    /// The row at `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Rows with `prefix` whose keys are not below `from`, ascending, at most `limit`.
    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;

    /// The meta value that was committed last with the tables of this moment (see [`Engine::commit`]).
    fn meta(&self) -> Result<Option<Vec<u8>>, StoreError>;
}

/// A disk with a log, tables, and some small records.
///
/// Invariant: log and tables share one write-ahead log, so a synced log entry implies that every table commit made
/// before it is synced as well; this is why commits need no sync of their own.
pub trait Engine: Send + Sync + 'static {
    /// Writes a small named record and syncs it before returning: the vote, the purge point, the committed position.
    /// With `sync` false, the record may be lost by a power cut, though never torn.
    fn put_record(&self, name: &'static str, value: &[u8], sync: bool) -> Result<(), StoreError>;

    /// A small record.
    fn record(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Appends entries, readable at once; `done` runs when they are synced. Calls of `done` come in the order of appends.
    fn append(&self, entries: Vec<LogEntry>, done: Done);

    /// Removes every entry with `index` or above, synced.
    fn truncate_from(&self, index: u64) -> Result<(), StoreError>;

    /// Removes every entry up to and including `index`.
    fn purge_to(&self, index: u64) -> Result<(), StoreError>;

    /// Entries of a range, ascending, without gaps; stops early after about `bytes_max` bytes but gives at least one.
    fn entries(&self, first: u64, end: u64, bytes_max: usize) -> Result<Vec<LogEntry>, StoreError>;

    /// The last entry of the log.
    fn last_entry(&self) -> Result<Option<LogEntry>, StoreError>;

    /// Commits changes to the tables, with a meta value (where the state machine stands), in one batch. Not synced.
    fn commit(&self, changes: Vec<Change>, meta: Vec<u8>) -> Result<(), StoreError>;

    /// The tables as of now.
    fn view(&self) -> Box<dyn TableView + '_>;

    /// Writes the tables of one moment, with their meta, to a snapshot file or its like, synced, and makes it the
    /// current one. The former one goes.
    fn build_snapshot(&self, id: &str) -> Result<SnapshotInfo, StoreError>;

    /// The current snapshot.
    fn current_snapshot(&self) -> Result<Option<SnapshotInfo>, StoreError>;

    /// A piece of the current snapshot, if `id` still names it: at most `bytes_max` bytes from `offset`; empty at its end.
    fn read_snapshot(&self, id: &str, offset: u64, bytes_max: usize) -> Result<Vec<u8>, StoreError>;

    /// Begins to receive a snapshot aside; what was received before and not installed is dropped.
    fn begin_receive(&self, id: &str) -> Result<(), StoreError>;

    /// Appends a piece to what is being received.
    fn receive(&self, piece: &[u8]) -> Result<(), StoreError>;

    /// Checks what was received and replaces the tables and the meta by it in one synced step: after a crash at any point
    /// either the former tables are there whole, or the new ones. It becomes the current snapshot.
    fn install_received(&self) -> Result<SnapshotInfo, StoreError>;
}

/// A snapshot at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its name.
    pub id: String,
    /// The meta value of the moment it was taken.
    pub meta: Vec<u8>,
    /// Its size.
    pub bytes: u64,
}

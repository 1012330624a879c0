//! The contract of a disk: a log, tables, small records and snapshots. What its bytes mean is the caller's affair.

use crate::StoreError;

/// An entry of the log: its position and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Position. Within the log there are no gaps.
    pub index: u64,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A row of the tables: key and value.
pub type Row = (Vec<u8>, Vec<u8>);

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

/// A snapshot at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its name.
    pub id: String,
    /// The meta value of the moment it was taken; empty if there was none.
    pub meta: Vec<u8>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The tables at one moment. Later commits and installed snapshots do not show in it.
pub trait TableView: Send + Sync {
    /// The row at `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Rows with `prefix` whose keys are not below `from`, ascending, at most `limit`.
    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError>;

    /// The meta value that was committed last with the tables of this moment (see [`Engine::commit`]).
    fn meta(&self) -> Result<Option<Vec<u8>>, StoreError>;
}

/// A disk with a log, tables, and some small records. Every method may be called from any thread, and blocks.
///
/// Invariant: log and tables share one write-ahead log, so a synced log entry implies that every table commit made
/// before it is synced as well; this is why commits need no sync of their own.
pub trait Engine: Send + Sync + 'static {
    /// Whether calls wait for hardware, so that a thread that must not stand still leaves them to another.
    fn waits(&self) -> bool {
        true
    }

    /// Reads what is at rest from its beginning to its end, and fails with what is damaged. Ends early when `stop` says so,
    /// which is asked often. An engine whose bytes cannot change has nothing to look for.
    fn scrub(&self, stop: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let _ = stop;
        Ok(())
    }

    /// Writes a small named record and, with `sync`, brings it to disk before returning: the vote, the committed
    /// position. Without, it may be lost by a crash, though never torn.
    fn put_record(&self, name: &'static str, value: &[u8], sync: bool) -> Result<(), StoreError>;

    /// A small record.
    fn record(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Appends entries, readable at once; `done` runs when they are synced. Calls of `done` come in the order of
    /// appends, on a thread of the engine's choice, and may call the engine.
    ///
    /// The entries follow each other and the log without a gap; anything else is a defect of the caller and panics.
    fn append(&self, entries: Vec<LogEntry>, done: Done);

    /// Removes every entry with `index` or above, synced.
    fn truncate_from(&self, index: u64) -> Result<(), StoreError>;

    /// Removes every entry up to and including `index`, synced. The next entry of a log emptied so is `index + 1`.
    fn purge_to(&self, index: u64) -> Result<(), StoreError>;

    /// Entries from `first` up to, not including, `end`, ascending, without gaps; stops early after about `bytes_max`
    /// bytes but gives at least one. Empty if the log does not hold `first`.
    fn entries(&self, first: u64, end: u64, bytes_max: usize) -> Result<Vec<LogEntry>, StoreError>;

    /// The last entry of the log.
    fn last_entry(&self) -> Result<Option<LogEntry>, StoreError>;

    /// Commits changes to the tables, with a meta value (where the state machine stands), in one batch. Not synced.
    fn commit(&self, changes: Vec<Change>, meta: Vec<u8>) -> Result<(), StoreError>;

    /// The tables as of now.
    fn view(&self) -> Box<dyn TableView + '_>;

    /// Writes the tables of one moment, with their meta, to a snapshot, synced, and makes it the current one. The former
    /// one goes.
    fn build_snapshot(&self, id: &str) -> Result<SnapshotInfo, StoreError>;

    /// The current snapshot.
    fn current_snapshot(&self) -> Result<Option<SnapshotInfo>, StoreError>;

    /// A piece of the current snapshot: at most `bytes_max` bytes from `offset`, empty at its end. None if `id` is no
    /// longer the current one.
    fn read_snapshot(&self, id: &str, offset: u64, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// Begins to receive a snapshot aside; what was received before and not installed is dropped.
    fn begin_receive(&self, id: &str) -> Result<(), StoreError>;

    /// Appends a piece to what is being received.
    fn receive(&self, piece: &[u8]) -> Result<(), StoreError>;

    /// Reads what was received to its end and says what it is, without installing it. What is not whole, or bears another
    /// id, is [`StoreError::Rejected`], and the reception goes on as it was.
    fn check_received(&self) -> Result<SnapshotInfo, StoreError>;

    /// Checks what was received and replaces the tables and the meta by it in one synced step: after a crash at any point
    /// either the former tables are there whole, or the new ones. It becomes the current snapshot. What is not whole, or
    /// bears another id, is [`StoreError::Rejected`].
    fn install_received(&self) -> Result<SnapshotInfo, StoreError>;
}

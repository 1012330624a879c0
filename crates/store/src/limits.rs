//! Every limit of this crate, in bytes where not said otherwise, with its reason.

/// Rows are gathered into frames of about this size when a snapshot is written: large enough that a frame's head costs
/// nothing, small enough that many may be in flight.
pub(crate) const SNAPSHOT_FRAME_BYTES: usize = 64 * 1024;

/// The largest frame that is read back. A row is far below it; a length above it is damage, and memory is not reserved
/// for it.
pub(crate) const SNAPSHOT_FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How much of the log is read at once when all of it is looked at: little memory, and few calls.
pub(crate) const SCRUB_BYTES: usize = 1024 * 1024;

/// How many rows are looked at before whoever looks is asked whether it should stop.
pub(crate) const SCRUB_ROWS: usize = 1_000;

/// Default of [`crate::rocks::RocksOptions::block_cache_bytes`]: the hot rows of a key service are few and small.
pub(crate) const BLOCK_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// A part of a file's index or filter: as RocksDB's own default, and like the blocks of rows.
pub(crate) const METADATA_BLOCK_BYTES: usize = 4 * 1024;
/// Default of [`crate::rocks::RocksOptions::memtables_bytes`]: recent log entries are read from here by replication.
pub(crate) const MEMTABLES_BYTES: usize = 32 * 1024 * 1024;

/// Memtables of one column family: writes go on into the next while one or two are flushed, instead of stalling.
pub(crate) const MEMTABLES_MAX: i32 = 4;

/// The write-ahead log beyond which memtables are flushed, which bounds the time of a start.
pub(crate) const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Files RocksDB keeps open; far below the usual 1,024 of a process.
pub(crate) const OPEN_FILES_MAX: i32 = 256;

/// Threads of RocksDB for flushes and compactions.
pub(crate) const BACKGROUND_JOBS_MAX: i32 = 2;

/// Files are written back in steps of this size, so that a big compaction does not delay the sync of the log.
pub(crate) const BYTES_PER_SYNC: u64 = 1024 * 1024;

/// RocksDB's own diary: how many files are kept.
pub(crate) const INFO_LOGS_MAX: usize = 2;

/// RocksDB's own diary: the size of one file.
pub(crate) const INFO_LOG_BYTES_MAX: usize = 4 * 1024 * 1024;

//! The engine on RocksDB. One database holds log and tables behind one write-ahead log; snapshots are files beside it.
//!
//! ```text
//! folder/
//!   database/     RocksDB, with these column families:
//!     default       the engine's own records: form, purge point, meta, which tables and snapshot are current
//!     log           entries by index
//!     records       the caller's small records
//!     tables-<n>    the tables; a second generation exists while a snapshot is installed
//!   snapshots/    <n>.snapshot is the current one; building and received are on their way
//!   high-water    the last index known to be synced, to find a log that was rolled back
//! ```

mod engine;
mod files;
mod flusher;
mod headers;
mod high_water;
mod install;
mod layout;
mod log;
mod open;
mod options;
mod records;
mod snapshots;
mod tables;
#[cfg(test)]
mod tests;

pub use engine::{LostEntries, RocksEngine};
pub use options::RocksOptions;

/// A database whose column families come and go while it is used.
type Db = rocksdb::DBWithThreadMode<rocksdb::MultiThreaded>;

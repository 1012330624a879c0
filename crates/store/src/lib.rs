//! Log, tables and snapshots behind one trait, with two engines: RocksDB, and a disk that exists in memory and can be
//! told to lose what was not synced. This crate knows bytes and nothing of what they mean.

mod checksum;
mod engine;
mod error;
mod limits;
pub mod rocks;
pub mod simulated;
mod snapshot;
#[cfg(test)]
mod suite;

pub use engine::{Change, Done, Engine, LogEntry, Row, SnapshotInfo, TableView};
pub use error::StoreError;
pub use snapshot::SnapshotWriter;

//! Names and forms of what is on disk. Bytes on disk are forever: lists here only grow.

use std::path::{Path, PathBuf};

/// Version of all forms below, kept in the record [`own_key::FORM`].
pub(super) const FORM: u64 = 1;

/// Column families.
pub(super) mod family {
    pub(in crate::rocks) const DEFAULT: &str = "default";
    pub(in crate::rocks) const LOG: &str = "log";
    pub(in crate::rocks) const RECORDS: &str = "records";
    const TABLES: &str = "tables-";

    /// The family of a generation of the tables.
    pub(in crate::rocks) fn tables(generation: u64) -> String {
        format!("{TABLES}{generation}")
    }

    /// Whether a family is a generation of the tables.
    pub(in crate::rocks) fn is_tables(name: &str) -> bool {
        name.starts_with(TABLES)
    }
}

/// Keys of the engine's own records in the default family.
pub(super) mod own_key {
    /// Version of the forms: a number.
    pub(in crate::rocks) const FORM: &str = "form";
    /// The last purged index: a number.
    pub(in crate::rocks) const PURGED: &str = "purged";
    /// The meta value of the tables.
    pub(in crate::rocks) const META: &str = "meta";
    /// Which tables and which snapshot are current: see [`super::Current`].
    pub(in crate::rocks) const CURRENT: &str = "current";
}

/// Which generation of the tables and which snapshot count. Kept in one record, so that both change in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Current {
    /// Generation of the tables.
    pub(super) generation: u64,
    /// Number of the snapshot's file; 0 before the first.
    pub(super) snapshot: u64,
}

impl Current {
    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.generation.to_be_bytes());
        bytes[8..].copy_from_slice(&self.snapshot.to_be_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Current> {
        let (generation, snapshot) = bytes.split_at_checked(8)?;
        Some(Current { generation: number(generation)?, snapshot: number(snapshot)? })
    }
}

/// A number of eight bytes, big-endian so that keys sort as numbers.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

/// The place of a log entry, for its checksum.
pub(super) fn entry_place(index: u64) -> [u8; 13] {
    let mut place = *b"entry\0\0\0\0\0\0\0\0";
    place[5..].copy_from_slice(&index.to_be_bytes());
    place
}

/// Where things are in the folder of an engine.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn database(&self) -> PathBuf {
        self.root.join("database")
    }

    pub(super) fn high_water(&self) -> PathBuf {
        self.root.join("high-water")
    }

    pub(super) fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    pub(super) fn snapshot(&self, number: u64) -> PathBuf {
        self.snapshots().join(format!("{number:016}.snapshot"))
    }

    pub(super) fn building(&self) -> PathBuf {
        self.snapshots().join("building")
    }

    pub(super) fn received(&self) -> PathBuf {
        self.snapshots().join("received")
    }
}

//! What a simulated disk holds, and the writes that change it. A disk has two of these: what would survive a power cut,
//! and what is to be read now.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Change, SnapshotInfo};

/// The contents of a disk.
#[derive(Clone, Default)]
pub(super) struct Image {
    pub(super) records: BTreeMap<&'static str, Vec<u8>>,
    pub(super) log: BTreeMap<u64, Vec<u8>>,
    /// The last entry that was purged. Invariant: the log holds nothing up to it.
    pub(super) purged: Option<u64>,
    pub(super) tables: Tables,
    pub(super) snapshot: Option<Snapshot>,
}

/// Tables of one moment; cheap to clone, copied when written to while a view holds them.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) rows: Arc<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(super) meta: Option<Vec<u8>>,
}

/// A snapshot at rest.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) info: SnapshotInfo,
    pub(super) bytes: Arc<Vec<u8>>,
}

/// One write: it survives a crash whole or not at all.
pub(super) enum Write {
    Record(&'static str, Vec<u8>),
    Entry(u64, Vec<u8>),
    TruncateFrom(u64),
    PurgeTo(u64),
    Commit(Vec<Change>, Vec<u8>),
    Snapshot(Snapshot),
    Install(Tables, Snapshot),
}

impl Image {
    /// The index that the next entry must have, if any is there or was.
    pub(super) fn next_index(&self) -> Option<u64> {
        let last = self.log.last_key_value().map(|(index, _)| *index).or(self.purged);
        last.map(|index| index + 1)
    }

    /// Carries out a write.
    pub(super) fn carry_out(&mut self, write: &Write) {
        match write {
            Write::Record(name, value) => drop(self.records.insert(name, value.clone())),
            Write::Entry(index, bytes) => drop(self.log.insert(*index, bytes.clone())),
            Write::TruncateFrom(index) => drop(self.log.split_off(index)),
            Write::PurgeTo(index) => self.purge_to(*index),
            Write::Commit(changes, meta) => self.tables.commit(changes, meta),
            Write::Snapshot(snapshot) => self.snapshot = Some(snapshot.clone()),
            Write::Install(tables, snapshot) => {
                self.tables = tables.clone();
                self.snapshot = Some(snapshot.clone());
            }
        }
    }

    fn purge_to(&mut self, index: u64) {
        self.log = self.log.split_off(&(index + 1));
        self.purged = self.purged.max(Some(index));
    }
}

impl Tables {
    fn commit(&mut self, changes: &[Change], meta: &[u8]) {
        let rows = Arc::make_mut(&mut self.rows);
        for change in changes {
            match change {
                Change::Put(key, value) => drop(rows.insert(key.clone(), value.clone())),
                Change::Delete(key) => drop(rows.remove(key)),
            }
        }
        self.meta = Some(meta.to_vec());
    }
}

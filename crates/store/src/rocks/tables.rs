//! The tables: one column family, named by its generation, and the meta value beside it.

use std::sync::{Arc, RwLock};

use rocksdb::{BoundColumnFamily, DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode, WriteBatch};

use super::layout::{family, own_key};
use super::{Db, records};
use crate::{Change, Row, StoreError, TableView, limits};

/// The tables.
pub(super) struct Tables {
    db: Arc<Db>,
    /// Name of the family that counts. Whoever reads or writes tables holds this lock for as long as it takes to reach
    /// them, so that a switch happens between two views and between two commits.
    family: RwLock<String>,
}

impl Tables {
    pub(super) fn open(db: Arc<Db>, generation: u64) -> Tables {
        Tables { db, family: RwLock::new(family::tables(generation)) }
    }

    pub(super) fn commit(&self, changes: &[Change], meta: &[u8]) -> Result<(), StoreError> {
        let name = self.family.read().expect("no code panics while it holds this lock");
        let tables = find(&self.db, &name);
        let mut batch = WriteBatch::default();
        for change in changes {
            match change {
                Change::Put(key, value) => batch.put_cf(&tables, key, value),
                Change::Delete(key) => batch.delete_cf(&tables, key),
            }
        }
        records::put(&mut batch, own_key::META, meta);
        faults::point("store.commit.begun");
        self.db.write(batch).map_err(StoreError::during("commit to the tables"))
    }

    pub(super) fn view(&self) -> RocksView<'_> {
        let name = self.family.read().expect("no code panics while it holds this lock");
        RocksView { tables: find(&self.db, &name), snapshot: self.db.snapshot() }
    }

    /// Reads all rows: their blocks have checksums.
    pub(super) fn check(&self, stop: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let mut from = Vec::new();
        // A view of a moment each time: one that lived for the whole of it would keep what is overwritten meanwhile.
        while !stop() {
            let view = self.view();
            let Some(last) = view.skip(&from, limits::SCRUB_ROWS)? else { break };
            from = last;
            from.push(0);
        }
        Ok(())
    }

    /// Makes another generation the tables, by a batch that says so on disk. Views of the former one stay whole.
    pub(super) fn switch(&self, generation: u64, batch: WriteBatch) -> Result<(), StoreError> {
        let mut name = self.family.write().expect("no code panics while it holds this lock");
        self.db.write_opt(batch, &records::synced()).map_err(StoreError::during("switch the tables"))?;
        *name = family::tables(generation);
        Ok(())
    }
}

fn find<'a>(db: &'a Db, name: &str) -> Arc<BoundColumnFamily<'a>> {
    db.cf_handle(name).expect("a family is dropped only after another took its place")
}

/// The tables at one moment. It keeps its column family, also when that is dropped.
pub(super) struct RocksView<'a> {
    tables: Arc<BoundColumnFamily<'a>>,
    snapshot: SnapshotWithThreadMode<'a, Db>,
}

impl RocksView<'_> {
    /// Hands every row to `take`, ascending.
    pub(super) fn each(&self, mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let mut iterator = self.snapshot.raw_iterator_cf_opt(&self.tables, options);
        iterator.seek_to_first();
        while let Some((key, value)) = iterator.item() {
            take(key, value)?;
            iterator.next();
        }
        check(&iterator)
    }
}

impl RocksView<'_> {
    /// Reads up to `count` rows that are not below `from`; gives the last one's key.
    fn skip(&self, from: &[u8], count: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let mut iterator = self.snapshot.raw_iterator_cf_opt(&self.tables, options);
        iterator.seek(from);
        let mut last = None;
        for _ in 0..count {
            let Some(key) = iterator.key() else { break };
            last = Some(key.to_vec());
            iterator.next();
        }
        check(&iterator)?;
        Ok(last)
    }
}

impl TableView for RocksView<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.snapshot.get_cf(&self.tables, key).map_err(StoreError::during("read the tables"))
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let mut options = ReadOptions::default();
        if let Some(end) = end_of(prefix) {
            options.set_iterate_upper_bound(end);
        }
        let mut iterator = self.snapshot.raw_iterator_cf_opt(&self.tables, options);
        iterator.seek(prefix.max(from));
        let mut rows = Vec::new();
        while rows.len() < limit
            && let Some((key, value)) = iterator.item()
        {
            rows.push((key.to_vec(), value.to_vec()));
            iterator.next();
        }
        check(&iterator)?;
        Ok(rows)
    }

    fn meta(&self) -> Result<Option<Vec<u8>>, StoreError> {
        records::open(own_key::META, self.snapshot.get(own_key::META).map_err(StoreError::during("read the tables"))?)
    }
}

/// An iterator ends at its end, and also at an error.
fn check(iterator: &DBRawIteratorWithThreadMode<'_, Db>) -> Result<(), StoreError> {
    iterator.status().map_err(StoreError::during("read the tables"))
}

/// The first key after all that begin with `prefix`; None if there is no such key.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

//! Installing what was received: it is loaded into a second generation of the tables, and one synced batch makes that
//! generation, its meta and its snapshot current. Before the batch, a crash leaves the former tables and some litter that
//! the next open clears; after it, the new ones.

use std::fs::File;
use std::io::BufReader;

use rocksdb::{IteratorMode, Options, WriteBatch};

use super::layout::{Current, family, own_key};
use super::snapshots::{Snapshots, lock};
use super::tables::Tables;
use super::{files, records};
use crate::snapshot::SnapshotReader;
use crate::{SnapshotInfo, StoreError};

/// Moments of an installation, for those who want to crash it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstallStep {
    /// Every row is aside, and found whole.
    Loaded,
    /// The snapshot's file has its name.
    Named,
    /// The switch is synced.
    Switched,
    /// The former snapshot's file is gone.
    Adopted,
    /// The former tables are gone.
    Dropped,
}

impl Snapshots {
    /// Installs what was received. `family` are the options of the new column family; `reached` is told each step.
    pub(super) fn install(
        &self,
        tables: &Tables,
        family: &Options,
        reached: impl Fn(InstallStep),
    ) -> Result<SnapshotInfo, StoreError> {
        let mut current = lock(&self.current);
        let former = *current;
        let next = Current { generation: former.generation + 1, snapshot: former.snapshot + 1 };
        let id = self.end_receive()?;
        faults::point("store.install.begun");
        let meta = self.load(next.generation, &id, family).inspect_err(|_| self.clear(next.generation))?;
        reached(InstallStep::Loaded);
        faults::point("store.install.loaded");
        files::rename(&self.folder.received(), &self.folder.snapshot(next.snapshot))?;
        reached(InstallStep::Named);
        faults::point("store.install.named");
        let mut batch = WriteBatch::default();
        records::put(&mut batch, own_key::CURRENT, &next.to_bytes());
        records::put(&mut batch, own_key::META, &meta);
        tables.switch(next.generation, batch)?;
        reached(InstallStep::Switched);
        faults::point("store.install.switched");
        let info = self.adopt(&mut current, next)?;
        reached(InstallStep::Adopted);
        faults::point("store.install.adopted");
        self.drop_family(&family::tables(former.generation))?;
        reached(InstallStep::Dropped);
        faults::point("store.install.dropped");
        Ok(info)
    }

    /// Loads every row into a generation that does not count yet, and brings it to disk; gives the meta value. The rows
    /// bypass the write-ahead log, which would otherwise hold the whole snapshot a second time.
    fn load(&self, generation: u64, id: &str, family: &Options) -> Result<Vec<u8>, StoreError> {
        let name = family::tables(generation);
        if self.db.cf_handle(&name).is_some() {
            self.drop_family(&name)?;
        }
        self.db.create_cf(&name, family).map_err(StoreError::during("make the new tables"))?;
        let tables = self.db.cf_handle(&name).expect("it was made one line above");
        if faults::planted(faults::Bug::DropTombstoneInSnapshot) {
            let former = self.db.cf_handle(&family::tables(generation - 1)).expect("the current tables are there");
            for (key, value) in self.db.iterator_cf(&former, IteratorMode::Start).flatten() {
                self.db.put_cf(&tables, key, value).map_err(StoreError::during("load the new tables"))?;
            }
        }
        let file = File::open(self.folder.received()).map_err(StoreError::during("open what was received"))?;
        let mut reader = SnapshotReader::begin(BufReader::new(file))?;
        if reader.id != id {
            return Err(StoreError::Rejected { cause: "it bears another id" });
        }
        while let Some(rows) = reader.rows()? {
            let mut batch = WriteBatch::default();
            for (key, value) in rows {
                batch.put_cf(&tables, key, value);
            }
            self.db.write_without_wal(batch).map_err(StoreError::during("load the new tables"))?;
            faults::point("store.install.half_loaded");
        }
        self.db.flush_cf(&tables).map_err(StoreError::during("flush the new tables"))?;
        Ok(reader.meta)
    }

    /// Clears what a rejected snapshot left; if that fails, the next installation or open does it.
    fn clear(&self, generation: u64) {
        let name = family::tables(generation);
        let dropped = self.db.cf_handle(&name).map_or(Ok(()), |_| self.drop_family(&name));
        if let Err(error) = dropped.and(files::remove(&self.folder.received())) {
            tracing::warn!(%error, "what a rejected snapshot left could not be removed");
        }
    }

    fn drop_family(&self, name: &str) -> Result<(), StoreError> {
        self.db.drop_cf(name).map_err(StoreError::during("drop former tables"))
    }
}

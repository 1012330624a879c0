//! Opening a folder: a fresh one is filled, and one that a crash left is cleared of what does not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rocksdb::{ColumnFamilyDescriptor, Options, WriteBatch};

use super::high_water::HighWater;
use super::layout::{self, Current, Folder, family, own_key};
use super::log::Log;
use super::options::RocksOptions;
use super::snapshots::Snapshots;
use super::tables::Tables;
use super::{Db, files, headers, records};
use crate::StoreError;

/// The parts of an engine.
pub(super) struct Opened {
    pub(super) log: Log,
    pub(super) tables: Tables,
    pub(super) snapshots: Snapshots,
    pub(super) db: Arc<Db>,
    pub(super) family: Options,
}

/// Opens a folder.
pub(super) fn open(root: &Path, options: &RocksOptions) -> Result<Opened, StoreError> {
    let folder = Folder::new(root);
    files::make_folder(folder.root())?;
    files::make_folder(&folder.snapshots())?;
    let family = options.family(&options.cache());
    let (db, families) = open_database(&folder, options, &family)?;
    let db = Arc::new(db);
    check_form(&db)?;
    let current = read_current(&db)?;
    keep_tables(&db, &families, current, &family)?;
    keep_snapshot(&folder, current)?;
    Ok(Opened {
        log: Log::open(db.clone(), HighWater::open(&folder.high_water())?)?,
        tables: Tables::open(db.clone(), current.generation),
        snapshots: Snapshots::open(db.clone(), folder, current)?,
        db,
        family,
    })
}

/// Opens the database; gives the names of its column families too. RocksDB wants every family named that exists, and
/// makes those that are missing.
fn open_database(
    folder: &Folder,
    options: &RocksOptions,
    family: &Options,
) -> Result<(Db, BTreeSet<String>), StoreError> {
    let path = folder.database();
    let database = options.database();
    let mut names = BTreeSet::from([family::DEFAULT, family::LOG, family::RECORDS].map(str::to_owned));
    // RocksDB writes this file last when it makes a database, and replaces it in one step ever after.
    if path.join("CURRENT").exists() {
        headers::check(&path)?;
        names.extend(Db::list_cf(&database, &path).map_err(StoreError::during("list the column families"))?);
    }
    let families = names.iter().map(|name| ColumnFamilyDescriptor::new(name, family.clone()));
    let db = Db::open_cf_descriptors(&database, &path, families).map_err(|cause| named(&cause))?;
    Ok((db, names))
}

/// RocksDB names every file that it finds damaged but for the write-ahead log.
fn named(cause: &rocksdb::Error) -> StoreError {
    match StoreError::engine("open the database", cause) {
        StoreError::Damaged { .. } if !cause.to_string().contains('/') => {
            StoreError::damaged(format!("the write-ahead log ({cause})"))
        }
        other => other,
    }
}

fn check_form(db: &Db) -> Result<(), StoreError> {
    match records::get_number(db, own_key::FORM)? {
        Some(layout::FORM) => Ok(()),
        Some(form) => Err(StoreError::engine("open the database", format!("its form is {form}, unknown here"))),
        None => {
            let mut batch = WriteBatch::default();
            records::put(&mut batch, own_key::FORM, &layout::FORM.to_be_bytes());
            db.write_opt(batch, &records::synced()).map_err(StoreError::during("write a record"))
        }
    }
}

fn read_current(db: &Db) -> Result<Current, StoreError> {
    let Some(value) = records::get(db, own_key::CURRENT)? else { return Ok(Current::default()) };
    Current::from_bytes(&value).ok_or_else(|| StoreError::damaged("the record current"))
}

/// Drops every generation but the current one, which is made if this is the first open.
fn keep_tables(db: &Db, families: &BTreeSet<String>, current: Current, family: &Options) -> Result<(), StoreError> {
    let kept = family::tables(current.generation);
    for name in families.iter().filter(|name| family::is_tables(name) && **name != kept) {
        db.drop_cf(name).map_err(StoreError::during("drop former tables"))?;
    }
    if db.cf_handle(&kept).is_some() {
        return Ok(());
    }
    if current.generation > 0 {
        return Err(StoreError::damaged("the database, which lacks its tables,"));
    }
    db.create_cf(&kept, family).map_err(StoreError::during("make the tables"))
}

/// Removes every file but the current snapshot's.
fn keep_snapshot(folder: &Folder, current: Current) -> Result<(), StoreError> {
    let kept = folder.snapshot(current.snapshot);
    for file in fs::read_dir(folder.snapshots()).map_err(StoreError::during("list the snapshots"))? {
        let path = file.map_err(StoreError::during("list the snapshots"))?.path();
        if path != kept {
            files::remove(&path)?;
        }
    }
    Ok(())
}

//! The engine's own records, and the small records of the caller: each value stands behind a checksum over name and value.

use rocksdb::{WriteBatch, WriteOptions};

use super::Db;
use super::layout::{family, number};
use crate::{StoreError, checksum};

/// Write options that sync the whole write-ahead log up to this write.
pub(super) fn synced() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.set_sync(true);
    options
}

/// Adds one of the engine's own records to a batch.
pub(super) fn put(batch: &mut WriteBatch, name: &str, value: &[u8]) {
    batch.put(name, checksum::seal(name.as_bytes(), value));
}

/// Opens a value that was put here, or by [`put_record`].
pub(super) fn open(name: &str, sealed: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(sealed) = sealed else { return Ok(None) };
    match checksum::open(name.as_bytes(), &sealed) {
        Some(value) => Ok(Some(value.to_vec())),
        None => Err(StoreError::damaged(format!("the record {name}"))),
    }
}

/// One of the engine's own records.
pub(super) fn get(db: &Db, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    open(name, db.get(name).map_err(StoreError::during("read a record"))?)
}

/// One of the engine's own records that is a number.
pub(super) fn get_number(db: &Db, name: &str) -> Result<Option<u64>, StoreError> {
    let Some(value) = get(db, name)? else { return Ok(None) };
    number(&value).map(Some).ok_or_else(|| StoreError::damaged(format!("the record {name}")))
}

/// Reads all records, the engine's own and the caller's.
pub(super) fn check(db: &Db) -> Result<(), StoreError> {
    for name in [family::DEFAULT, family::RECORDS] {
        let family = db.cf_handle(name).expect("the family is made when the database is opened");
        let mut iterator = db.raw_iterator_cf(&family);
        iterator.seek_to_first();
        while let Some((name, sealed)) = iterator.item() {
            if checksum::open(name, sealed).is_none() {
                return Err(StoreError::damaged(format!("the record {}", String::from_utf8_lossy(name))));
            }
            iterator.next();
        }
        iterator.status().map_err(StoreError::during("read the records"))?;
    }
    Ok(())
}

/// Writes a record of the caller.
pub(super) fn put_record(db: &Db, name: &str, value: &[u8], sync: bool) -> Result<(), StoreError> {
    let records = db.cf_handle(family::RECORDS).expect("the family is made when the database is opened");
    let mut options = WriteOptions::default();
    options.set_sync(sync);
    let sealed = checksum::seal(name.as_bytes(), value);
    db.put_cf_opt(&records, name, sealed, &options).map_err(StoreError::during("write a record"))
}

/// A record of the caller.
pub(super) fn record(db: &Db, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let records = db.cf_handle(family::RECORDS).expect("the family is made when the database is opened");
    open(name, db.get_cf(&records, name).map_err(StoreError::during("read a record"))?)
}

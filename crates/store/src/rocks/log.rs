//! The log: entries by index in a column family, each behind a checksum.

use std::sync::{Arc, Mutex, MutexGuard};

use rocksdb::{BoundColumnFamily, ReadOptions, WriteBatch};

use super::flusher::Flusher;
use super::high_water::HighWater;
use super::layout::{entry_place, family, number, own_key};
use super::{Db, records};
use crate::{Done, LogEntry, StoreError, checksum, limits};

/// The log.
pub(super) struct Log {
    flusher: Flusher<Tail>,
    db: Arc<Db>,
    bounds: Arc<Mutex<Bounds>>,
}

/// Where the log begins and ends.
struct Bounds {
    /// The last purged index.
    purged: Option<u64>,
    /// First and last entry that the log holds. Invariant: both are larger than `purged`, and nothing between is missing.
    held: Option<(u64, u64)>,
    /// Counts truncations: a sync that was begun before one says nothing of what is appended after it.
    cuts: u64,
    mark: HighWater,
}

/// The end of the log after an append.
struct Tail {
    last: Option<u64>,
    cuts: u64,
}

impl Bounds {
    /// How far the log goes or went, purged entries included.
    fn end(&self) -> Option<u64> {
        self.held.map(|(_, last)| last).or(self.purged)
    }
}

impl Log {
    /// Finds the bounds, and starts the flusher.
    pub(super) fn open(db: Arc<Db>, mark: HighWater) -> Result<Log, StoreError> {
        let purged = records::get_number(&db, own_key::PURGED)?;
        let held = find_held(&db, purged)?;
        let bounds = Arc::new(Mutex::new(Bounds { purged, held, cuts: 0, mark }));
        let flusher = Flusher::start(sync_with(db.clone(), bounds.clone()))?;
        Ok(Log { flusher, db, bounds })
    }

    /// How far the log goes or went, and how far it was once synced.
    pub(super) fn ends(&self) -> (Option<u64>, Option<u64>) {
        let bounds = self.bounds();
        (bounds.end(), bounds.mark.index())
    }

    pub(super) fn append(&self, entries: &[LogEntry], done: Done) {
        // The lock is held while queueing, so that callbacks come in the order of writes.
        let mut bounds = self.bounds();
        if let (Some(first), Some(end)) = (entries.first(), bounds.end()) {
            assert_eq!(first.index, end + 1, "an append leaves no gap and covers nothing");
        }
        let mut batch = WriteBatch::default();
        for (entry, index) in entries.iter().zip(entries.first().map_or(0, |first| first.index)..) {
            assert_eq!(entry.index, index, "the entries of an append follow each other");
            batch.put_cf(&self.family(), index.to_be_bytes(), checksum::seal(&entry_place(index), &entry.bytes));
        }
        faults::point("store.append.begun");
        let written = self.db.write(batch).map_err(StoreError::during("append to the log"));
        faults::point("store.append.written");
        if let (Ok(()), Some(first), Some(last)) = (&written, entries.first(), entries.last()) {
            bounds.held = Some((bounds.held.map_or(first.index, |(first, _)| first), last.index));
        }
        let tail = Tail { last: bounds.end(), cuts: bounds.cuts };
        if faults::planted(faults::Bug::AckBeforeFsync) {
            return done(written);
        }
        self.flusher.submit(written.map(|()| tail), done);
        faults::point("store.append.queued");
    }

    pub(super) fn truncate_from(&self, index: u64) -> Result<(), StoreError> {
        let mut bounds = self.bounds();
        let Some((first, _)) = bounds.held.filter(|(_, last)| *last >= index) else { return Ok(()) };
        // First the mark: a crash between the two must not look like a loss.
        bounds.mark.lower(index.checked_sub(1))?;
        faults::point("store.truncate.lowered");
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(&self.family(), index.to_be_bytes(), u64::MAX.to_be_bytes());
        self.db.write_opt(batch, &records::synced()).map_err(StoreError::during("truncate the log"))?;
        faults::point("store.truncate.done");
        bounds.held = index.checked_sub(1).filter(|last| *last >= first).map(|last| (first, last));
        bounds.cuts += 1;
        Ok(())
    }

    pub(super) fn purge_to(&self, index: u64) -> Result<(), StoreError> {
        let mut bounds = self.bounds();
        if bounds.purged >= Some(index) {
            return Ok(());
        }
        let first = bounds.purged.map_or(0, |purged| purged + 1);
        let mut batch = WriteBatch::default();
        faults::point("store.purge.begun");
        records::put(&mut batch, own_key::PURGED, &index.to_be_bytes());
        batch.delete_range_cf(&self.family(), first.to_be_bytes(), (index + 1).to_be_bytes());
        self.db.write_opt(batch, &records::synced()).map_err(StoreError::during("purge the log"))?;
        faults::point("store.purge.done");
        bounds.purged = Some(index);
        bounds.held = bounds.held.filter(|(_, last)| *last > index).map(|(first, last)| (first.max(index + 1), last));
        Ok(())
    }

    pub(super) fn entries(&self, first: u64, end: u64, bytes_max: usize) -> Result<Vec<LogEntry>, StoreError> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(first.to_be_bytes());
        options.set_iterate_upper_bound(end.to_be_bytes());
        let bounds = self.bounds();
        let Some((_, last)) = bounds.held.filter(|(begin, last)| first < end && (*begin..=*last).contains(&first))
        else {
            return Ok(Vec::new());
        };
        // The iterator sees the log of this moment; made under the lock, it agrees with the bounds.
        let mut iterator = self.db.raw_iterator_cf_opt(&self.family(), options);
        drop(bounds);
        let mut entries: Vec<LogEntry> = Vec::new();
        let mut room = bytes_max;
        iterator.seek_to_first();
        for index in first..end.min(last + 1) {
            let Some((key, sealed)) = iterator.item() else { break };
            if number(key) != Some(index) {
                break;
            }
            let bytes = open_entry(index, sealed)?;
            if !entries.is_empty() && bytes.len() > room {
                return Ok(entries);
            }
            room = room.saturating_sub(bytes.len());
            entries.push(LogEntry { index, bytes });
            iterator.next();
        }
        iterator.status().map_err(StoreError::during("read the log"))?;
        let next = first + entries.len() as u64;
        if next < end.min(last + 1) { Err(missing(next)) } else { Ok(entries) }
    }

    pub(super) fn last_entry(&self) -> Result<Option<LogEntry>, StoreError> {
        let bounds = self.bounds();
        let Some((_, index)) = bounds.held else { return Ok(None) };
        let sealed = self.db.get_cf(&self.family(), index.to_be_bytes());
        let sealed = sealed.map_err(StoreError::during("read the log"))?.ok_or_else(|| missing(index))?;
        Ok(Some(LogEntry { index, bytes: open_entry(index, &sealed)? }))
    }

    /// Reads all entries.
    pub(super) fn check(&self, stop: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let Some((mut next, _)) = self.bounds().held else { return Ok(()) };
        while !stop() {
            let entries = self.entries(next, u64::MAX, limits::SCRUB_BYTES)?;
            let Some(last) = entries.last() else { break };
            next = last.index + 1;
        }
        Ok(())
    }

    fn bounds(&self) -> MutexGuard<'_, Bounds> {
        lock(&self.bounds)
    }

    fn family(&self) -> Arc<BoundColumnFamily<'_>> {
        log_family(&self.db)
    }
}

/// What the flusher does in each round.
fn sync_with(db: Arc<Db>, bounds: Arc<Mutex<Bounds>>) -> impl FnMut(Tail) -> Result<(), StoreError> {
    move |tail| {
        faults::point("store.sync.begun");
        db.flush_wal(true).map_err(StoreError::during("sync the log"))?;
        faults::point("store.sync.done");
        let mut bounds = lock(&bounds);
        match tail.last {
            Some(last) if tail.cuts == bounds.cuts => bounds.mark.raise(last),
            _ => Ok(()),
        }
    }
}

fn find_held(db: &Db, purged: Option<u64>) -> Result<Option<(u64, u64)>, StoreError> {
    let mut options = ReadOptions::default();
    options.set_iterate_lower_bound(purged.map_or(0, |purged| purged + 1).to_be_bytes());
    let mut iterator = db.raw_iterator_cf_opt(&log_family(db), options);
    iterator.seek_to_first();
    let first = iterator.key().map(number);
    iterator.seek_to_last();
    let last = iterator.key().map(number);
    iterator.status().map_err(StoreError::during("read the log"))?;
    match (first, last) {
        (None, None) => Ok(None),
        (Some(Some(first)), Some(Some(last))) => Ok(Some((first, last))),
        _ => Err(StoreError::damaged("a key of the log")),
    }
}

fn open_entry(index: u64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let bytes = checksum::open(&entry_place(index), sealed);
    bytes.map(<[u8]>::to_vec).ok_or_else(|| StoreError::damaged(format!("log entry {index}")))
}

fn missing(index: u64) -> StoreError {
    StoreError::damaged(format!("the log, which lacks entry {index},"))
}

fn log_family(db: &Db) -> Arc<BoundColumnFamily<'_>> {
    db.cf_handle(family::LOG).expect("the family is made when the database is opened")
}

fn lock(bounds: &Mutex<Bounds>) -> MutexGuard<'_, Bounds> {
    bounds.lock().expect("no code panics while it holds this lock, but for defects of the caller")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use crate::Engine;
    use crate::suite::{RocksHarness, append};

    #[test]
    fn a_sync_that_ends_after_a_truncation_does_not_raise_the_mark_over_the_end() {
        let harness = RocksHarness::new();
        let engine = &harness.engine;
        append(&**engine, 0..2).unwrap();
        for round in 0..20 {
            let entries = engine.entries(0, 2, usize::MAX).unwrap().into_iter().zip(2..);
            let entries = entries.map(|(entry, index)| crate::LogEntry { index, ..entry }).collect();
            let (told, outcome) = mpsc::channel();
            engine.append(entries, Box::new(move |outcome| told.send(outcome).unwrap()));
            engine.truncate_from(2).unwrap();
            outcome.recv().unwrap().unwrap();
            assert_eq!(engine.log_ends(), (Some(1), Some(1)), "round {round}");
        }
    }
}

//! The mark beside the database that says how far the log was once synced. A database that was rolled back, or whose
//! write-ahead log ends early, comes up with a shorter log; a node that votes with it could undo what was acknowledged.
//!
//! The mark is written after each sync, alternately into two slots, each with its checksum, and not synced: it may lag
//! behind and never runs ahead. Before the log is truncated, both slots are lowered and synced.
//!
//! ```text
//! slot = count of writes (8 bytes) · index + 1, or 0 for none (8 bytes) · checksum (8 bytes)
//! ```

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::files;
use super::layout::number;
use crate::{StoreError, checksum};

const PLACE: &[u8] = b"high-water";
const SLOT_BYTES: usize = 24;
/// Slots lie in different sectors, so that a torn write spoils one at most.
const SLOT_DISTANCE_BYTES: u64 = 4096;

/// The mark.
pub(super) struct HighWater {
    file: File,
    writes: u64,
    index: Option<u64>,
}

impl HighWater {
    /// Opens the mark, or makes it.
    pub(super) fn open(path: &Path) -> Result<HighWater, StoreError> {
        if !path.exists() {
            return HighWater::make(path);
        }
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.map_err(StoreError::during("open the high-water mark"))?;
        let slots = [read_slot(&file, 0), read_slot(&file, 1)];
        let newest = slots.into_iter().flatten().max_by_key(|(writes, _)| *writes);
        let (writes, index) = newest.ok_or_else(|| StoreError::damaged("the high-water mark"))?;
        Ok(HighWater { file, writes, index })
    }

    fn make(path: &Path) -> Result<HighWater, StoreError> {
        let aside = path.with_extension("new");
        let mut mark = HighWater { file: files::create(&aside)?, writes: 0, index: None };
        mark.write_synced(None)?;
        files::rename(&aside, path)?;
        Ok(mark)
    }

    /// How far the log was synced, at least.
    pub(super) fn index(&self) -> Option<u64> {
        self.index
    }

    /// Raises the mark to an index that is synced.
    pub(super) fn raise(&mut self, index: u64) -> Result<(), StoreError> {
        if self.index >= Some(index) {
            return Ok(());
        }
        faults::point("store.mark.raising");
        self.write(Some(index))
    }

    /// Lowers the mark before the log is truncated to `index`.
    pub(super) fn lower(&mut self, index: Option<u64>) -> Result<(), StoreError> {
        if self.index <= index {
            return Ok(());
        }
        self.write_synced(index)
    }

    /// Both slots, one after the other, so that at each moment one is whole and none is left with the former value.
    fn write_synced(&mut self, index: Option<u64>) -> Result<(), StoreError> {
        for _ in 0..2 {
            self.write(index)?;
            faults::point("store.mark.half_lowered");
            self.file.sync_all().map_err(StoreError::during("sync the high-water mark"))?;
        }
        Ok(())
    }

    fn write(&mut self, index: Option<u64>) -> Result<(), StoreError> {
        self.writes += 1;
        self.index = index;
        let mut value = self.writes.to_be_bytes().to_vec();
        value.extend_from_slice(&index.map_or(0, |index| index + 1).to_be_bytes());
        value.extend_from_slice(&checksum::of(PLACE, &value));
        let offset = (self.writes % 2) * SLOT_DISTANCE_BYTES;
        self.file.write_all_at(&value, offset).map_err(StoreError::during("write the high-water mark"))
    }
}

fn read_slot(file: &File, slot: u64) -> Option<(u64, Option<u64>)> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_exact_at(&mut bytes, slot * SLOT_DISTANCE_BYTES).ok()?;
    let (value, sum) = bytes.split_at(16);
    if checksum::of(PLACE, value) != sum {
        return None;
    }
    let (writes, position) = value.split_at(8);
    Some((number(writes)?, number(position)?.checked_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes marks, damages a slot, and reads again.
    fn check(indexes: &[u64], lowered: Option<Option<u64>>, damage: Option<u64>, expected: Option<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        let mut mark = HighWater::open(&path).unwrap();
        for index in indexes {
            mark.raise(*index).unwrap();
        }
        if let Some(index) = lowered {
            mark.lower(index).unwrap();
        }
        if let Some(slot) = damage {
            mark.file.write_all_at(&[0xff; 3], slot * SLOT_DISTANCE_BYTES + 5).unwrap();
        }
        assert_eq!(HighWater::open(&path).unwrap().index(), expected, "{indexes:?} {lowered:?} {damage:?}");
    }

    #[test]
    fn a_mark_survives_and_a_torn_slot_leaves_the_one_before() {
        check(&[], None, None, None);
        check(&[0], None, None, Some(0));
        check(&[0, 5, 9], None, None, Some(9));
        check(&[5, 3], None, None, Some(5));
        check(&[5, 9], None, Some(0), Some(5));
        check(&[5, 9], None, Some(1), Some(9));
        check(&[5, 9], Some(Some(2)), None, Some(2));
        check(&[5, 9], Some(Some(2)), Some(0), Some(2));
        check(&[5, 9], Some(Some(2)), Some(1), Some(2));
        check(&[5], Some(None), None, None);
        check(&[5], Some(Some(7)), None, Some(5));
    }

    #[test]
    fn a_mark_with_two_damaged_slots_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        drop(HighWater::open(&path).unwrap());
        std::fs::write(&path, [7; 8192]).unwrap();
        assert_eq!(HighWater::open(&path).err(), Some(StoreError::damaged("the high-water mark")));
    }
}

//! Bytes that changed on disk, tails that are torn, and disks that were rolled back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::rocks::{LostEntries, RocksEngine, RocksOptions, layout::Folder};
use crate::suite::{Harness, RocksHarness, append, copy_folder, put};
use crate::{Engine, StoreError};

fn open(folder: &Path) -> Result<RocksEngine, StoreError> {
    RocksEngine::open(folder, &RocksOptions::default())
}

fn last(engine: &RocksEngine) -> Option<u64> {
    engine.last_entry().unwrap().map(|entry| entry.index)
}

#[test]
fn a_changed_value_is_damage_and_not_data() {
    let harness = RocksHarness::new();
    let (engine, db) = (&harness.engine, harness.engine.database());
    append(&**engine, 0..3).unwrap();
    engine.put_record("vote", b"1", true).unwrap();
    engine.commit(Vec::new(), b"meta".to_vec()).unwrap();
    let log = db.cf_handle("log").unwrap();
    let records = db.cf_handle("records").unwrap();
    let entry = db.get_cf(&log, 0_u64.to_be_bytes()).unwrap().unwrap();
    // A whole entry at the place of another is damage, too.
    db.put_cf(&log, 1_u64.to_be_bytes(), entry).unwrap();
    db.put_cf(&records, "vote", b"????????2").unwrap();
    db.put("meta", b"short").unwrap();
    let damaged = |what: &str| StoreError::damaged(what);
    assert_eq!(engine.entries(0, 1, 100).unwrap().len(), 1);
    assert_eq!(engine.entries(0, 3, 100).unwrap_err(), damaged("log entry 1"));
    assert_eq!(engine.record("vote").unwrap_err(), damaged("the record vote"));
    assert_eq!(engine.view().meta().unwrap_err(), damaged("the record meta"));
}

#[test]
fn a_hole_in_the_log_is_damage() {
    let harness = RocksHarness::new();
    let (engine, db) = (&harness.engine, harness.engine.database());
    append(&**engine, 0..5).unwrap();
    db.delete_cf(&db.cf_handle("log").unwrap(), 2_u64.to_be_bytes()).unwrap();
    assert_eq!(engine.entries(0, 2, 100).unwrap().len(), 2);
    assert_eq!(engine.entries(0, 5, 100).unwrap_err(), StoreError::damaged("the log, which lacks entry 2,"));
    assert_eq!(engine.entries(2, 5, 100).unwrap_err(), StoreError::damaged("the log, which lacks entry 2,"));
}

#[test]
fn a_database_that_was_rolled_back_is_reported() {
    let harness = RocksHarness::new();
    append(&*harness.engine, 0..3).unwrap();
    let earlier = copy_folder(harness.folder.path());
    append(&*harness.engine, 3..6).unwrap();
    let RocksHarness { folder, engine } = harness;
    assert_eq!(engine.lost_entries(), None);
    drop(engine);
    let database = Folder::new(folder.path()).database();
    fs::remove_dir_all(&database).unwrap();
    fs::rename(Folder::new(earlier.path()).database(), &database).unwrap();
    for _ in 0..2 {
        let engine = open(folder.path()).unwrap();
        assert_eq!(engine.lost_entries(), Some(LostEntries { synced: 5, found: Some(2) }), "and at every open");
    }
    fs::remove_dir_all(&database).unwrap();
    assert_eq!(open(folder.path()).unwrap().lost_entries(), Some(LostEntries { synced: 5, found: None }));
}

#[test]
fn a_log_that_was_shortened_on_purpose_is_not_reported() {
    let check = |shorten: &dyn Fn(&RocksEngine), expected| {
        let mut harness = RocksHarness::new();
        append(&*harness.engine, 0..6).unwrap();
        shorten(&harness.engine);
        harness.crash(0);
        assert_eq!((harness.engine.lost_entries(), last(&harness.engine)), (None, expected));
    };
    check(&|engine| engine.truncate_from(2).unwrap(), Some(1));
    check(&|engine| engine.truncate_from(0).unwrap(), None);
    check(&|engine| engine.purge_to(5).unwrap(), None);
    check(&|engine| engine.purge_to(50).unwrap(), None);
    check(&|engine| [engine.purge_to(2), engine.truncate_from(3)].into_iter().for_each(Result::unwrap), None);
}

/// A folder with six synced entries and a commit, as a killed process left it, and its write-ahead log.
fn killed() -> (TempDir, PathBuf) {
    let harness = RocksHarness::new();
    for index in 0..6 {
        harness.engine.commit(vec![put("row", &index.to_string())], vec![index as u8]).unwrap();
        append(&*harness.engine, index..index + 1).unwrap();
    }
    let folder = copy_folder(harness.folder.path());
    let files = fs::read_dir(Folder::new(folder.path()).database()).unwrap().map(|file| file.unwrap().path());
    let logs: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect();
    let [log] = logs.as_slice() else { panic!("one write-ahead log: {logs:?}") };
    let log = log.clone();
    (folder, log)
}

#[test]
fn a_torn_tail_is_cut_off_and_reported_if_it_was_synced() {
    let (folder, log) = killed();
    let bytes = fs::read(&log).unwrap();
    for torn in [1, 10, 30] {
        let copy = copy_folder(folder.path());
        let log = Folder::new(copy.path()).database().join(log.file_name().unwrap());
        fs::write(&log, &bytes[..bytes.len() - torn]).unwrap();
        let engine = open(copy.path()).unwrap();
        assert_eq!(last(&engine), Some(4), "torn by {torn}");
        assert_eq!(engine.lost_entries(), Some(LostEntries { synced: 5, found: Some(4) }), "torn by {torn}");
    }
}

/// Opens on a thread of its own: where RocksDB reads for ever, the test still ends.
fn open_in_time(folder: &TempDir) -> Result<RocksEngine, StoreError> {
    let (sender, receiver) = mpsc::channel();
    let path = folder.path().to_owned();
    thread::spawn(move || sender.send(open(&path)).ok());
    receiver.recv_timeout(Duration::from_secs(30)).expect("the open ends")
}

/// A header with this type, which announces more than comes after it.
fn torn_header(record_type: u8) -> [u8; 9] {
    [1, 2, 3, 4, 0xff, 0x7f, record_type, 8, 9]
}

#[test]
fn a_torn_tail_of_any_type_is_cut_off() {
    let (folder, log) = killed();
    let bytes = fs::read(&log).unwrap();
    for record_type in (0..=13).chain(127..=133).chain([u8::MAX]) {
        fs::write(&log, [bytes.as_slice(), &torn_header(record_type)].concat()).unwrap();
        let copy = copy_folder(folder.path());
        let engine = open_in_time(&copy).unwrap();
        assert_eq!((last(&engine), engine.lost_entries()), (Some(5), None), "type {record_type}");
    }
}

#[test]
fn a_flipped_bit_in_any_header_ends_the_open() {
    let (folder, log) = killed();
    let database = Folder::new(folder.path()).database();
    let manifest = database.join(fs::read_to_string(database.join("CURRENT")).unwrap().trim());
    for (file, name) in [(log, "the write-ahead log"), (manifest, "MANIFEST")] {
        let bytes = fs::read(&file).unwrap();
        // The type of the second record.
        let place = 7 + usize::from(u16::from_le_bytes([bytes[4], bytes[5]])) + 6;
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            fs::write(&file, flipped).unwrap();
            let copy = copy_folder(folder.path());
            let refused = open_in_time(&copy).err().unwrap_or_else(|| panic!("{name}, bit {bit}"));
            assert!(refused.to_string().contains(name), "bit {bit}: {refused}");
        }
        fs::write(&file, bytes).unwrap();
    }
}

#[test]
fn damage_before_the_tail_fails_the_open() {
    let (folder, log) = killed();
    let mut bytes = fs::read(&log).unwrap();
    let position = bytes.windows(7).position(|window| window == b"entry 2").unwrap();
    bytes[position] ^= 1;
    fs::write(&log, bytes).unwrap();
    let error = open(folder.path()).err().expect("acknowledged entries are not dropped in silence");
    assert_eq!(error.to_string(), "the write-ahead log (Corruption: checksum mismatch) is damaged");
}

#[test]
fn a_lost_or_damaged_snapshot_fails_the_open() {
    let harness = RocksHarness::new();
    harness.engine.commit(vec![put("row", "1")], b"meta".to_vec()).unwrap();
    harness.engine.build_snapshot("one").unwrap();
    let folder = copy_folder(harness.folder.path());
    let file = Folder::new(folder.path()).snapshot(1);
    fs::write(&file, b"something else").unwrap();
    assert_eq!(open(folder.path()).err(), Some(StoreError::damaged("the current snapshot")));
    fs::remove_file(&file).unwrap();
    assert_eq!(open(folder.path()).err(), Some(StoreError::damaged("the current snapshot, which is gone,")));
}

#[test]
fn a_folder_is_opened_once_at_a_time() {
    let harness = RocksHarness::new();
    assert!(open(harness.folder.path()).is_err());
    let RocksHarness { folder, engine } = harness;
    drop(engine);
    open(folder.path()).unwrap();
}

/// What a folder holds, read in full.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    entries: Vec<crate::LogEntry>,
    vote: Option<Vec<u8>>,
    committed: Option<Vec<u8>>,
    rows: Vec<crate::Row>,
    meta: Option<Vec<u8>>,
    snapshot: Option<crate::SnapshotInfo>,
}

fn contents(engine: &RocksEngine) -> Result<Contents, StoreError> {
    engine.scrub(&|| false)?;
    let view = engine.view();
    Ok(Contents {
        entries: engine.entries(6, u64::MAX, usize::MAX)?,
        vote: engine.record("vote")?,
        committed: engine.record("committed")?,
        rows: view.scan(b"", b"", usize::MAX)?,
        meta: view.meta()?,
        snapshot: engine.current_snapshot()?,
    })
}

/// A folder with bytes in each kind of file: tables and log in files and in the write-ahead log behind them, records, a
/// purged beginning, a snapshot. The last write is a synced entry.
fn full() -> TempDir {
    let harness = RocksHarness::new();
    let (engine, db) = (&harness.engine, harness.engine.database());
    let write = |index: u64| {
        let value = format!("value {index} {}", "x".repeat(300));
        engine.commit(vec![put(&format!("row {index}"), &value)], vec![index as u8; 40]).unwrap();
        engine.put_record("committed", &index.to_be_bytes(), false).unwrap();
        append(&**engine, index..index + 1).unwrap();
    };
    (0..20).for_each(write);
    engine.put_record("vote", b"vote of term 7", true).unwrap();
    engine.build_snapshot("one").unwrap();
    engine.purge_to(5).unwrap();
    for family in ["default", "log", "records", "tables-0"] {
        db.flush_cf(&db.cf_handle(family).unwrap()).unwrap();
    }
    (20..40).for_each(write);
    engine.put_record("vote", b"vote of term 8", true).unwrap();
    (40..45).for_each(write);
    copy_folder(harness.folder.path())
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What a changed byte comes to; panics when the change goes unnoticed.
fn flipped(pristine: &Path, file: &Path, offset: usize, expected: &Contents) -> &'static str {
    let copy = copy_folder(pristine);
    let target = copy.path().join(file);
    let mut bytes = fs::read(&target).unwrap();
    bytes[offset] ^= 1 << (offset % 8);
    fs::write(&target, &bytes).unwrap();
    let place = || format!("{} at {offset} of {}", file.display(), bytes.len());
    let engine = match open(copy.path()) {
        Ok(engine) => engine,
        Err(StoreError::Damaged { .. }) => return "refused",
        Err(other) => panic!("{}: {other:?} does not say that it is damaged", place()),
    };
    if engine.lost_entries().is_some() {
        return "lost";
    }
    match contents(&engine) {
        Ok(found) => {
            assert_eq!(&found, expected, "{}", place());
            "harmless"
        }
        Err(StoreError::Damaged { .. }) => "scrubbed",
        Err(other) => panic!("{}: {other:?} does not say that it is damaged", place()),
    }
}

#[test]
fn a_changed_byte_in_any_file_is_found_or_harmless() {
    const OFFSETS: usize = 12;
    let pristine = full();
    let reference = copy_folder(pristine.path());
    let expected = contents(&open(reference.path()).unwrap()).unwrap();
    assert_eq!((expected.entries.len(), expected.rows.len()), (39, 45));
    let mut outcomes = std::collections::BTreeMap::<(String, &str), u32>::new();
    for path in files(pristine.path()) {
        let file = path.strip_prefix(pristine.path()).unwrap();
        let length = fs::metadata(&path).unwrap().len() as usize;
        let kind = path.extension().or(path.file_name()).unwrap().to_string_lossy().into_owned();
        let kind = kind.split_once('-').map_or(kind.clone(), |(kind, _)| kind.to_owned());
        for step in 0..OFFSETS.min(length) {
            let outcome = flipped(pristine.path(), file, step * length / OFFSETS.min(length), &expected);
            *outcomes.entry((kind.clone(), outcome)).or_default() += 1;
        }
    }
    let found = |kind: &str| {
        ["refused", "lost", "scrubbed"].iter().any(|outcome| outcomes.contains_key(&(kind.to_owned(), *outcome)))
    };
    for kind in ["log", "sst", "MANIFEST", "CURRENT", "snapshot"] {
        assert!(found(kind), "no change in a {kind} was found: {outcomes:?}");
    }
}

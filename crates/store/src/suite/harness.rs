//! An engine under test, and how it crashes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;

use tempfile::TempDir;

use crate::rocks::{RocksEngine, RocksOptions};
use crate::simulated::{SimulatedDisk, SimulatedEngine};
use crate::{Change, Engine, LogEntry, Row, StoreError, TableView};

/// An engine under test.
pub(crate) trait Harness {
    /// The engine as it is open now.
    fn engine(&self) -> Arc<dyn Engine>;

    /// Ends the process without a farewell, and opens again. What was not synced may be lost: of the writes since the last
    /// sync, about `kept` in a hundred survive where the engine can choose. Handles of before are of no use any more.
    fn crash(&mut self, kept: usize);

    /// Sees to it that appends are synced, where that does not happen by itself.
    fn sync(&self) {}
}

/// A disk in memory, which loses what it may lose.
pub(crate) struct SimulatedHarness {
    pub(crate) disk: SimulatedDisk,
    engine: SimulatedEngine,
}

impl SimulatedHarness {
    pub(crate) fn new() -> SimulatedHarness {
        let disk = SimulatedDisk::new();
        SimulatedHarness { engine: disk.open(), disk }
    }
}

impl Harness for SimulatedHarness {
    fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(self.engine.clone())
    }

    fn crash(&mut self, kept: usize) {
        self.disk.crash(self.disk.unsynced() * kept / 100);
        self.engine = self.disk.open();
    }

    fn sync(&self) {
        self.disk.sync();
    }
}

/// RocksDB in a folder. It crashes by copying the folder while it is open, as a killed process would leave it.
pub(crate) struct RocksHarness {
    pub(crate) folder: TempDir,
    pub(crate) engine: Arc<RocksEngine>,
}

impl RocksHarness {
    pub(crate) fn new() -> RocksHarness {
        RocksHarness::open(tempfile::tempdir().unwrap())
    }

    /// Opens what is in a folder.
    pub(crate) fn open(folder: TempDir) -> RocksHarness {
        let engine = RocksEngine::open(folder.path(), &RocksOptions::default()).unwrap();
        RocksHarness { engine: Arc::new(engine), folder }
    }
}

impl Harness for RocksHarness {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone()
    }

    fn crash(&mut self, _kept: usize) {
        *self = RocksHarness::open(copy_folder(self.folder.path()));
    }
}

/// A copy of a folder as it is at one moment. RocksDB compacts and removes files in the background, so what was copied
/// counts only if the folder did not change meanwhile.
pub(crate) fn copy_folder(from: &Path) -> TempDir {
    loop {
        let copy = tempfile::tempdir().unwrap();
        let before = files_below(from);
        let copied = before.iter().all(|(path, _)| {
            let target = copy.path().join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(path, target).is_ok()
        });
        if copied && files_below(from) == before {
            return copy;
        }
    }
}

/// Files with their lengths, without RocksDB's own diary, which counts for nothing and always grows.
fn files_below(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A file that is removed at this moment shows as a change.
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => files.extend(files_below(&path)),
            Ok(found) if path.file_name() != Some("LOG".as_ref()) => files.push((path, found.len())),
            _ => {}
        }
    }
    files.sort();
    files
}

/// Appends entries, whose content tells their index, and waits until they are synced.
pub(crate) fn append(engine: &dyn Engine, indexes: std::ops::Range<u64>) -> Result<(), StoreError> {
    append_all(engine, indexes.map(|index| LogEntry { index, bytes: format!("entry {index}").into_bytes() }).collect())
}

/// Appends entries, and waits until they are synced.
pub(crate) fn append_all(engine: &dyn Engine, entries: Vec<LogEntry>) -> Result<(), StoreError> {
    let (told, outcome) = mpsc::channel();
    engine.append(entries, Box::new(move |outcome| told.send(outcome).unwrap()));
    outcome.recv().unwrap()
}

/// A change that sets a row.
pub(crate) fn put(key: &str, value: &str) -> Change {
    Change::Put(key.into(), value.into())
}

/// Every row of a view.
pub(crate) fn rows_of(view: &dyn TableView) -> Vec<Row> {
    view.scan(b"", b"", usize::MAX).unwrap()
}

/// Hands the current snapshot of an engine to another, in pieces, without installing it. Gives its bytes.
pub(crate) fn receive_all(from: &dyn Engine, to: &dyn Engine) -> Vec<u8> {
    let info = from.current_snapshot().unwrap().expect("there is a snapshot to hand over");
    to.begin_receive(&info.id).unwrap();
    let mut all = Vec::new();
    loop {
        let piece = from.read_snapshot(&info.id, all.len() as u64, 1000).unwrap().expect("it is still current");
        if piece.is_empty() {
            assert_eq!(all.len() as u64, info.bytes);
            return all;
        }
        to.receive(&piece).unwrap();
        all.extend(piece);
    }
}

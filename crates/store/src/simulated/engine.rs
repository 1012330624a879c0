//! The trait on a simulated disk.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

use super::disk::{InstallStep, SimulatedDisk};
use super::image::{Snapshot, Tables, Write};
use super::state::State;
use super::view::SimulatedView;
use crate::snapshot::{self, SnapshotReader, SnapshotWriter};
use crate::{Change, Done, Engine, LogEntry, SnapshotInfo, StoreError, TableView};

/// A process's handle of a [`SimulatedDisk`]. It is dead after a crash of the disk, as the process would be.
#[derive(Clone)]
pub struct SimulatedEngine {
    disk: SimulatedDisk,
    boot: u64,
}

impl SimulatedEngine {
    pub(super) fn new(disk: SimulatedDisk, boot: u64) -> SimulatedEngine {
        SimulatedEngine { disk, boot }
    }

    /// The disk below.
    pub fn disk(&self) -> &SimulatedDisk {
        &self.disk
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.disk.lock();
        state.check(self.boot)?;
        Ok(state)
    }

    fn write_synced(&self, write: Write) -> Result<(), StoreError> {
        let mut state = self.state()?;
        state.write(write);
        state.sync()
    }

    /// Cuts the power here if it was ordered.
    fn reach(&self, step: InstallStep) -> Result<(), StoreError> {
        let mut state = self.disk.lock();
        if state.power_cut_at == Some(step) {
            state.cut_power(0);
        }
        state.check(self.boot)
    }

    fn append_entries(&self, entries: Vec<LogEntry>, done: Done) {
        let mut state = match self.state() {
            Ok(state) => state,
            Err(error) => return done(Err(error)),
        };
        for entry in entries {
            if let Some(next) = state.volatile.next_index() {
                assert_eq!(entry.index, next, "an append leaves no gap and covers nothing");
            }
            state.write(Write::Entry(entry.index, entry.bytes));
        }
        if faults::planted(faults::Bug::AckBeforeFsync) {
            drop(state);
            return done(Ok(()));
        }
        state.waiting.push_back(done);
        if !state.syncs_held {
            state.sync_for_waiting();
        }
    }
}

impl Engine for SimulatedEngine {
    /// Memory does not keep anyone waiting.
    fn waits(&self) -> bool {
        false
    }

    fn put_record(&self, name: &'static str, value: &[u8], sync: bool) -> Result<(), StoreError> {
        let mut state = self.state()?;
        state.write(Write::Record(name, value.to_vec()));
        if sync { state.sync() } else { Ok(()) }
    }

    fn record(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state()?.volatile.records.get(name).cloned())
    }

    fn append(&self, entries: Vec<LogEntry>, done: Done) {
        self.append_entries(entries, done);
        self.disk.tell();
    }

    fn truncate_from(&self, index: u64) -> Result<(), StoreError> {
        self.write_synced(Write::TruncateFrom(index))
    }

    fn purge_to(&self, index: u64) -> Result<(), StoreError> {
        self.write_synced(Write::PurgeTo(index))
    }

    fn entries(&self, first: u64, end: u64, bytes_max: usize) -> Result<Vec<LogEntry>, StoreError> {
        let state = self.state()?;
        let mut entries = Vec::new();
        let mut room = bytes_max;
        for index in first..end {
            let Some(bytes) = state.volatile.log.get(&index) else { break };
            if !entries.is_empty() && bytes.len() > room {
                break;
            }
            room = room.saturating_sub(bytes.len());
            entries.push(LogEntry { index, bytes: bytes.clone() });
        }
        Ok(entries)
    }

    fn last_entry(&self) -> Result<Option<LogEntry>, StoreError> {
        let state = self.state()?;
        let last = state.volatile.log.last_key_value();
        Ok(last.map(|(index, bytes)| LogEntry { index: *index, bytes: bytes.clone() }))
    }

    fn commit(&self, changes: Vec<Change>, meta: Vec<u8>) -> Result<(), StoreError> {
        self.state()?.write(Write::Commit(changes, meta));
        Ok(())
    }

    fn view(&self) -> Box<dyn TableView + '_> {
        let state = self.disk.lock();
        let readable = if state.dead_read { Ok(()) } else { state.check(self.boot) };
        Box::new(SimulatedView { tables: readable.map(|()| state.volatile.tables.clone()) })
    }

    fn build_snapshot(&self, id: &str) -> Result<SnapshotInfo, StoreError> {
        let tables = self.state()?.volatile.tables.clone();
        let snapshot = take_snapshot(&tables, id).expect("memory does not fail");
        let info = snapshot.info.clone();
        self.write_synced(Write::Snapshot(snapshot))?;
        Ok(info)
    }

    fn current_snapshot(&self) -> Result<Option<SnapshotInfo>, StoreError> {
        Ok(self.state()?.volatile.snapshot.as_ref().map(|snapshot| snapshot.info.clone()))
    }

    fn read_snapshot(&self, id: &str, offset: u64, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state()?;
        let Some(snapshot) = state.volatile.snapshot.as_ref().filter(|snapshot| snapshot.info.id == id) else {
            return Ok(None);
        };
        let rest = snapshot.bytes.get(offset as usize..).unwrap_or_default();
        Ok(Some(rest[..rest.len().min(bytes_max)].to_vec()))
    }

    fn begin_receive(&self, id: &str) -> Result<(), StoreError> {
        self.state()?.receiving = Some((id.to_owned(), Vec::new()));
        Ok(())
    }

    fn receive(&self, piece: &[u8]) -> Result<(), StoreError> {
        let mut state = self.state()?;
        let (_, bytes) = state.receiving.as_mut().ok_or(NOTHING_BEGAN)?;
        bytes.extend_from_slice(piece);
        Ok(())
    }

    fn check_received(&self) -> Result<SnapshotInfo, StoreError> {
        let state = self.state()?;
        let (id, bytes) = state.receiving.as_ref().ok_or(NOTHING_BEGAN)?;
        snapshot::check(bytes.as_slice(), id)
    }

    fn install_received(&self) -> Result<SnapshotInfo, StoreError> {
        let (id, bytes) = self.state()?.receiving.take().ok_or(NOTHING_BEGAN)?;
        let (mut tables, snapshot) = load_snapshot(&id, bytes)?;
        let info = snapshot.info.clone();
        if faults::planted(faults::Bug::DropTombstoneInSnapshot) {
            let former = Arc::clone(&self.state()?.volatile.tables.rows);
            let rows = Arc::make_mut(&mut tables.rows);
            for (key, value) in former.iter() {
                rows.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        self.reach(InstallStep::Loaded)?;
        self.state()?.write(Write::Install(tables, snapshot));
        self.reach(InstallStep::Written)?;
        self.state()?.sync()?;
        self.reach(InstallStep::Synced)?;
        Ok(info)
    }
}

const NOTHING_BEGAN: StoreError = StoreError::Rejected { cause: "its reception has not begun" };

fn take_snapshot(tables: &Tables, id: &str) -> std::io::Result<Snapshot> {
    let meta = tables.meta.clone().unwrap_or_default();
    let mut writer = SnapshotWriter::begin(Vec::new(), id, &meta)?;
    for (key, value) in tables.rows.iter() {
        writer.row(key, value)?;
    }
    let (content, bytes) = writer.end()?;
    Ok(Snapshot { info: SnapshotInfo { id: id.to_owned(), meta, bytes }, bytes: Arc::new(content) })
}

fn load_snapshot(id: &str, content: Vec<u8>) -> Result<(Tables, Snapshot), StoreError> {
    let mut reader = SnapshotReader::begin(content.as_slice())?;
    if reader.id != id {
        return Err(StoreError::Rejected { cause: "it bears another id" });
    }
    let mut rows = BTreeMap::new();
    while let Some(more) = reader.rows()? {
        rows.extend(more);
    }
    let meta = reader.meta.clone();
    let info = SnapshotInfo { id: id.to_owned(), meta: meta.clone(), bytes: reader.bytes() };
    let tables = Tables { rows: Arc::new(rows), meta: Some(meta) };
    Ok((tables, Snapshot { info, bytes: Arc::new(content) }))
}

//! Snapshots at rest: how one is built from a view, read in pieces, and received aside. Installing is `install.rs`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard};

use rocksdb::WriteBatch;

use super::layout::{Current, Folder, own_key};
use super::tables::Tables;
use super::{Db, files, records};
use crate::snapshot::{self, SnapshotReader, SnapshotWriter};
use crate::{SnapshotInfo, StoreError, TableView};

/// The snapshots of an engine.
pub(super) struct Snapshots {
    pub(super) db: Arc<Db>,
    pub(super) folder: Folder,
    /// What the record on disk says. Held as long as a snapshot is built or installed: one at a time.
    pub(super) current: Mutex<Current>,
    /// The file that is current. A reader holds it open, so it may be removed under him.
    at_rest: Mutex<Option<AtRest>>,
    receiving: Mutex<Option<Receiving>>,
}

#[derive(Clone)]
struct AtRest {
    info: SnapshotInfo,
    file: Arc<File>,
}

struct Receiving {
    id: String,
    file: BufWriter<File>,
}

impl Snapshots {
    /// Opens the current snapshot.
    pub(super) fn open(db: Arc<Db>, folder: Folder, current: Current) -> Result<Snapshots, StoreError> {
        let at_rest = match current.snapshot {
            0 => None,
            number => Some(open_file(&folder, number)?),
        };
        Ok(Snapshots {
            db,
            folder,
            current: Mutex::new(current),
            at_rest: Mutex::new(at_rest),
            receiving: Mutex::new(None),
        })
    }

    pub(super) fn build(&self, tables: &Tables, id: &str) -> Result<SnapshotInfo, StoreError> {
        let mut current = lock(&self.current);
        let next = Current { snapshot: current.snapshot + 1, ..*current };
        self.write_view(tables, id)?;
        faults::point("store.snapshot.synced");
        files::rename(&self.folder.building(), &self.folder.snapshot(next.snapshot))?;
        faults::point("store.snapshot.named");
        let mut batch = WriteBatch::default();
        records::put(&mut batch, own_key::CURRENT, &next.to_bytes());
        self.db.write_opt(batch, &records::synced()).map_err(StoreError::during("switch the snapshot"))?;
        faults::point("store.snapshot.switched");
        self.adopt(&mut current, next)
    }

    /// One view gives rows and meta, so they belong together whatever is committed meanwhile.
    fn write_view(&self, tables: &Tables, id: &str) -> Result<(), StoreError> {
        const ACTION: &str = "write a snapshot";
        let view = tables.view();
        let sink = BufWriter::new(files::create(&self.folder.building())?);
        let meta = view.meta()?.unwrap_or_default();
        let mut writer = SnapshotWriter::begin(sink, id, &meta).map_err(StoreError::during(ACTION))?;
        view.each(|key, value| writer.row(key, value).map_err(StoreError::during(ACTION)))?;
        let (sink, _) = writer.end().map_err(StoreError::during(ACTION))?;
        faults::point("store.snapshot.written");
        sink.get_ref().sync_all().map_err(StoreError::during("sync a snapshot"))
    }

    /// Takes what the record on disk says by now, and removes the former file.
    pub(super) fn adopt(&self, current: &mut Current, next: Current) -> Result<SnapshotInfo, StoreError> {
        let former = std::mem::replace(current, next);
        let at_rest = open_file(&self.folder, next.snapshot)?;
        let info = at_rest.info.clone();
        *lock(&self.at_rest) = Some(at_rest);
        faults::point("store.snapshot.adopted");
        files::remove(&self.folder.snapshot(former.snapshot))?;
        Ok(info)
    }

    pub(super) fn info(&self) -> Option<SnapshotInfo> {
        lock(&self.at_rest).as_ref().map(|at_rest| at_rest.info.clone())
    }

    pub(super) fn read(&self, id: &str, offset: u64, bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let at_rest = lock(&self.at_rest).clone();
        let Some(AtRest { info, file }) = at_rest.filter(|at_rest| at_rest.info.id == id) else {
            return Ok(None);
        };
        let length = info.bytes.saturating_sub(offset).min(bytes_max as u64);
        let mut piece = vec![0; length as usize];
        file.read_exact_at(&mut piece, offset).map_err(StoreError::during("read a snapshot"))?;
        Ok(Some(piece))
    }

    /// Reads the current snapshot to its checksum.
    pub(super) fn check(&self, stop: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let Some(AtRest { file, .. }) = lock(&self.at_rest).clone() else { return Ok(()) };
        let mut reader = SnapshotReader::begin(BufReader::new(Whole { file, offset: 0 })).map_err(own)?;
        while !stop() && reader.rows().map_err(own)?.is_some() {}
        Ok(())
    }

    pub(super) fn begin_receive(&self, id: &str) -> Result<(), StoreError> {
        let mut receiving = lock(&self.receiving);
        let file = BufWriter::new(files::create(&self.folder.received())?);
        *receiving = Some(Receiving { id: id.to_owned(), file });
        faults::point("store.receive.begun");
        Ok(())
    }

    pub(super) fn receive(&self, piece: &[u8]) -> Result<(), StoreError> {
        let mut receiving = lock(&self.receiving);
        let receiving = receiving.as_mut().ok_or(NOTHING_BEGAN)?;
        faults::point("store.receive.piece");
        receiving.file.write_all(piece).map_err(StoreError::during("receive a snapshot"))
    }

    /// Reads what has come so far.
    pub(super) fn check_received(&self) -> Result<SnapshotInfo, StoreError> {
        let mut receiving = lock(&self.receiving);
        let Receiving { id, file } = receiving.as_mut().ok_or(NOTHING_BEGAN)?;
        file.flush().map_err(StoreError::during("receive a snapshot"))?;
        let file = File::open(self.folder.received()).map_err(StoreError::during("open what was received"))?;
        snapshot::check(BufReader::new(file), id)
    }

    /// Ends the reception: the name under which it came; its file is synced.
    pub(super) fn end_receive(&self) -> Result<String, StoreError> {
        let receiving = lock(&self.receiving).take();
        let mut receiving = receiving.ok_or(NOTHING_BEGAN)?;
        let file = receiving.file.flush().and_then(|()| receiving.file.get_ref().sync_all());
        file.map_err(StoreError::during("sync a snapshot"))?;
        faults::point("store.receive.synced");
        Ok(receiving.id)
    }
}

const NOTHING_BEGAN: StoreError = StoreError::Rejected { cause: "its reception has not begun" };

/// A file from its beginning, whatever others who share it read.
struct Whole {
    file: Arc<File>,
    offset: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// What would be rejected of another node is damage of what this node wrote itself.
fn own(error: StoreError) -> StoreError {
    match error {
        StoreError::Rejected { .. } => StoreError::damaged("the current snapshot"),
        other => other,
    }
}

fn open_file(folder: &Folder, number: u64) -> Result<AtRest, StoreError> {
    let file = File::open(folder.snapshot(number)).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => StoreError::damaged("the current snapshot, which is gone,"),
        _ => StoreError::engine("open the snapshot", cause),
    })?;
    let bytes = file.metadata().map_err(StoreError::during("open the snapshot"))?.len();
    let head = SnapshotReader::begin(&file).map_err(own)?;
    let info = SnapshotInfo { id: head.id, meta: head.meta, bytes };
    Ok(AtRest { info, file: Arc::new(file) })
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no code panics while it holds this lock")
}

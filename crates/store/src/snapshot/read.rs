//! Reads a snapshot as a stream and believes nothing before its end: rows are only to be used once
//! [`SnapshotReader::rows`] has answered None.

use std::io::{ErrorKind, Read};

use aws_lc_rs::digest::{Context, SHA256};

use super::{MAGIC, kind};
use crate::limits::SNAPSHOT_FRAME_BYTES_MAX;
use crate::{Row, SnapshotInfo, StoreError};

/// Reads a snapshot to its end, and says what it is if it is the one called `id`.
pub(crate) fn check<R: Read>(source: R, id: &str) -> Result<SnapshotInfo, StoreError> {
    let mut reader = SnapshotReader::begin(source)?;
    ensure(reader.id == id, "it bears another id")?;
    while reader.rows()?.is_some() {}
    let bytes = reader.bytes();
    Ok(SnapshotInfo { id: reader.id, meta: reader.meta, bytes })
}

/// Reads a snapshot frame by frame.
pub(crate) struct SnapshotReader<R> {
    source: R,
    hash: Context,
    bytes: u64,
    rows: u64,
    last_key: Option<Vec<u8>>,
    /// Name of the snapshot.
    pub(crate) id: String,
    /// The meta value of its moment.
    pub(crate) meta: Vec<u8>,
}

impl<R: Read> SnapshotReader<R> {
    /// Reads the head.
    pub(crate) fn begin(source: R) -> Result<SnapshotReader<R>, StoreError> {
        let mut reader = SnapshotReader {
            source,
            hash: Context::new(&SHA256),
            bytes: 0,
            rows: 0,
            last_key: None,
            id: String::new(),
            meta: Vec::new(),
        };
        let mut magic = [0; MAGIC.len()];
        reader.take(&mut magic)?;
        ensure(magic == *MAGIC, "it does not begin like one of a version known here")?;
        let (kind, payload) = reader.frame()?;
        ensure(kind == kind::HEAD, "it has no head")?;
        let mut rest = payload.as_slice();
        reader.id = String::from_utf8(pull_text(&mut rest)?).map_err(|_| rejected("its id is not text"))?;
        reader.meta = pull_text(&mut rest)?;
        ensure(rest.is_empty(), "its head is too long")?;
        Ok(reader)
    }

    /// The next rows, ascending; None at the end, after everything has been found whole.
    pub(crate) fn rows(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let hash = self.hash.clone();
        let (kind, payload) = self.frame()?;
        match kind {
            kind::ROWS => self.split(&payload).map(Some),
            kind::TAIL => self.check_tail(hash, &payload).map(|()| None),
            _ => Err(rejected("it has a frame of an unknown kind")),
        }
    }

    /// Bytes read so far; the size of the snapshot at its end.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn split(&mut self, payload: &[u8]) -> Result<Vec<Row>, StoreError> {
        let mut rest = payload;
        let mut rows: Vec<Row> = Vec::new();
        while !rest.is_empty() {
            let key = pull_text(&mut rest)?;
            let value = pull_text(&mut rest)?;
            let before = rows.last().map(|(key, _)| key).or(self.last_key.as_ref());
            ensure(before.is_none_or(|before| *before < key), "its rows are not ascending")?;
            rows.push((key, value));
        }
        self.rows += rows.len() as u64;
        self.last_key = rows.last().map(|(key, _)| key.clone()).or(self.last_key.take());
        Ok(rows)
    }

    fn check_tail(&mut self, hash: Context, payload: &[u8]) -> Result<(), StoreError> {
        let mut expected = self.rows.to_be_bytes().to_vec();
        expected.extend_from_slice(hash.finish().as_ref());
        ensure(payload == expected, "its hash or its number of rows is wrong")?;
        let more = self.source.read(&mut [0]).map_err(StoreError::during("read a snapshot"))?;
        ensure(more == 0, "it goes on after its end")
    }

    fn frame(&mut self) -> Result<(u8, Vec<u8>), StoreError> {
        let mut head = [0; 5];
        self.take(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        ensure(length <= SNAPSHOT_FRAME_BYTES_MAX, "a frame is too long")?;
        let mut payload = vec![0; length];
        self.take(&mut payload)?;
        Ok((kind, payload))
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        self.source.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => rejected("it ends early"),
            _ => StoreError::engine("read a snapshot", error),
        })?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn pull_text(rest: &mut &[u8]) -> Result<Vec<u8>, StoreError> {
    let short = "a length in it points past its frame";
    let (length, tail) = rest.split_first_chunk::<4>().ok_or(rejected(short))?;
    let (text, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or(rejected(short))?;
    *rest = tail;
    Ok(text.to_vec())
}

fn ensure(holds: bool, cause: &'static str) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(rejected(cause)) }
}

fn rejected(cause: &'static str) -> StoreError {
    StoreError::Rejected { cause }
}

//! Reads a snapshot file as a stream: no frame is believed before its check, and no file before its tail.

use super::form::{CHECK_BYTES, FRAME_BYTES_MAX, FRAME_HEAD_BYTES, HEAD_FORMAT, MAGIC, kind};
use crate::messages::v1::BackupHead;
use crypto::sha256;
use prost::Message as _;
use raft::{ClusterId, Incarnation, SavedStanding};
use std::io::{ErrorKind, Read};
use store::Row;

/// Why a snapshot file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is not what was written.
    #[error("the snapshot file is damaged at byte {at}: {reason}")]
    Damaged {
        /// Where the damaged part begins.
        at: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It cannot be read.
    #[error("the snapshot file cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// Reads a file frame by frame.
pub(crate) struct Reader<R> {
    source: R,
    position: u64,
    check: [u8; CHECK_BYTES],
    rows: u64,
    last_key: Option<Vec<u8>>,
    /// What the file is.
    pub(crate) head: BackupHead,
    /// The cluster that it was saved from.
    pub(crate) cluster: ClusterId,
    /// The life of that cluster.
    pub(crate) incarnation: Incarnation,
    /// Where the tables stand.
    pub(crate) standing: SavedStanding,
    /// The keyring's file, sealed.
    pub(crate) keyring: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads everything before the rows.
    ///
    /// # Errors
    /// [`BackupError`]
    pub(crate) fn begin(mut source: R) -> Result<Self, BackupError> {
        let mut magic = [0; MAGIC.len()];
        take(&mut source, &mut magic, 0)?;
        ensure(magic == *MAGIC, 0, "it does not begin like one of a version known here")?;
        let mut frames = Frames { source, position: MAGIC.len() as u64, check: sha256(MAGIC) };
        let at = frames.position;
        let head = BackupHead::decode(frames.next_of(kind::HEAD)?.as_slice());
        let strange = |_| damaged(at, "its head is none of a version known here");
        let head = head.map_err(|_| strange(()))?;
        ensure(head.format == HEAD_FORMAT, at, "its head is none of a version known here")?;
        let cluster = head.cluster_id.as_slice().try_into().map(ClusterId).map_err(|_| strange(()))?;
        let incarnation = Incarnation::from_wire(&head.incarnation_id).map_err(|_| strange(()))?;
        let standing = SavedStanding::read(&head.standing).ok_or_else(|| strange(()))?;
        let keyring = frames.next_of(kind::KEYRING)?;
        let Frames { source, position, check } = frames;
        Ok(Self { source, position, check, rows: 0, last_key: None, head, cluster, incarnation, standing, keyring })
    }

    /// The next rows, ascending; `None` at the end, after everything has been found whole.
    ///
    /// # Errors
    /// [`BackupError`]
    pub(crate) fn rows(&mut self) -> Result<Option<Vec<Row>>, BackupError> {
        let at = self.position;
        let mut frames = Frames { source: &mut self.source, position: at, check: self.check };
        let (kind, payload) = frames.next()?;
        (self.position, self.check) = (frames.position, frames.check);
        match kind {
            kind::ROWS => self.split(&payload, at).map(Some),
            kind::TAIL => {
                ensure(payload == self.rows.to_be_bytes(), at, "its number of rows is wrong")?;
                let more = self.source.read(&mut [0])?;
                ensure(more == 0, self.position, "it goes on after its end").map(|()| None)
            }
            _ => Err(damaged(at, "a frame is of an unknown kind")),
        }
    }

    /// Bytes read so far; the size of the file at its end.
    pub(crate) fn bytes(&self) -> u64 {
        self.position
    }

    /// Rows read so far.
    pub(crate) fn rows_read(&self) -> u64 {
        self.rows
    }

    /// The hash over everything that was read.
    pub(crate) fn hash(&self) -> [u8; CHECK_BYTES] {
        self.check
    }

    fn split(&mut self, payload: &[u8], at: u64) -> Result<Vec<Row>, BackupError> {
        let mut rest = payload;
        let mut rows: Vec<Row> = Vec::new();
        while !rest.is_empty() {
            let key = pull_text(&mut rest, at)?;
            let value = pull_text(&mut rest, at)?;
            let before = rows.last().map(|(key, _)| key).or(self.last_key.as_ref());
            ensure(before.is_none_or(|before| *before < key), at, "its rows are not ascending")?;
            rows.push((key, value));
        }
        self.rows += rows.len() as u64;
        self.last_key = rows.last().map(|(key, _)| key.clone()).or(self.last_key.take());
        Ok(rows)
    }
}

/// The chain of frames.
struct Frames<R> {
    source: R,
    position: u64,
    check: [u8; CHECK_BYTES],
}

impl<R: Read> Frames<R> {
    fn next(&mut self) -> Result<(u8, Vec<u8>), BackupError> {
        let at = self.position;
        let mut head = [0; FRAME_HEAD_BYTES];
        take(&mut self.source, &mut head, at)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        ensure(length <= FRAME_BYTES_MAX, at, "a frame is too long")?;
        let mut frame = [self.check.as_slice(), &head].concat();
        let payload = frame.len();
        frame.resize(payload + length, 0);
        take(&mut self.source, &mut frame[payload..], at)?;
        let mut check = [0; CHECK_BYTES];
        take(&mut self.source, &mut check, at)?;
        ensure(sha256(&frame) == check, at, "a frame does not match its checksum")?;
        self.position += (FRAME_HEAD_BYTES + length + CHECK_BYTES) as u64;
        self.check = check;
        Ok((kind, frame.split_off(payload)))
    }

    fn next_of(&mut self, expected: u8) -> Result<Vec<u8>, BackupError> {
        let at = self.position;
        let (kind, payload) = self.next()?;
        ensure(kind == expected, at, "its first frames are not a head and a keyring").map(|()| payload)
    }
}

fn take(source: &mut impl Read, bytes: &mut [u8], at: u64) -> Result<(), BackupError> {
    source.read_exact(bytes).map_err(|cause| match cause.kind() {
        ErrorKind::UnexpectedEof => damaged(at, "it ends early"),
        _ => BackupError::Unreadable(cause),
    })
}

fn pull_text(rest: &mut &[u8], at: u64) -> Result<Vec<u8>, BackupError> {
    let short = || damaged(at, "a length in it points past its frame");
    let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let (text, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(short)?;
    *rest = tail;
    Ok(text.to_vec())
}

fn ensure(holds: bool, at: u64, reason: &'static str) -> Result<(), BackupError> {
    if holds { Ok(()) } else { Err(damaged(at, reason)) }
}

fn damaged(at: u64, reason: &'static str) -> BackupError {
    BackupError::Damaged { at, reason }
}

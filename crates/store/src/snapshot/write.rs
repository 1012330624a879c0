//! Writes a snapshot as a stream.

use std::io::{Result, Write};

use aws_lc_rs::digest::{Context, SHA256};

use super::{MAGIC, kind};
use crate::limits::SNAPSHOT_FRAME_BYTES;

/// Writes rows, given ascending, into a snapshot.
pub struct SnapshotWriter<W> {
    sink: W,
    hash: Context,
    bytes: u64,
    rows: u64,
    frame: Vec<u8>,
}

impl<W: Write> SnapshotWriter<W> {
    /// Begins a snapshot with its head.
    pub fn begin(sink: W, id: &str, meta: &[u8]) -> Result<SnapshotWriter<W>> {
        let mut writer = SnapshotWriter { sink, hash: Context::new(&SHA256), bytes: 0, rows: 0, frame: Vec::new() };
        writer.put(MAGIC)?;
        push_text(&mut writer.frame, id.as_bytes());
        push_text(&mut writer.frame, meta);
        writer.end_frame(kind::HEAD)?;
        Ok(writer)
    }

    /// Adds a row.
    pub fn row(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        push_text(&mut self.frame, key);
        push_text(&mut self.frame, value);
        self.rows += 1;
        if self.frame.len() < SNAPSHOT_FRAME_BYTES {
            return Ok(());
        }
        self.end_frame(kind::ROWS)
    }

    /// Ends the snapshot; gives the sink back, and how many bytes went into it.
    pub fn end(mut self) -> Result<(W, u64)> {
        if !self.frame.is_empty() {
            self.end_frame(kind::ROWS)?;
        }
        let hash = self.hash.clone().finish();
        self.frame.extend_from_slice(&self.rows.to_be_bytes());
        self.frame.extend_from_slice(hash.as_ref());
        self.end_frame(kind::TAIL)?;
        self.sink.flush()?;
        Ok((self.sink, self.bytes))
    }

    fn end_frame(&mut self, kind: u8) -> Result<()> {
        let payload = std::mem::take(&mut self.frame);
        let length = u32::try_from(payload.len()).expect("a frame is flushed long before 4 GiB");
        self.put(&[kind])?;
        self.put(&length.to_be_bytes())?;
        self.put(&payload)?;
        self.frame = payload;
        self.frame.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.sink.write_all(bytes)
    }
}

fn push_text(frame: &mut Vec<u8>, text: &[u8]) {
    let length = u32::try_from(text.len()).expect("keys and values are far below 4 GiB");
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(text);
}

//! Writes a snapshot file as a stream.

use super::form::{CHECK_BYTES, FRAME_BYTES, FRAME_HEAD_BYTES, MAGIC, kind};
use crate::messages::v1::BackupHead;
use crypto::sha256;
use prost::Message as _;
use std::io::{Result, Write};

/// Writes rows, given ascending, into a snapshot file.
pub(super) struct Writer<W> {
    sink: W,
    /// The frame under construction, behind the check of the one before it and room for its head.
    frame: Vec<u8>,
    bytes: u64,
    rows: u64,
}

/// Where the payload of the frame under construction begins.
const PAYLOAD: usize = CHECK_BYTES + FRAME_HEAD_BYTES;

impl<W: Write> Writer<W> {
    /// Begins a file with its head and the sealed keyring.
    pub(super) fn begin(mut sink: W, head: &BackupHead, keyring: &[u8]) -> Result<Self> {
        sink.write_all(MAGIC)?;
        let frame = [sha256(MAGIC).as_slice(), &[0; FRAME_HEAD_BYTES]].concat();
        let mut writer = Self { sink, frame, bytes: MAGIC.len() as u64, rows: 0 };
        head.encode(&mut writer.frame).expect("a vector grows");
        writer.end_frame(kind::HEAD)?;
        writer.frame.extend_from_slice(keyring);
        writer.end_frame(kind::KEYRING)?;
        Ok(writer)
    }

    /// Adds a row.
    pub(super) fn row(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        for text in [key, value] {
            let length = u32::try_from(text.len()).expect("keys and values are far below 4 GiB");
            self.frame.extend_from_slice(&length.to_be_bytes());
            self.frame.extend_from_slice(text);
        }
        self.rows += 1;
        if self.frame.len() < FRAME_BYTES {
            return Ok(());
        }
        self.end_frame(kind::ROWS)
    }

    /// Ends the file; gives the sink back, how many rows and how many bytes went into it.
    pub(super) fn end(mut self) -> Result<(W, u64, u64)> {
        if self.frame.len() > PAYLOAD {
            self.end_frame(kind::ROWS)?;
        }
        self.frame.extend_from_slice(&self.rows.to_be_bytes());
        self.end_frame(kind::TAIL)?;
        self.sink.flush()?;
        Ok((self.sink, self.rows, self.bytes))
    }

    fn end_frame(&mut self, kind: u8) -> Result<()> {
        let length = u32::try_from(self.frame.len() - PAYLOAD).expect("a frame is ended long before 4 GiB");
        self.frame[CHECK_BYTES] = kind;
        self.frame[CHECK_BYTES + 1..PAYLOAD].copy_from_slice(&length.to_be_bytes());
        let check = sha256(&self.frame);
        self.sink.write_all(&self.frame[CHECK_BYTES..])?;
        self.sink.write_all(&check)?;
        self.bytes += self.frame.len() as u64;
        self.frame.truncate(PAYLOAD);
        self.frame[..CHECK_BYTES].copy_from_slice(&check);
        Ok(())
    }
}

//! The headers of records in RocksDB's logs, looked at before RocksDB reads them.
//!
//! RocksDB 11.8 does not get past the header of a recycled record in a log that did not begin with one
//! (`db/log_reader.cc`, `ReadPhysicalRecord`: it answers "bad record" and leaves the bytes where they are), and reads it
//! for ever. This database recycles no logs, so such a header is damage: one flipped bit makes it of an ordinary one. At
//! the end of the write-ahead log, where what it announces was never written, it is a torn tail like any other.
//!
//! ```text
//! log = blocks of 32 KiB; a record lies in one block, and less than a header at its end is filled up
//! record = checksum (4 bytes) · length (2 bytes, little endian) · type (1 byte) · log number (4 bytes, if recycled) · payload
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::path::Path;

use super::files;
use crate::StoreError;

const BLOCK_BYTES: usize = 32 << 10;
const HEADER_BYTES: usize = 7;
const RECYCLED_HEADER_BYTES: usize = 11;

/// Where a header of a recycled record was found.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    at: u64,
    /// The file ends before what the header announces.
    is_torn: bool,
}

/// Looks at the manifest and the write-ahead log of a database that is not open; cuts off a torn end of the latter that
/// RocksDB would not get past.
///
/// # Errors
/// [`StoreError::Damaged`] when there is such a header anywhere else.
pub(super) fn check(database: &Path) -> Result<(), StoreError> {
    let failed = StoreError::during::<std::io::Error>;
    let Ok(current) = fs::read_to_string(database.join("CURRENT")) else { return Ok(()) };
    let manifest = current.trim();
    let path = database.join(manifest);
    // That one is missing is RocksDB's to say.
    if path.exists() && look(&path)?.is_some() {
        return Err(StoreError::damaged(format!("{} (a record of an unknown type)", path.display())));
    }
    for entry in fs::read_dir(database).map_err(failed("list the database"))? {
        let path = entry.map_err(failed("list the database"))?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        match look(&path)? {
            None => {}
            Some(Found { at, is_torn: true }) => {
                let file = OpenOptions::new().write(true).open(&path).map_err(failed("open the write-ahead log"))?;
                file.set_len(at).and_then(|()| file.sync_all()).map_err(failed("cut the write-ahead log"))?;
                files::sync_folder(database)?;
            }
            Some(Found { at, is_torn: false }) => {
                return Err(StoreError::damaged(format!("the write-ahead log (a record of an unknown type at {at})")));
            }
        }
    }
    Ok(())
}

/// The first header of a recycled record, as far as the headers lead.
fn look(path: &Path) -> Result<Option<Found>, StoreError> {
    let failed = StoreError::during::<std::io::Error>;
    let file = File::open(path).map_err(failed("open a log of the database"))?;
    let mut start = 0;
    loop {
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        let wanted = BLOCK_BYTES as u64;
        (&file).take(wanted).read_to_end(&mut block).map_err(failed("read a log of the database"))?;
        if let Some((place, is_short)) = look_into(&block) {
            let is_torn = is_short && block.len() < BLOCK_BYTES;
            return Ok(Some(Found { at: start + place as u64, is_torn }));
        }
        if block.len() < BLOCK_BYTES {
            return Ok(None);
        }
        start += wanted;
    }
}

/// Where in a block such a header is, and whether the block ends before what it announces.
fn look_into(block: &[u8]) -> Option<(usize, bool)> {
    let mut place = 0;
    while let Some(header) = block.get(place..place + HEADER_BYTES) {
        let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
        if is_recycled(header[6]) {
            return Some((place, place + RECYCLED_HEADER_BYTES + length > block.len()));
        }
        place += HEADER_BYTES + length;
    }
    None
}

fn is_recycled(record_type: u8) -> bool {
    matches!(record_type, 5..=8 | 11 | 131)
}

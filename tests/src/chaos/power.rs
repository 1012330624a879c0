//! A power cut after the fact: from the journal that tests/shim/faults.c kept, what a killed process had written and never
//! synced is taken back, latest first. Contents go, names stay, as on the usual file systems.

use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Bytes of a record's fixed part.
const RECORD_BYTES: usize = 56;

/// What a power cut took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// Writes that were never synced.
    pub writes: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Files that they were in.
    pub files: u64,
}

/// A file, whatever it is called by now.
type FileNumber = (u64, u64);

/// A write that may be lost.
struct Written {
    file: FileNumber,
    offset: u64,
    length: u64,
    size_before: u64,
    replaced: Vec<u8>,
}

/// Takes back what was not synced, and empties the journal.
pub(crate) fn cut(journal: &Path, folder: &Path) -> Result<Lost> {
    let lost = unsynced(&fs::read(journal).with_context(|| format!("{}", journal.display()))?)?;
    let mut paths = HashMap::new();
    find_files(folder, &mut paths)?;
    let mut taken = Lost::default();
    let mut touched = HashMap::new();
    for written in lost.iter().rev() {
        // What was deleted since is gone in any case.
        let Some(path) = paths.get(&written.file) else { continue };
        let file = File::options().write(true).open(path)?;
        file.write_all_at(&written.replaced, written.offset)?;
        file.set_len(written.size_before)?;
        touched.insert(written.file, ());
        taken.writes += 1;
        taken.bytes += written.length;
    }
    taken.files = touched.len() as u64;
    File::options().write(true).open(journal)?.set_len(0)?;
    Ok(taken)
}

/// The writes that no sync covers, in the order in which they were made.
fn unsynced(journal: &[u8]) -> Result<Vec<Written>> {
    let mut open: Vec<(u64, Written)> = Vec::new();
    let mut rest = journal;
    // The last record may have been cut off by the kill: then the write that it announces was not made.
    while let Some((fixed, behind)) = rest.split_first_chunk::<RECORD_BYTES>() {
        let at = (journal.len() - rest.len()) as u64;
        let number = |place: usize| u64::from_ne_bytes(fixed[place * 8..][..8].try_into().expect("eight bytes"));
        let (kind, file, offset, replaced) = (number(0), (number(1), number(2)), number(3), number(6));
        let Some((replaced, behind)) = behind.split_at_checked(usize::try_from(replaced)?) else { break };
        match kind {
            1 => {
                let (length, size_before) = (number(4), number(5));
                open.push((at, Written { file, offset, length, size_before, replaced: replaced.to_vec() }));
            }
            2 => open.retain(|(at, written)| written.file != file || *at >= offset),
            3 => open.retain(|(_, written)| written.file != file),
            other => bail!("a record of kind {other} in the journal"),
        }
        rest = behind;
    }
    ensure!(rest.len() < RECORD_BYTES + (1 << 30), "the journal cannot be read");
    Ok(open.into_iter().map(|(_, written)| written).collect())
}

fn find_files(folder: &Path, found: &mut HashMap<FileNumber, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            find_files(&entry.path(), found)?;
        } else if metadata.is_file() {
            found.insert((metadata.dev(), metadata.ino()), entry.path());
        }
    }
    Ok(())
}

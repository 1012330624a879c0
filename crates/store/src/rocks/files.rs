//! Files and folders that must be on disk, and nothing less, before the next step.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use crate::StoreError;

/// Syncs a folder, so that the names in it survive a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(StoreError::during("sync a folder"))
}

/// Makes a folder, with its name synced.
pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::during("make a folder"))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// A new file, or an old one emptied.
pub(super) fn create(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path);
    file.map_err(StoreError::during("make a file"))
}

/// Gives a synced file its final name, synced as well.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(StoreError::during("name a file"))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file, if it is there. A crash may bring it back; whoever opens the folder removes it again.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::engine("remove a file", error)),
        _ => Ok(()),
    }
}

//! Files of a node's data folder, to damage them.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The files of a folder whose names end with `.kind` or begin with `kind-`.
fn files(folder: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(&format!(".{kind}")) || name.starts_with(&format!("{kind}-")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The file with the highest number.
///
/// # Errors
/// When there is none of the kind.
pub fn newest(folder: &Path, kind: &str) -> Result<PathBuf> {
    files(folder, kind)?.pop().with_context(|| format!("no {kind} in {}", folder.display()))
}

/// The file with the most bytes.
///
/// # Errors
/// When there is none of the kind.
pub fn largest(folder: &Path, kind: &str) -> Result<PathBuf> {
    let largest = files(folder, kind)?.into_iter().max_by_key(|path| path.metadata().map_or(0, |file| file.len()));
    largest.with_context(|| format!("no {kind} in {}", folder.display()))
}

/// Flips a bit at one `part`th of a file.
///
/// # Errors
/// When the file is empty, or cannot be written.
pub fn flip(path: &Path, part: usize, bit: u8) -> Result<()> {
    let mut bytes = std::fs::read(path)?;
    let at = bytes.len() / part;
    *bytes.get_mut(at).with_context(|| format!("{} is empty", path.display()))? ^= 1 << bit;
    Ok(std::fs::write(path, bytes)?)
}

//! Where `lockstep status` finds the development cluster that was started last: a file in the user's run-time folder
//! that names the cluster's.

use anyhow::Result;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Notes where the cluster is.
///
/// # Errors
/// When the folder cannot be made or belongs to somebody else.
pub fn write(data: &Path) -> Result<()> {
    let folder = folder();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    // The name in /tmp can be guessed: another user may have made it first.
    if std::fs::symlink_metadata(&folder)?.uid() != own_id() {
        anyhow::bail!("{} belongs to another user", folder.display());
    }
    let text = data.to_str().ok_or_else(|| anyhow::anyhow!("a path is not UTF-8"))?;
    Ok(node::Folder::replace(&folder.join("dev.json"), serde_json::json!({ "data": text }).to_string().as_bytes())?)
}

/// Where the cluster is that was started last.
pub fn read() -> Option<PathBuf> {
    let path = folder().join("dev.json");
    if std::fs::metadata(&path).ok()?.uid() != own_id() {
        return None;
    }
    let text = std::fs::read(path).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
    Some(PathBuf::from(value["data"].as_str()?))
}

/// Forgets the cluster in `data`, unless another was started since.
pub fn forget(data: &Path) {
    if read().as_deref() == Some(data) {
        // When it stays, it names a folder that is gone, and a reader sees that.
        let _ = std::fs::remove_file(folder().join("dev.json"));
    }
}

fn folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder).join("lockstep"),
        None => std::env::temp_dir().join(format!("lockstep-{}", own_id())),
    }
}

fn own_id() -> u32 {
    rustix::process::getuid().as_raw()
}

//! Where `lockstep status` finds the development clusters that run: a file for each in the user's run-time folder, that
//! names the cluster's.

use anyhow::Result;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
    Ok(node::Folder::replace(&own_file(), serde_json::json!({ "data": text }).to_string().as_bytes())?)
}

/// Where clusters are, the one that was started last first. One whose command was killed is among them.
pub fn read() -> Vec<PathBuf> {
    read_in(&folder())
}

fn read_in(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<_> = files.filter_map(|file| read_file(&file.path())).collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, data)| data).collect()
}

fn read_file(path: &Path) -> Option<(SystemTime, PathBuf)> {
    let found = std::fs::metadata(path).ok()?;
    let name = path.file_name()?.to_str()?;
    if found.uid() != own_id() || !name.starts_with("dev-") || !name.ends_with(".json") {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some((found.modified().ok()?, PathBuf::from(value["data"].as_str()?)))
}

/// Forgets the cluster of this command.
pub fn forget() {
    // When it stays, it names a folder that is gone or a cluster that is down, and a reader sees that.
    let _ = std::fs::remove_file(own_file());
}

/// Named by the process: commands that start at one moment do not write over each other.
fn own_file() -> PathBuf {
    folder().join(format!("dev-{}.json", std::process::id()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_cluster_that_was_started_last_comes_first() {
        let temp = tempfile::tempdir().expect("temp");
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (name, text, age) in [
            ("dev-1.json", r#"{"data": "/first"}"#, 1),
            ("dev-22.json", r#"{"data": "/newest"}"#, 3),
            ("dev-3.json", r#"{"data": "/second"}"#, 2),
            ("dev-4.json", "damaged", 4),
            ("other.json", r#"{"data": "/other"}"#, 5),
        ] {
            let path = temp.path().join(name);
            std::fs::write(&path, text).expect("written");
            let file = std::fs::File::options().write(true).open(&path).expect("there");
            file.set_modified(begun + Duration::from_secs(age)).expect("set");
        }
        let found = read_in(temp.path());
        assert_eq!(found, ["/newest", "/second", "/first"].map(PathBuf::from));
        assert!(read_in(&temp.path().join("nowhere")).is_empty());
    }
}

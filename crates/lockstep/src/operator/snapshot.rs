//! `lockstep operator snapshot`: saves what a cluster holds to a file, looks into such a file, restores one.

use super::refused;
use crate::cli::SnapshotTask;
use anyhow::{Context as _, Result, bail};
use node::admin::AdminClient;
use node::backup::{Inspection, inspect};
use node::v1::{RestoreSnapshotRequest, SaveSnapshotRequest};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes of the file in one message.
const PIECE_BYTES: usize = 256 * 1024;

/// Does what needs a node.
pub async fn run(node: &mut AdminClient, task: &SnapshotTask) -> Result<Value> {
    match task {
        SnapshotTask::Save { file } => save(node, file).await,
        SnapshotTask::Restore { file, force } => restore(node, file, *force).await,
        SnapshotTask::Inspect { file } => describe(file),
    }
}

/// What a file holds. Without a node.
pub fn describe(file: &Path) -> Result<Value> {
    let found = inspect(file).with_context(|| file.display().to_string())?;
    Ok(described(&found))
}

/// The file is there when it is whole, read back, and on disk; until then there is what was there before.
async fn save(node: &mut AdminClient, path: &Path) -> Result<Value> {
    let mut pieces = node.save_snapshot(SaveSnapshotRequest {}).await.map_err(refused)?.into_inner();
    let partial = Partial::beside(path)?;
    let mut file = BufWriter::new(&partial.file);
    while let Some(piece) = pieces.message().await.map_err(refused)? {
        file.write_all(&piece.bytes).with_context(|| partial.path.display().to_string())?;
    }
    file.flush().and_then(|()| file.get_ref().sync_all()).with_context(|| partial.path.display().to_string())?;
    drop(file);
    let found = inspect(&partial.path).context("what was written does not read back")?;
    partial.put_at(path)?;
    Ok(described(&found))
}

async fn restore(node: &mut AdminClient, path: &Path, force: bool) -> Result<Value> {
    // Looked through before the node is asked: a damaged file is refused where the operator sees why.
    inspect(path).with_context(|| path.display().to_string())?;
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let first = RestoreSnapshotRequest { force, ..RestoreSnapshotRequest::default() };
    let pieces = futures::stream::unfold(file, |mut file| async move {
        let mut bytes = Vec::with_capacity(PIECE_BYTES);
        // An end that comes early is found by the node.
        let read = (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut bytes);
        let more = read.is_ok() && !bytes.is_empty();
        more.then_some((RestoreSnapshotRequest { bytes, ..RestoreSnapshotRequest::default() }, file))
    });
    let request = futures::StreamExt::chain(futures::stream::iter([first]), pieces);
    let made = node.restore_snapshot(request).await.map_err(refused)?.into_inner();
    Ok(json!({
        "cluster_id": made.cluster_id,
        "incarnation_id": made.incarnation,
        "node_id": made.node_id,
        "region": made.region,
        "rows": made.rows,
        "applied": made.applied,
    }))
}

fn described(found: &Inspection) -> Value {
    let members = found.members.iter();
    let members = members.map(
        |(id, name, address, votes)| json!({ "node_id": id, "name": name, "peer_address": address, "voter": votes }),
    );
    json!({
        "cluster_id": found.cluster_id,
        "incarnation": found.incarnation,
        "incarnation_id": found.incarnation_id,
        "region": found.region,
        "dev": found.dev,
        "saved_at_ms": found.saved_at,
        "saved_by": found.saved_by,
        "version": found.version,
        "applied": found.applied,
        "term": found.term,
        "chain": found.chain,
        "keyring_version": found.keyring_version,
        "rows": found.rows,
        "bytes": found.bytes,
        "sha256": found.sha256,
        "members": members.collect::<Vec<_>>(),
        "tables": found.tables,
    })
}

/// A file that is not there yet. It goes when it is not put in its place.
struct Partial {
    file: File,
    path: PathBuf,
    placed: bool,
}

impl Partial {
    fn beside(path: &Path) -> Result<Self> {
        let Some(name) = path.file_name() else { bail!("{} names no file", path.display()) };
        let mut aside = name.to_owned();
        aside.push(format!(".{}.partial", std::process::id()));
        let aside = path.with_file_name(aside);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside);
        let file = made.with_context(|| format!("cannot make {}", aside.display()))?;
        Ok(Self { file, path: aside, placed: false })
    }

    fn put_at(mut self, path: &Path) -> Result<()> {
        std::fs::rename(&self.path, path).with_context(|| format!("cannot name {}", path.display()))?;
        self.placed = true;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("cannot sync {}", folder.display()))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.placed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let temp = tempfile::tempdir().expect("temp");
        let path = temp.path().join("file");
        let names = || std::fs::read_dir(temp.path()).expect("a folder").count();
        drop(Partial::beside(&path).expect("made"));
        assert_eq!(names(), 0, "what was given up is gone");
        for content in ["one", "two"] {
            let partial = Partial::beside(&path).expect("made");
            (&partial.file).write_all(content.as_bytes()).expect("written");
            partial.put_at(&path).expect("placed");
            assert_eq!((std::fs::read_to_string(&path).expect("read"), names()), (content.to_owned(), 1));
        }
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}

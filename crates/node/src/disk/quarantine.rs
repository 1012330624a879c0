//! Quarantine: what becomes of a node whose disk is damaged, or holds less than it once did.
//!
//! Such a node must not vote, for it could undo what was acknowledged, and must not answer, for it could tell what is not
//! so. What was found is written down beside the database, so that no restart forgets it: the node comes up with its admin
//! socket and its metrics alone, says what is wrong with it, and waits until it is rebuilt from its peers.

use crate::{Folder, NodeError};
use raft::Fatal;
use replica::{Clock as _, NodeId};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The format of the file.
const FORMAT: u32 = 1;

/// What is wrong with a node's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    format: u32,
    /// In words for the operator, with the name of the part.
    pub(crate) what: String,
    /// Milliseconds since 1970.
    pub(crate) found_at: u64,
    /// The number under which the node is being built anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rebuilt_as: Option<u64>,
}

impl Finding {
    /// Found now.
    pub(crate) fn new(what: &str) -> Self {
        let found_at = crate::SystemClock.now().as_millis();
        Self { format: FORMAT, what: what.to_owned(), found_at, rebuilt_as: None }
    }

    /// The same, when the node is about to become `node`.
    pub(crate) fn rebuilt_as(self, node: NodeId) -> Self {
        Self { rebuilt_as: Some(node.0), ..self }
    }

    /// What the node says of itself.
    pub(crate) fn reason(&self) -> String {
        format!("quarantined: {}. Rebuild the node from its peers: lockstep operator rebuild", self.what)
    }

    /// Whether this is the last step of building `node` anew, cut short.
    pub(crate) fn is_of_rebuilt(&self, node: NodeId) -> bool {
        self.rebuilt_as == Some(node.0)
    }
}

/// What was found earlier; `None` when nothing was. A file that does not read was written because something was found.
///
/// # Errors
/// [`NodeError::File`]
pub(crate) fn read(folder: &Folder) -> Result<Option<Finding>, NodeError> {
    let path = folder.quarantine();
    match std::fs::read(&path) {
        Ok(bytes) => {
            let found: Option<Finding> = serde_json::from_slice(&bytes).ok();
            let known = found.filter(|found| found.format == FORMAT);
            Ok(Some(known.unwrap_or_else(|| Finding::new("the finding of an earlier start does not read"))))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(NodeError::file("cannot read", &path)(cause)),
    }
}

/// Writes down what was found, on disk when it returns.
///
/// # Errors
/// [`NodeError::File`]
pub(crate) fn write(root: &Path, finding: &Finding) -> Result<(), NodeError> {
    let text = serde_json::to_string_pretty(finding).expect("texts and numbers serialise");
    Folder::replace(&Folder::quarantine_in(root), text.as_bytes())
}

/// Writes down what was found, unless something was before: that is where it began.
pub(crate) fn note(root: &Path, what: &str) {
    tracing::error!(what, "the node's disk cannot be trusted: quarantine");
    if Folder::quarantine_in(root).exists() {
        return;
    }
    if let Err(cause) = write(root, &Finding::new(what)) {
        // The next start looks again.
        tracing::error!(%cause, "the finding could not be written down");
    }
}

/// Ends the process when the node of a data folder cannot go on, and writes down what is wrong with the disk before.
pub(crate) fn fatal(root: &Path) -> Fatal {
    let root = root.to_owned();
    Fatal::abort().on_distrust(move |what| note(&root, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temp = tempfile::tempdir().expect("temp");
        let folder = Folder::open(&temp.path().join("data")).expect("free");
        (temp, folder)
    }

    #[test]
    fn what_was_found_first_is_remembered() {
        let (_temp, folder) = folder();
        assert_eq!(read(&folder).expect("read"), None);
        note(folder.root(), "log entry 7 is damaged");
        note(folder.root(), "the record vote is damaged");
        let found = read(&folder).expect("read").expect("found");
        assert_eq!((found.what.as_str(), found.rebuilt_as), ("log entry 7 is damaged", None));
        assert!(!found.is_of_rebuilt(NodeId(3)));
        let resumed = found.rebuilt_as(NodeId(3));
        write(folder.root(), &resumed).expect("written");
        let found = read(&folder).expect("read").expect("found");
        assert!(found == resumed && found.is_of_rebuilt(NodeId(3)) && !found.is_of_rebuilt(NodeId(2)));
    }

    #[test]
    fn a_finding_that_does_not_read_is_still_one() {
        let (_temp, folder) = folder();
        for text in ["", "{}", "{\"format\":2,\"what\":\"x\",\"found_at\":1}"] {
            std::fs::write(folder.quarantine(), text).expect("written");
            let found = read(&folder).expect("read").expect("a finding");
            assert_eq!(found.what, "the finding of an earlier start does not read");
        }
    }

    #[test]
    fn finding_format_1_is_pinned() {
        let finding = Finding { format: 1, what: "x".to_owned(), found_at: 5, rebuilt_as: None };
        let text = |finding: &Finding| serde_json::to_string(finding).expect("serialises");
        assert_eq!(text(&finding), r#"{"format":1,"what":"x","found_at":5}"#);
        let resumed = finding.rebuilt_as(NodeId(4));
        assert_eq!(text(&resumed), r#"{"format":1,"what":"x","found_at":5,"rebuilt_as":4}"#);
    }
}

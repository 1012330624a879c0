//! Where this node's peers are, in a file beside the database: whom a node asks that cannot read its database any longer.
//! A member keeps it up to date; it is no secret and no authority, since who answers shows a certificate.

use crate::lifecycle::member::{Member, peers_with_addresses};
use crate::{Folder, NodeError, limits};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// The format of the file.
const FORMAT: u32 = 1;

/// A peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Its number.
    pub(crate) node_id: u64,
    /// `host:port`.
    pub(crate) address: String,
}

#[derive(Serialize, Deserialize)]
struct ContactsFile {
    format: u32,
    peers: Vec<Contact>,
}

/// The peers that the node last knew; none where the file is not there or does not read.
pub(crate) fn read(folder: &Folder) -> Vec<Contact> {
    let file = std::fs::read(folder.contacts()).ok();
    let file = file.and_then(|bytes| serde_json::from_slice::<ContactsFile>(&bytes).ok());
    file.filter(|file| file.format == FORMAT).map(|file| file.peers).unwrap_or_default()
}

fn write(path: &Path, peers: &[Contact]) -> Result<(), NodeError> {
    let file = ContactsFile { format: FORMAT, peers: peers.to_vec() };
    let text = serde_json::to_string_pretty(&file).expect("texts and numbers serialise");
    Folder::replace(path, text.as_bytes())
}

/// Keeps the file up to date for as long as the node runs.
pub(crate) async fn keep(member: Arc<Member>, path: std::path::PathBuf) {
    let mut written = Vec::new();
    loop {
        let contact = |peer: raft::Member| Contact { node_id: peer.node_id, address: peer.peer_addr };
        let now: Vec<Contact> = peers_with_addresses(&member).into_iter().map(contact).collect();
        // A node that knows nobody, or not yet, keeps whom it knew.
        if !now.is_empty() && now != written {
            match write(&path, &now) {
                Ok(()) => written = now,
                Err(cause) => tracing::warn!(%cause, "the peers' addresses could not be written down"),
            }
        }
        // A node that has just joined does not know its peers yet, and may lose its database the next moment.
        let pause = if written.is_empty() { limits::FIRST_CONTACTS } else { limits::CONTACTS };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = member.stopping().cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_read_as_they_are_written() {
        let temp = tempfile::tempdir().expect("temp");
        let folder = Folder::open(&temp.path().join("data")).expect("free");
        assert_eq!(read(&folder), []);
        let peers = [Contact { node_id: 2, address: "h:1".to_owned() }];
        write(&folder.contacts(), &peers).expect("written");
        assert_eq!(read(&folder), peers);
        std::fs::write(folder.contacts(), "{\"format\":2,\"peers\":[]}").expect("written");
        assert_eq!(read(&folder), []);
    }
}

//! What a node is: cluster, number, certificate, and its private key under the node's own seal.
//!
//! One file, replaced as a whole. A node is a member from the moment this file is on disk, and not before: birth and
//! join write it last.

use crate::{Folder, NodeError};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use crypto::{NodeKeyPair, Seal};
use raft::{ClusterId, Incarnation};
use replica::NodeId;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The format of the file.
const FORMAT: u32 = 1;
/// What the private key's wrapping is bound to.
const KEY_PURPOSE: &[u8] = b"lockstep node key";

/// What a node is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Its cluster.
    pub(crate) cluster: ClusterId,
    /// Its number, for ever.
    pub(crate) node: NodeId,
    /// The life of the cluster that it is in.
    pub(crate) incarnation: Incarnation,
    /// The Region of the cluster that it is in.
    pub(crate) region: String,
    /// Whether that is a dev cluster.
    pub(crate) dev: bool,
    /// Certificate of the cluster's CA (DER).
    pub(crate) ca_certificate: Vec<u8>,
    /// Its own certificate (DER).
    pub(crate) certificate: Vec<u8>,
    /// The key of that certificate, wrapped by the seal.
    pub(crate) key_wrapped: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    format: u32,
    cluster_id: String,
    node_id: u64,
    /// Absent in a cluster that was never restored.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    incarnation: String,
    region: String,
    dev: bool,
    ca_certificate: String,
    certificate: String,
    key_wrapped: String,
}

impl Identity {
    /// What the database keeps to know its owner by: a database of another node is not opened.
    pub(crate) fn mark(&self) -> Vec<u8> {
        [self.cluster.0.as_slice(), &self.node.0.to_be_bytes(), &self.incarnation.to_wire()].concat()
    }

    /// Reads the file; `None` when there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, NodeError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) if cause.kind() == std::io::ErrorKind::InvalidData => String::new(),
            Err(cause) => return Err(NodeError::file("cannot read", path)(cause)),
        };
        let whole = Folder::is_whole(path, text.as_bytes());
        let identity = Self::from_text(&text).filter(|_| whole).ok_or_else(|| NodeError::Folder {
            path: path.to_owned(),
            reason: "this is not the identity of a node, or it is damaged".to_owned(),
        })?;
        Ok(Some(identity))
    }

    /// Writes the file; the node is a member when this returns.
    pub(crate) fn write(&self, path: &Path) -> Result<(), NodeError> {
        Folder::replace_summed(path, self.to_text().as_bytes())
    }

    fn from_text(text: &str) -> Option<Self> {
        let file: IdentityFile = serde_json::from_str(text).ok()?;
        if file.format != FORMAT {
            return None;
        }
        Some(Self {
            cluster: file.cluster_id.parse().ok()?,
            node: NodeId(file.node_id),
            incarnation: file.incarnation.parse().ok()?,
            region: file.region,
            dev: file.dev,
            ca_certificate: BASE64_STANDARD.decode(file.ca_certificate).ok()?,
            certificate: BASE64_STANDARD.decode(file.certificate).ok()?,
            key_wrapped: BASE64_STANDARD.decode(file.key_wrapped).ok()?,
        })
    }

    fn to_text(&self) -> String {
        let file = IdentityFile {
            format: FORMAT,
            cluster_id: self.cluster.to_string(),
            node_id: self.node.0,
            incarnation: self.incarnation.to_string(),
            region: self.region.clone(),
            dev: self.dev,
            ca_certificate: BASE64_STANDARD.encode(&self.ca_certificate),
            certificate: BASE64_STANDARD.encode(&self.certificate),
            key_wrapped: BASE64_STANDARD.encode(&self.key_wrapped),
        };
        serde_json::to_string_pretty(&file).expect("texts and numbers serialise")
    }
}

/// A key pair as it is kept: wrapped by the node's own seal.
pub(crate) fn wrap_key(seal: &dyn Seal, keys: &NodeKeyPair) -> Result<Vec<u8>, NodeError> {
    seal.wrap(keys.private_key_pem().expose_secret(), KEY_PURPOSE).map_err(NodeError::crypto("sealing the node's key"))
}

/// Opens what [`wrap_key`] gave.
pub(crate) fn unwrap_key(seal: &dyn Seal, wrapped: &[u8]) -> Result<NodeKeyPair, NodeError> {
    let pem = seal.unwrap(wrapped, KEY_PURPOSE).map_err(NodeError::crypto("opening the node's key"))?;
    NodeKeyPair::from_pem(&pem).map_err(NodeError::crypto("reading the node's key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            cluster: ClusterId([0xab; 16]),
            node: NodeId(3),
            incarnation: Incarnation::default(),
            region: "us-east-1".to_owned(),
            dev: true,
            ca_certificate: vec![1, 2],
            certificate: vec![3],
            key_wrapped: vec![4, 5, 6],
        }
    }

    #[test]
    fn an_identity_reads_as_it_is_written() {
        let temp = tempfile::tempdir().expect("temp");
        let path = temp.path().join("identity.json");
        assert!(Identity::read(&path).expect("absent is no error").is_none());
        identity().write(&path).expect("written");
        assert!(Identity::read(&path).expect("read") == Some(identity()));
        let restored = Identity { incarnation: Incarnation::drawn([0xcd; 16]), ..identity() };
        restored.write(&path).expect("written");
        assert!(Identity::read(&path).expect("read") == Some(restored));
    }

    #[test]
    fn a_database_is_of_one_node_of_one_incarnation() {
        let restored = Identity { incarnation: Incarnation::drawn([0xcd; 16]), ..identity() };
        assert_eq!(hex::encode(identity().mark()), format!("{}0000000000000003", "ab".repeat(16)));
        assert_eq!(hex::encode(restored.mark()), format!("{}0000000000000003{}", "ab".repeat(16), "cd".repeat(16)));
    }

    #[test]
    fn identity_format_1_is_pinned() {
        let golden = r#"{
  "format": 1,
  "cluster_id": "abababababababababababababababab",
  "node_id": 3,
  "region": "us-east-1",
  "dev": true,
  "ca_certificate": "AQI=",
  "certificate": "Aw==",
  "key_wrapped": "BAUG"
}"#;
        assert_eq!(identity().to_text(), golden);
        let restored = Identity { incarnation: Incarnation::drawn([0xcd; 16]), ..identity() };
        let line = format!("\"node_id\": 3,\n  \"incarnation\": \"{}\",", "cd".repeat(16));
        assert_eq!(restored.to_text(), golden.replace("\"node_id\": 3,", &line));
    }

    #[test]
    fn a_damaged_identity_is_refused() {
        let good = identity().to_text();
        for (from, to) in
            [("\"format\": 1", "\"format\": 2"), ("ababab", "zzabab"), ("AQI=", "?"), ("}", ""), ("node_id", "n")]
        {
            let text = good.replacen(from, to, 1);
            assert_ne!(text, good);
            assert!(Identity::from_text(&text).is_none(), "{from} to {to}");
        }
    }
}

//! The keyring's file.

use std::path::PathBuf;

/// Where a keyring is kept and what it belongs to. One of another Region or cluster does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringFile {
    /// The file's path; its folder exists.
    pub path: PathBuf,
    /// The Region, e.g. `us-east-1`.
    pub region: String,
    /// The cluster's id.
    pub cluster_id: String,
}

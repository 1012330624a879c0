//! What can go wrong with a node, told to the operator who runs it.

use crypto::CryptoError;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a node does not start, is not born, or does not join.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The operating system refused something about a file.
    #[error("{action} {path}: {cause}", path = path.display())]
    File {
        /// Such as `cannot create`.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// Another process runs on this data folder.
    #[error("{path} belongs to another running node", path = path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// What lies in the data folder is not what a node leaves there.
    #[error("{path}: {reason}", path = path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The node's disk is damaged, or holds less than it once did.
    #[error("{0}")]
    Quarantine(String),
    /// A port cannot be taken.
    #[error("cannot listen on {address} for {what}: {cause}")]
    Listen {
        /// For whom.
        what: &'static str,
        /// Which.
        address: SocketAddr,
        /// The system's words.
        cause: std::io::Error,
    },
    /// The operator asks for what cannot be.
    #[error("{0}")]
    Refused(String),
    /// Cryptography refused.
    #[error("{doing}: {cause}")]
    Crypto {
        /// Such as `opening the seal`.
        doing: &'static str,
        /// Why.
        cause: CryptoError,
    },
    /// TLS refused.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Raft did not start.
    #[error(transparent)]
    Start(#[from] raft::StartError),
    /// Raft refused a change of the membership.
    #[error(transparent)]
    Manage(#[from] raft::ManageError),
    /// The cluster did not agree to a command.
    #[error(transparent)]
    Propose(#[from] replica::ProposeError),
    /// A peer could not be reached, or refused.
    #[error("{peer}: {reason}")]
    Peer {
        /// Its address.
        peer: String,
        /// What happened.
        reason: String,
    },
}

impl NodeError {
    /// For `map_err` after a file operation.
    pub(crate) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::File { action, path, cause }
    }

    /// What is wrong with the node's disk; `None` when something else is wrong.
    pub(crate) fn distrust(&self) -> Option<String> {
        match self {
            Self::Quarantine(what) | Self::Start(raft::StartError::Distrusted(what)) => Some(what.clone()),
            Self::Store(damaged @ store::StoreError::Damaged { .. }) => Some(damaged.to_string()),
            _ => None,
        }
    }

    /// Whether there was no room on the disk.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::File { cause, .. } => cause.kind() == std::io::ErrorKind::StorageFull,
            Self::Store(cause) => matches!(cause, store::StoreError::Full { .. }),
            _ => false,
        }
    }

    /// For `map_err` after cryptography.
    pub(crate) fn crypto(doing: &'static str) -> impl FnOnce(CryptoError) -> Self {
        move |cause| Self::Crypto { doing, cause }
    }

    /// A peer's failure.
    pub(crate) fn peer(peer: &str, reason: impl std::fmt::Display) -> Self {
        Self::Peer { peer: peer.to_owned(), reason: reason.to_string() }
    }
}

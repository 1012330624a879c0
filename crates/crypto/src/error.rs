//! Why a cryptographic operation gave no result. No variant says which check failed or carries any input.

/// Everything that can go wrong in this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The vault has no keyring yet, or the keyring has no epoch that may seal.
    #[error("the keyring is not open")]
    Locked,
    /// What a caller handed in does not open: a ciphertext blob, a pagination token. One answer for every cause:
    /// truncated, altered, another key, another version, another encryption context, another scope.
    #[error("the ciphertext does not open")]
    InvalidCiphertext,
    /// What the cluster itself stored does not open: sealed key material, a sealed access key, a sealed CA key. One
    /// answer for every cause, a retired epoch among them.
    #[error("a sealed record does not open")]
    Damaged,
    /// There is no keyring file at the given path. The node fetches it from its peers.
    #[error("there is no keyring file")]
    KeyringMissing,
    /// The keyring file, or a transferred keyring, does not open: altered, of another seal, cluster or Region, or not
    /// the version that was asked for.
    #[error("the keyring does not open")]
    KeyringDamaged,
    /// There is a keyring at the path already; nothing overwrites it with another one.
    #[error("a keyring exists already")]
    KeyringExists,
    /// The transferred keyring is older than the one that is open.
    #[error("the keyring is older than the one that is open")]
    KeyringStale,
    /// The seal may not or cannot be used; the reason is for the operator.
    #[error("the seal cannot be used: {reason}")]
    SealUnusable {
        /// What to mend.
        reason: &'static str,
    },
    /// A file could not be read or written.
    #[error("{what}: {kind}")]
    File {
        /// What was being done, without any path.
        what: &'static str,
        /// The operating system's answer.
        kind: std::io::ErrorKind,
    },
    /// An argument has no valid form: a key id that is no UUID, a request for a transfer or a certificate.
    #[error("the input is malformed")]
    Malformed,
}

impl CryptoError {
    /// The error of a file operation, for `map_err`.
    pub(crate) fn file(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::File { what, kind: error.kind() }
    }
}

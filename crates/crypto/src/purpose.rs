//! What a key is used for: one label per use, so that no ciphertext of one use ever opens in another.

/// A use of a key. The labels enter the key derivation and are on disk for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The material of a KMS key, sealed under a domain key.
    KeyMaterial,
    /// A secret access key, sealed under a domain key.
    AccessKey,
    /// The private key of the cluster's certificate authority, sealed under a domain key.
    AuthorityKey,
    /// A pagination token, sealed under a domain key.
    Token,
    /// A message that a KMS key encrypts.
    Message,
    /// A value that a service encrypts under a data key.
    Value,
    /// The keyring's content under the file's own key.
    KeyringFile,
    /// A small secret under a seal's key.
    Seal,
    /// The keyring's content on its way to a peer.
    Transfer,
}

impl Purpose {
    /// The label of the derivation.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::KeyMaterial => "lockstep/key-material/v1",
            Self::AccessKey => "lockstep/access-key/v1",
            Self::AuthorityKey => "lockstep/authority-key/v1",
            Self::Token => "lockstep/token/v1",
            Self::Message => "lockstep/message/v1",
            Self::Value => "lockstep/value/v1",
            Self::KeyringFile => "lockstep/keyring-file/v1",
            Self::Seal => "lockstep/seal/v1",
            Self::Transfer => "lockstep/transfer/v1",
        }
    }
}

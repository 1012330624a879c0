//! What verifying a signature needs to know of access keys, and how it signs without seeing a secret.

use crate::Caller;
use replica::View;

/// Finds access keys; `iam` answers it.
pub trait Credentials: Send + Sync + 'static {
    /// The access key of this id as of `view`. A `session_token` that does not belong to the key makes it
    /// [`Found::Unknown`].
    fn find(&self, view: &dyn View, access_key_id: &str, session_token: Option<&str>) -> Found;
}

/// What is known of an access key.
pub enum Found {
    /// Nothing.
    Unknown,
    /// It exists and is switched off.
    Inactive,
    /// It signs for a caller.
    Key {
        /// Whom it stands for.
        caller: Caller,
        /// Signs as the caller does.
        signer: Box<dyn Signer>,
    },
    /// A dev cluster does not know it and takes it without a signature.
    DevRoot {
        /// Whom it is taken for.
        caller: Caller,
    },
}

/// A handle that signs with a secret access key which stays in `crypto`.
pub trait Signer: Send {
    /// HMAC-SHA256 of `string_to_sign` under the signing key that SigV4 derives for `date` (`YYYYMMDD`), `region` and
    /// `service`.
    ///
    /// # Errors
    /// [`SignerUnavailable`] when the secret cannot be opened on this node.
    fn sign(
        &self,
        date: &str,
        region: &str,
        service: &str,
        string_to_sign: &[u8],
    ) -> Result<[u8; 32], SignerUnavailable>;
}

/// The secret cannot be opened: the node is sealed, or its keyring is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access key's secret cannot be opened on this node")]
pub struct SignerUnavailable;

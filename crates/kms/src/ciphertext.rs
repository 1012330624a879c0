//! Finding the key that a ciphertext was made with.

use crate::key_name::KeyPath;
use crate::{KmsError, tables};
use access::Denied;
use crypto::BlobHeader;
use replica::View;
use service::Call;

/// Reads what the blob says of itself.
pub(crate) fn header(blob: &[u8]) -> Result<BlobHeader, KmsError> {
    crypto::parse_blob(blob).ok_or(KmsError::InvalidCiphertext)
}

/// The key that the header names. An unknown key and one that the caller may not use get the same answer.
pub(crate) fn key_path(view: &dyn View, call: &Call, header: &BlobHeader) -> Result<KeyPath, KmsError> {
    let owner = tables::owner(view, &header.key_id).ok_or(KmsError::CiphertextKeyUnknown)?;
    Ok(KeyPath::new(&call.region, &owner, &header.key_id))
}

/// A denial about a key that only the ciphertext names: it must not tell whether there is such a key.
pub(crate) fn without_naming_the_key(error: KmsError) -> KmsError {
    match error {
        KmsError::Denied(Denied::Policy { .. }) | KmsError::KeyNotFound { .. } => KmsError::CiphertextKeyUnknown,
        error => error,
    }
}

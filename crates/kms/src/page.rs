//! Pages of a listing: where one starts, what is on it, and the marker of the next.
//!
//! A marker is the key of the next page's first row, sealed and bound to the listing and the account.

use crate::KmsError;
use crypto::{CryptoError, Vault};
use replica::{Key, Row, View};

/// A page of rows.
pub(crate) struct Page {
    /// What is on it.
    pub(crate) rows: Vec<Row>,
    /// Where the next one starts; `None` on the last page.
    pub(crate) next: Option<Vec<u8>>,
}

/// How many rows the page may hold.
pub(crate) fn limit(asked: Option<i32>, default: usize, max: usize) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0).unwrap_or(default).min(max)
}

/// Where the page starts: at the row that the marker names, or at the beginning.
pub(crate) fn start(vault: &Vault, scope: &[&str], marker: Option<&str>) -> Result<Vec<u8>, KmsError> {
    let Some(marker) = marker else { return Ok(Vec::new()) };
    vault.open_token(scope, marker).map_err(|error| match error {
        CryptoError::InvalidCiphertext => KmsError::InvalidMarker,
        error => error.into(),
    })
}

/// Up to `limit` rows with `prefix`, not below `from`.
pub(crate) fn read(view: &dyn View, prefix: &Key, from: &[u8], limit: usize) -> Page {
    let mut rows = view.scan(prefix.as_bytes(), from, limit + 1);
    let next = (rows.len() > limit).then(|| rows.pop().expect("longer than the limit").0);
    Page { rows, next }
}

/// The marker of the next page.
pub(crate) fn marker(vault: &Vault, scope: &[&str], next: Option<Vec<u8>>) -> Result<Option<String>, KmsError> {
    Ok(next.map(|next| vault.seal_token(scope, &next)).transpose()?)
}

//! Pages of listings: how many entries, and where the next page starts.

use crate::{Ssm, SsmError};
use crypto::CryptoError;

/// How many entries a page may have.
pub(crate) fn limit(asked: Option<i32>, max: usize) -> usize {
    let asked = asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0);
    asked.unwrap_or(max).min(max)
}

/// Where the page starts: at the row that the token names, or at the beginning. A token opens only for the listing that
/// gave it: `scope` is account, operation and whatever chooses the entries.
pub(crate) fn start(ssm: &Ssm, scope: &[&str], token: Option<&str>) -> Result<Vec<u8>, SsmError> {
    let Some(token) = token else { return Ok(Vec::new()) };
    ssm.vault.open_token(scope, token).map_err(|error| match error {
        CryptoError::InvalidCiphertext => SsmError::InvalidNextToken,
        error => error.into(),
    })
}

/// The token of the next page.
pub(crate) fn token(ssm: &Ssm, scope: &[&str], next: Option<Vec<u8>>) -> Result<Option<String>, SsmError> {
    Ok(next.map(|next| ssm.vault.seal_token(scope, &next)).transpose()?)
}

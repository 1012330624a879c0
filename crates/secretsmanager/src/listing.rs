//! Walking the secrets of an account in an order, page by page.
//!
//! A token is the row at which the next page starts, sealed and bound to the listing and the account.

use crate::SecretsError;
use crate::limits::{LIST_ROWS_EXAMINED_MAX, LIST_ROWS_PIECE};
use crate::tables::{self, Order, SecretRecord};
use crypto::{CryptoError, Vault};
use replica::{AccountId, View};

/// A page.
pub(crate) struct Page {
    pub(crate) secrets: Vec<SecretRecord>,
    /// Where the next one starts; `None` on the last page.
    pub(crate) next: Option<Vec<u8>>,
}

/// How many entries the page may hold.
pub(crate) fn limit(asked: Option<i32>, max: usize) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0).unwrap_or(max).min(max)
}

/// Where the page starts: at what the token says, or at the beginning.
pub(crate) fn start(vault: &Vault, scope: &[&str], token: Option<&str>) -> Result<Vec<u8>, SecretsError> {
    let Some(token) = token else { return Ok(Vec::new()) };
    vault.open_token(scope, token).map_err(|error| match error {
        CryptoError::InvalidCiphertext => SecretsError::InvalidNextToken,
        error => error.into(),
    })
}

/// The token of the next page.
pub(crate) fn token(vault: &Vault, scope: &[&str], next: Option<Vec<u8>>) -> Result<Option<String>, SecretsError> {
    Ok(next.map(|next| vault.seal_token(scope, &next)).transpose()?)
}

/// Up to `limit` secrets that `wanted` takes, from the row `from` on. It reads a bounded number of rows, so a page may be
/// short or empty and still not the last.
pub(crate) fn walk(
    view: &dyn View,
    account: &AccountId,
    order: Order,
    from: Vec<u8>,
    limit: usize,
    wanted: impl Fn(&SecretRecord) -> bool,
) -> Page {
    let prefix = order.rows(account);
    let (mut from, mut secrets, mut examined) = (from, Vec::new(), 0);
    while examined < LIST_ROWS_EXAMINED_MAX {
        let rows = view.scan(prefix.as_bytes(), &from, LIST_ROWS_PIECE);
        let full = rows.len() == LIST_ROWS_PIECE;
        for (row, _) in rows {
            if secrets.len() == limit {
                return Page { secrets, next: Some(row) };
            }
            examined += 1;
            let name = order.name_of_row(&row);
            let record = tables::secret(view, account, &name).expect("a row of an order stands for a secret");
            if wanted(&record) {
                secrets.push(record);
            }
            from = [row.as_slice(), &[0]].concat();
        }
        if !full {
            return Page { secrets, next: None };
        }
    }
    Page { secrets, next: Some(from) }
}

//! Walking the secrets of an account in an order, page by page.
//!
//! A token is the row at which the next page starts, sealed and bound to the listing and the account.

use crate::SecretsError;
use crate::filter::Filters;
use crate::limits::{LIST_BYTES_EXAMINED_MAX, LIST_ROWS_EXAMINED_MAX, LIST_ROWS_PIECE};
use crate::tables::{self, Order, SecretRecord};
use crypto::{CryptoError, Vault};
use replica::{AccountId, View};

/// A page.
pub(crate) struct Page {
    pub(crate) secrets: Vec<SecretRecord>,
    /// Where the next one starts; `None` on the last page.
    pub(crate) next: Option<Vec<u8>>,
}

/// What a listing is to hold.
pub(crate) struct Wanted {
    pub(crate) filters: Filters,
    /// Whether secrets that wait for their deletion are listed too.
    pub(crate) deleted: bool,
}

impl Wanted {
    fn takes(&self, record: &SecretRecord) -> bool {
        (self.deleted || record.deletion_due_at == 0) && self.filters.take(record)
    }
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

/// Up to `limit` secrets that are `wanted`, from the row `from` on. It looks at a bounded number of rows and bytes, so a page
/// may be short or empty and still not the last.
pub(crate) fn walk(
    view: &dyn View,
    account: &AccountId,
    order: Order,
    from: Vec<u8>,
    limit: usize,
    wanted: &Wanted,
) -> Page {
    let prefix = order.rows(account);
    let (mut from, mut secrets, mut rows_examined, mut bytes_examined) = (from, Vec::new(), 0, 0);
    while rows_examined < LIST_ROWS_EXAMINED_MAX {
        let rows = view.scan(prefix.as_bytes(), &from, LIST_ROWS_PIECE);
        let full = rows.len() == LIST_ROWS_PIECE;
        for (row, _) in rows {
            if secrets.len() == limit || bytes_examined >= LIST_BYTES_EXAMINED_MAX {
                return Page { secrets, next: Some(row) };
            }
            let name = order.name_of_row(&row);
            let record = tables::secret(view, account, &name).expect("a row of an order stands for a secret");
            rows_examined += 1;
            bytes_examined += wanted.filters.weigh(&record);
            if wanted.takes(&record) {
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

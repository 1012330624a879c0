//! ListSecrets: the secrets of the account that pass the filters, in pages.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>. When a secret was last read is
//! not kept; in the order of `last-accessed-date` secrets stand as they were created.

use crate::filter::Filters;
use crate::limits::LIST_PAGE_MAX;
use crate::listing::{self, Page};
use crate::secret_id::{arn_of, arn_of_record};
use crate::tables::Order;
use crate::{SecretsManager, secret};
use proto::secretsmanager::v1::{ListSecretsRequest, ListSecretsResponse, SortByType, SortOrderType};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: ListSecretsRequest,
) -> Result<ListSecretsResponse, Fault> {
    let filters = Filters::parse(&request.filters)?;
    let order = order(&request);
    let deleted = request.include_planned_deletion.unwrap_or_default();
    let (region, account) = (&call.region, &call.caller.account);
    let view = secrets.replica.read().await?;
    let any = arn_of(region, account, "*");
    let _permit = secrets.authorize(&*view, &call, "secretsmanager:ListSecrets", &any, &[])?;

    let (filtered, shown) = (Filters::scope(&request.filters), if deleted { "all" } else { "live" });
    let scope = ["secretsmanager", "ListSecrets", account.as_str(), order.label(), shown, filtered.as_str()];
    let from = listing::start(&secrets.vault, &scope, request.next_token.as_deref())?;
    let limit = listing::limit(request.max_results, LIST_PAGE_MAX);
    let wanted = |record: &_| filters.take(record) && (deleted || is_live(record));
    let Page { secrets: found, next } = listing::walk(&*view, account, order, from, limit, wanted);
    let entry = |record| secret::listed(&arn_of_record(region, account, &record), record);
    Ok(ListSecretsResponse {
        secret_list: found.into_iter().map(entry).collect(),
        next_token: listing::token(&secrets.vault, &scope, next)?,
    })
}

fn is_live(record: &crate::tables::SecretRecord) -> bool {
    record.deletion_due_at == 0
}

fn order(request: &ListSecretsRequest) -> Order {
    let down = request.sort_order == Some(SortOrderType::Desc.into());
    let by = request.sort_by.and_then(|by| SortByType::try_from(by).ok());
    match (by.unwrap_or(SortByType::CreatedDate), down) {
        (SortByType::Name, false) => Order::Name,
        (SortByType::Name, true) => Order::NameDown,
        (SortByType::LastChangedDate, false) => Order::Changed,
        (SortByType::LastChangedDate, true) => Order::ChangedDown,
        (SortByType::CreatedDate | SortByType::LastAccessedDate | SortByType::Unspecified, false) => Order::Created,
        (SortByType::CreatedDate | SortByType::LastAccessedDate | SortByType::Unspecified, true) => Order::CreatedDown,
    }
}

//! ListSecrets: the secrets of the account that pass the filters, in pages.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>. When a secret was last read is
//! not kept; in the order of `last-accessed-date` secrets stand as they were created.

use crate::filter::Filters;
use crate::limits::LIST_PAGE_MAX;
use crate::listing::{self, Page, Wanted};
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
    let wanted = Wanted { filters, deleted };
    let Page { secrets: found, next } = listing::walk(&*view, account, order, from, limit, &wanted);
    let entry = |record| secret::listed(&arn_of_record(region, account, &record), record);
    Ok(ListSecretsResponse {
        secret_list: found.into_iter().map(entry).collect(),
        next_token: listing::token(&secrets.vault, &scope, next)?,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{OTHER_ACCOUNT, TOKEN_2, World};
    use crate::operations::{delete_secret, get_secret_value};
    use proto::secretsmanager::v1::{DeleteSecretRequest, Filter, FilterNameStringType, GetSecretValueRequest};
    use replica::Timestamp;

    fn sorted(by: SortByType, order: SortOrderType) -> ListSecretsRequest {
        ListSecretsRequest { sort_by: Some(by.into()), sort_order: Some(order.into()), ..Default::default() }
    }

    fn names(answer: &ListSecretsResponse) -> String {
        answer.secret_list.iter().map(|entry| entry.name()).collect::<Vec<_>>().join(" ")
    }

    /// `b`, `a`, `c` in the order of their making; `b` was changed last.
    fn world() -> World {
        let world = World::new();
        for (n, name) in (1..).zip(["b", "a", "c"]) {
            world.set_time(Timestamp::from_millis(1_700_000_000_000 + n));
            world.create(name, "v");
        }
        world.set_time(Timestamp::from_millis(1_700_000_009_000));
        world.put("b", TOKEN_2, "w");
        world
    }

    #[test]
    fn secrets_are_listed_in_every_order_page_by_page() {
        let world = world();
        use SortByType as By;
        use SortOrderType::{Asc, Desc};
        let rows = [
            (ListSecretsRequest::default(), "b a c"),
            (sorted(By::CreatedDate, Asc), "b a c"),
            (sorted(By::CreatedDate, Desc), "c a b"),
            (sorted(By::LastAccessedDate, Asc), "b a c"),
            (sorted(By::LastChangedDate, Asc), "a c b"),
            (sorted(By::LastChangedDate, Desc), "b c a"),
            (sorted(By::Name, Asc), "a b c"),
            (sorted(By::Name, Desc), "c b a"),
        ];
        for (request, expected) in rows {
            assert_eq!(names(&world.run(run, request.clone()).expect("a page")), expected);
            let first = ListSecretsRequest { max_results: Some(2), ..request.clone() };
            let first = world.run(run, first).expect("a page");
            let rest = ListSecretsRequest { next_token: first.next_token.clone(), ..request };
            let rest = world.run(run, rest).expect("a page");
            assert_eq!((format!("{} {}", names(&first), names(&rest)).as_str(), rest.next_token), (expected, None));
        }
    }

    #[test]
    fn secrets_that_wait_for_their_deletion_are_listed_when_asked_for() {
        let world = world();
        let delete = DeleteSecretRequest { secret_id: Some("a".to_owned()), ..Default::default() };
        world.run(delete_secret::run, delete).expect("marked");
        assert_eq!(names(&world.run(run, ListSecretsRequest::default()).expect("a page")), "b c");
        let all = ListSecretsRequest { include_planned_deletion: Some(true), ..Default::default() };
        let all = world.run(run, all).expect("a page");
        assert_eq!(names(&all), "b a c");
        let deleted: Vec<bool> = all.secret_list.iter().map(|entry| entry.deleted_date.is_some()).collect();
        assert_eq!(deleted, [false, true, false]);
    }

    #[test]
    fn a_token_serves_its_own_listing_alone() {
        let world = world();
        let first = ListSecretsRequest { max_results: Some(1), ..Default::default() };
        let next_token = world.run(run, first).expect("a page").next_token;
        let with_token = |request| ListSecretsRequest { next_token: next_token.clone(), ..request };
        assert!(world.run(run, with_token(ListSecretsRequest::default())).is_ok());
        let filter = Filter { key: Some(FilterNameStringType::Name.into()), values: vec!["a".to_owned()] };
        let others = [
            sorted(SortByType::Name, SortOrderType::Asc),
            ListSecretsRequest { filters: vec![filter], ..Default::default() },
            ListSecretsRequest { include_planned_deletion: Some(true), ..Default::default() },
        ];
        for other in others {
            let fault = world.run(run, with_token(other)).expect_err("another listing");
            assert_eq!(fault.code, "InvalidNextTokenException");
        }
        let foreign = world.run_as(&world.call(OTHER_ACCOUNT), run, with_token(ListSecretsRequest::default()));
        assert_eq!(foreign.expect_err("another account").code, "InvalidNextTokenException");
    }

    fn filter(key: FilterNameStringType, value: &str) -> Filter {
        Filter { key: Some(key.into()), values: vec![value.to_owned()] }
    }

    /// Walks a listing of `records` to its end: how many pages that takes, and how many secrets it finds.
    fn walked(records: usize, description: &str, filters: &[Filter]) -> (usize, usize) {
        let world = World::new();
        let account = super::super::testing::ACCOUNT.parse().expect("an account");
        world.commit(|writes| {
            for n in 0..records {
                let (name, description) = (format!("n{n:04}"), description.to_owned());
                let record = crate::tables::SecretRecord { name, description, ..Default::default() };
                crate::tables::put_secret(writes, &account, None, &record);
            }
        });
        let (mut pages, mut found, mut next_token) = (0, 0, None);
        loop {
            let request = ListSecretsRequest { filters: filters.to_vec(), next_token, ..Default::default() };
            let answer = world.run(run, request).expect("a page");
            (pages, found, next_token) = (pages + 1, found + answer.secret_list.len(), answer.next_token);
            if next_token.is_none() {
                return (pages, found);
            }
        }
    }

    #[test]
    fn a_page_is_handed_out_short_rather_than_read_on() {
        use FilterNameStringType::{All, Name};
        let long = "b ".repeat(10_000);
        let (last, rare) = (filter(Name, "n0199"), filter(All, "c"));
        assert_eq!(walked(2_500, "", &[filter(Name, "n2499")]), (3, 1), "1,000 rows a page");
        assert_eq!(walked(200, &long, std::slice::from_ref(&last)), (2, 1), "105 rows have 2 MiB");
        assert_eq!(walked(200, &long, &vec![last; 10]), (19, 1), "for ten filters, 11 rows have");
        assert_eq!(walked(200, &long, &[rare]), (2, 0));
    }

    #[test]
    fn a_read_leaves_no_trace_in_the_tables() {
        let world = world();
        let before = world.tables();
        let read = GetSecretValueRequest { secret_id: Some("a".to_owned()), ..Default::default() };
        world.run(get_secret_value::run, read).expect("read");
        assert_eq!(world.tables(), before);
    }
}

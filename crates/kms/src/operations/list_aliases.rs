//! ListAliases: the aliases of the account, or of one key, in pages.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>

use crate::conditions::Conditions;
use crate::key::{Key, timestamp};
use crate::key_name::{AliasPath, KeyName, KeyPath};
use crate::limits::{LIST_ALIASES_PAGE_DEFAULT, LIST_ALIASES_PAGE_MAX};
use crate::page::{self, Page};
use crate::{Kms, KmsError, tables};
use proto::kms::v1::{AliasListEntry, ListAliasesRequest, ListAliasesResponse};
use replica::{Arn, View};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: ListAliasesRequest) -> Result<ListAliasesResponse, Fault> {
    let view = kms.replica.read().await?;
    let account = &call.caller.account;
    let any_key = Arn::new("kms", &call.region, account, "*");
    let _permit = kms.authorize(&*view, &call, "kms:ListAliases", &any_key, Conditions::of_call(&call))?;
    let key_id = key_filter(&*view, &call, request.key_id.as_deref())?;

    let scope = ["kms", "ListAliases", account.as_str(), key_id.as_deref().unwrap_or_default()];
    let limit = page::limit(request.limit, LIST_ALIASES_PAGE_DEFAULT, LIST_ALIASES_PAGE_MAX);
    let from = page::start(&kms.vault, &scope, request.marker.as_deref())?;
    let (prefix, name_of): (_, fn(&[u8]) -> String) = match &key_id {
        None => (tables::alias_rows(account), tables::alias_name_of_row),
        Some(key_id) => (tables::key_alias_rows(account, key_id), tables::alias_name_of_key_row),
    };
    let Page { rows, next } = page::read(&*view, &prefix, &from, limit);
    Ok(ListAliasesResponse {
        aliases: rows.iter().map(|(row, _)| entry(&*view, &call, &name_of(row))).collect(),
        truncated: Some(next.is_some()),
        next_marker: page::marker(&kms.vault, &scope, next)?,
    })
}

/// The id of the key that the request asks about. Only a key of the caller's own account can be asked about.
fn key_filter(view: &dyn View, call: &Call, key_id: Option<&str>) -> Result<Option<String>, KmsError> {
    let Some(key_id) = key_id else { return Ok(None) };
    let path = KeyPath::parse(key_id, call)?;
    let own = path.account == call.caller.account;
    match own.then(|| Key::find(view, &path)).flatten() {
        Some(key) => Ok(Some(key.record.key_id)),
        None => Err(KeyName::Key(path).not_found()),
    }
}

fn entry(view: &dyn View, call: &Call, name: &str) -> AliasListEntry {
    let path = AliasPath::new(&call.region, &call.caller.account, name);
    let record = tables::alias(view, &path.account, name).expect("a listed alias has its row");
    AliasListEntry {
        alias_name: Some(path.name),
        alias_arn: Some(path.arn.to_string()),
        target_key_id: Some(record.target_key_id),
        creation_date: Some(timestamp(record.created_at)),
        last_updated_date: Some(timestamp(record.updated_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{OTHER_ACCOUNT, World};

    fn names(answer: ListAliasesResponse) -> String {
        answer.aliases.into_iter().filter_map(|alias| alias.alias_name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn aliases_are_listed_of_the_account_and_of_a_key() {
        let world = World::new();
        let (key, managed) = (world.create_key(), world.describe("alias/aws/ssm").key_id);
        world.describe("alias/aws/acm");
        let list = |key_id, limit| world.run(run, ListAliasesRequest { key_id, limit, marker: None }).expect("a page");
        assert_eq!(names(list(None, None)), "alias/aws/acm alias/aws/ssm");
        assert_eq!(names(list(managed, None)), "alias/aws/ssm");
        assert_eq!(names(list(Some(key), None)), "");
        let first = list(None, Some(1));
        assert_eq!(first.truncated, Some(true));
        let request = ListAliasesRequest { marker: first.next_marker.clone(), ..ListAliasesRequest::default() };
        assert_eq!(names(first), "alias/aws/acm");
        assert_eq!(names(world.run(run, request).expect("a page")), "alias/aws/ssm");
    }

    #[test]
    fn the_aliases_of_a_key_come_in_full_pages_in_their_order() {
        let world = World::new();
        let [key, other] = [0; 2].map(|_| world.create_key());
        for name in ["c", "a", "e", "b", "d"] {
            world.create_alias(&format!("alias/{name}"), if ["a", "e"].contains(&name) { &other } else { &key });
        }
        let request = |limit, marker| ListAliasesRequest { key_id: Some(key.clone()), limit, marker };
        let first = world.run(run, request(Some(2), None)).expect("a page");
        assert_eq!((first.truncated, first.next_marker.is_some()), (Some(true), true));
        let marker = first.next_marker.clone();
        assert_eq!(names(first), "alias/b alias/c");
        let last = world.run(run, request(Some(2), marker.clone())).expect("a page");
        assert_eq!((last.truncated, last.next_marker.is_some()), (Some(false), false));
        assert_eq!(names(last), "alias/d");
        let whole = ListAliasesRequest { marker, ..ListAliasesRequest::default() };
        assert_eq!(world.run(run, whole).expect_err("another listing").code, "InvalidMarkerException");
    }

    #[test]
    fn an_unknown_key_and_a_foreign_one_are_not_found() {
        let world = World::new();
        let foreign = world.describe(&world.create_key()).arn;
        let stranger = world.call(OTHER_ACCOUNT);
        for key_id in [foreign, Some("1234abcd-12ab-34cd-56ef-1234567890ab".to_owned())] {
            let request = ListAliasesRequest { key_id, ..ListAliasesRequest::default() };
            let fault = world.run_as(&stranger, run, request).expect_err("not there");
            assert_eq!(fault.code, "NotFoundException");
        }
    }
}

//! ListAliases: the aliases of the account, or of one key, in pages.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>

use crate::conditions::Conditions;
use crate::key::{Key, timestamp};
use crate::key_name::{KeyName, KeyPath};
use crate::limits::{LIST_ALIASES_PAGE_DEFAULT, LIST_ALIASES_PAGE_MAX};
use crate::page::{self, Page};
use crate::tables::{self, AliasRecord};
use crate::{Kms, KmsError};
use prost::Message;
use proto::kms::v1::{AliasListEntry, ListAliasesRequest, ListAliasesResponse};
use replica::{Arn, Row, View};
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
    let Page { rows, next } = page::read(&*view, &tables::alias_rows(account), &from, limit);
    // A page of one key's aliases may be short or empty and still not the last.
    let entries = rows.iter().map(|row| entry(&call, row));
    let wanted = |entry: &AliasListEntry| key_id.is_none() || entry.target_key_id == key_id;
    Ok(ListAliasesResponse {
        aliases: entries.filter(wanted).collect(),
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

fn entry(call: &Call, (key, value): &Row) -> AliasListEntry {
    let name = tables::alias_name_of_row(key);
    let record = AliasRecord::decode(value.as_slice()).expect("a row of aliases is an alias");
    let arn = Arn::new("kms", &call.region, &call.caller.account, name.as_str());
    AliasListEntry {
        alias_name: Some(name),
        alias_arn: Some(arn.to_string()),
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

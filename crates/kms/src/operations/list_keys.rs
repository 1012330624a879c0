//! ListKeys: the keys of the account, AWS managed ones included, in pages.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>

use crate::conditions::Conditions;
use crate::key_name::KeyPath;
use crate::limits::{LIST_KEYS_PAGE_DEFAULT, LIST_KEYS_PAGE_MAX};
use crate::page::{self, Page};
use crate::{Kms, KmsError, tables};
use proto::kms::v1::{KeyListEntry, ListKeysRequest, ListKeysResponse, ResourceOwnerType};
use replica::{Arn, Row};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: ListKeysRequest) -> Result<ListKeysResponse, Fault> {
    if request.resource_owners.iter().any(|owner| *owner != ResourceOwnerType::Self_ as i32) {
        return Err(KmsError::Unsupported { what: "A ResourceOwner other than SELF" }.into());
    }
    let view = kms.replica.read().await?;
    let account = &call.caller.account;
    let any_key = Arn::new("kms", &call.region, account, "*");
    let _permit = kms.authorize(&*view, &call, "kms:ListKeys", &any_key, Conditions::of_call(&call))?;

    let scope = ["kms", "ListKeys", account.as_str()];
    let limit = page::limit(request.limit, LIST_KEYS_PAGE_DEFAULT, LIST_KEYS_PAGE_MAX);
    let from = page::start(&kms.vault, &scope, request.marker.as_deref())?;
    let Page { rows, next } = page::read(&*view, &tables::key_rows(account), &from, limit);
    Ok(ListKeysResponse {
        keys: rows.iter().map(|row| entry(&call, row)).collect(),
        truncated: Some(next.is_some()),
        next_marker: page::marker(&kms.vault, &scope, next)?,
    })
}

fn entry(call: &Call, (key, _): &Row) -> KeyListEntry {
    let key_id = tables::key_id_of_row(key);
    let path = KeyPath::new(&call.region, &call.caller.account, &key_id);
    KeyListEntry { key_id: Some(key_id), key_arn: Some(path.arn.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{OTHER_ACCOUNT, World};
    use std::collections::BTreeSet;

    fn page(world: &World, limit: Option<i32>, marker: Option<String>) -> Result<ListKeysResponse, Fault> {
        let request = ListKeysRequest { limit, marker, resource_owners: vec![] };
        world.run(run, request)
    }

    #[test]
    fn pages_hold_every_key_of_the_account_once() {
        let world = World::new();
        let made: BTreeSet<String> = (0..7).map(|_| world.create_key()).collect();
        let (mut listed, mut marker, mut sizes) = (Vec::new(), None, Vec::new());
        loop {
            let answer = page(&world, Some(3), marker).expect("a page");
            sizes.push(answer.keys.len());
            listed.extend(answer.keys.into_iter().filter_map(|key| key.key_id));
            assert_eq!(answer.truncated, Some(answer.next_marker.is_some()));
            marker = answer.next_marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [3, 3, 1]);
        assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), made);
        assert_eq!(page(&world, None, None).expect("a page").keys.len(), 7);
    }

    #[test]
    fn a_marker_serves_its_own_listing_alone() {
        let world = World::new();
        (0..3).for_each(|_| drop(world.create_key()));
        let marker = page(&world, Some(1), None).expect("a page").next_marker;
        assert!(page(&world, Some(1), marker.clone()).is_ok());
        let request = ListKeysRequest { limit: None, marker: marker.clone(), resource_owners: vec![] };
        let foreign = world.run_as(&world.call(OTHER_ACCOUNT), run, request).expect_err("foreign");
        let forged = page(&world, None, marker.map(|marker| marker.replace(['a', 'b', 'c', 'A', 'B', 'C'], "d")));
        for fault in [foreign, forged.expect_err("forged"), page(&world, None, Some("x".into())).expect_err("forged")] {
            assert_eq!(fault.code, "InvalidMarkerException");
        }
    }

    #[test]
    fn keys_of_other_accounts_are_not_listed() {
        let world = World::new();
        world.create_key();
        let answer = world.run_as(&world.call(OTHER_ACCOUNT), run, ListKeysRequest::default()).expect("a page");
        assert_eq!((answer.keys.len(), answer.truncated), (0, Some(false)));
        let shared = vec![ResourceOwnerType::OtherAccountsViaRam as i32];
        let fault = world.run(run, ListKeysRequest { resource_owners: shared, ..Default::default() });
        assert_eq!(fault.expect_err("unsupported").code, "UnsupportedOperationException");
    }
}

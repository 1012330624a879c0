//! ListResourceTags: the tags of a key, by tag key, in pages.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html>

use crate::limits::LIST_RESOURCE_TAGS_PAGE_MAX;
use crate::{Kms, page};
use proto::kms::v1::{ListResourceTagsRequest, ListResourceTagsResponse, Tag};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: ListResourceTagsRequest,
) -> Result<ListResourceTagsResponse, Fault> {
    let view = kms.replica.read().await?;
    let key = kms.readable_key(&*view, &call, "kms:ListResourceTags", request.key_id.as_deref())?;
    let scope = ["kms", "ListResourceTags", key.account.as_str(), &key.record.key_id];
    let limit = page::limit(request.limit, LIST_RESOURCE_TAGS_PAGE_MAX, LIST_RESOURCE_TAGS_PAGE_MAX);
    let from = page::start(&kms.vault, &scope, request.marker.as_deref())?;

    let mut tags = key.record.tags;
    tags.retain(|tag| tag.key.as_bytes() >= from.as_slice());
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    let next = tags.get(limit).map(|tag| tag.key.clone().into_bytes());
    tags.truncate(limit);
    Ok(ListResourceTagsResponse {
        tags: tags.into_iter().map(|tag| Tag { tag_key: Some(tag.key), tag_value: Some(tag.value) }).collect(),
        truncated: Some(next.is_some()),
        next_marker: page::marker(&kms.vault, &scope, next)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::expect;

    fn request(key_id: &str, limit: Option<i32>, marker: Option<String>) -> ListResourceTagsRequest {
        ListResourceTagsRequest { key_id: Some(key_id.to_owned()), limit, marker }
    }

    #[test]
    fn pages_hold_every_tag_once_in_their_order() {
        let world = World::new();
        let key = world.create_key();
        world.tag(&key, &["c", "a", "b"]);
        expect![[r#"
            {
              "Tags": [
                {
                  "TagKey": "a",
                  "TagValue": ""
                },
                {
                  "TagKey": "b",
                  "TagValue": ""
                },
                {
                  "TagKey": "c",
                  "TagValue": ""
                }
              ],
              "Truncated": false
            }"#]]
        .assert_eq(&world.answer(run, request(&key, None, None)));
        let first = world.run(run, request(&key, Some(2), None)).expect("a page");
        assert_eq!((first.tags.len(), first.truncated), (2, Some(true)));
        let last = world.run(run, request(&key, Some(2), first.next_marker.clone())).expect("a page");
        assert_eq!((last.tags[0].tag_key.as_deref(), last.tags.len(), last.next_marker), (Some("c"), 1, None));
        let fault = world.run(run, request(&world.create_key(), None, first.next_marker)).expect_err("another key");
        assert_eq!(fault.code, "InvalidMarkerException");
    }

    #[test]
    fn the_tags_of_an_aws_managed_key_are_readable_and_none() {
        let world = World::new();
        let managed = world.describe("alias/aws/ssm").key_id.expect("named");
        assert_eq!(world.tags_of(&managed), "");
        expect!["NotFoundException: Invalid keyId 'alias/aws/ssm'"]
            .assert_eq(&world.answer(run, request("alias/aws/ssm", None, None)));
    }
}

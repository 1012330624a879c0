//! TagResource: adds tags to a key, and gives those that it has another value.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html>

use crate::limits::TAGS_MAX;
use crate::refused::Refused;
use crate::tables::state::{TagResourceCommand, TagResourceReply};
use crate::{Kms, key_state, tables, tags};
use proto::kms::v1::{TagResourceRequest, TagResourceResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: TagResourceRequest) -> Result<TagResourceResponse, Fault> {
    let tags = tags::parse(request.tags)?;
    let (key, permit) = kms
        .permitted_change(&call, "kms:TagResource", request.key_id.as_deref(), |conditions| {
            conditions.request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
        })
        .await?;
    let command = TagResourceCommand { account: key.account.to_string(), key_id: key.record.key_id, tags };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(TagResourceResponse {})
}

impl Command for TagResourceCommand {
    const KIND: u32 = kind::KMS + 11;
    type Reply = TagResourceReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<TagResourceReply> {
        let (account, mut record) = match key_state::kept(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        for tag in self.tags {
            match record.tags.iter_mut().find(|had| had.key == tag.key) {
                Some(had) => had.value = tag.value,
                None => record.tags.push(tag),
            }
        }
        if record.tags.len() > TAGS_MAX {
            return Applied::refused(Refused::TooManyTags);
        }
        let mut writes = Writes::new();
        tables::put_key(&mut writes, &account, &record);
        Applied::reply(writes, TagResourceReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};
    use proto::kms::v1::Tag;

    fn request(key_id: &str, tags: &[(&str, &str)]) -> TagResourceRequest {
        let tag = |(key, value): &(&str, &str)| Tag {
            tag_key: Some((*key).to_owned()),
            tag_value: Some((*value).to_owned()),
        };
        TagResourceRequest { key_id: Some(key_id.to_owned()), tags: tags.iter().map(tag).collect() }
    }

    fn check(world: &World, request: TagResourceRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn tags_are_added_and_edited() {
        let world = World::new();
        let key = world.create_key();
        check(&world, request(&key, &[("b", "1"), ("a", "")]), expect!["{}"]);
        check(&world, request(&key, &[("b", "2"), ("B", "3")]), expect!["{}"]);
        assert_eq!(world.tags_of(&key), "B=3 a= b=2");
    }

    #[test]
    fn a_key_has_fifty_tags() {
        let world = World::new();
        let key = world.create_key();
        let names: Vec<String> = (0..TAGS_MAX).map(|n| format!("t{n}")).collect();
        let tags: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        check(&world, request(&key, &tags), expect!["{}"]);
        check(&world, request(&key, &[("t0", "edited")]), expect!["{}"]);
        check(&world, request(&key, &[("one more", "")]), expect!["TagException: Too many tags"]);
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        check(&world, request(&key, &[("aws:x", "1")]), expect!["TagException: Tags beginning with aws: are reserved"]);
        check(&world, request(&key, &[("a", "1"), ("a", "2")]), expect!["TagException: Duplicate tag keys"]);
        check(
            &world,
            request(&world.describe("alias/aws/ssm").key_id.expect("named"), &[("a", "1")]),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:TagResource on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:TagResource action"
            ],
        );
        assert_eq!(world.tags_of(&key), "");
    }

    #[test]
    fn the_command_is_pinned() {
        let tags = vec![crate::tables::state::Tag { key: "t".to_owned(), value: "v".to_owned() }];
        let command = TagResourceCommand { account: "a".to_owned(), key_id: "k".to_owned(), tags };
        expect!["0a016112016b1a060a0174120176"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

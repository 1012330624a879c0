//! UntagResource: takes tags off a key. Those that it does not have are no error.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html>

use crate::tables::state::{UntagResourceCommand, UntagResourceReply};
use crate::{Kms, key_state, tables, tags};
use proto::kms::v1::{UntagResourceRequest, UntagResourceResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: UntagResourceRequest,
) -> Result<UntagResourceResponse, Fault> {
    let tag_keys = request.tag_keys;
    tag_keys.iter().try_for_each(|key| tags::check_reserved(key))?;
    let (key, permit) = kms
        .permitted_change(&call, "kms:UntagResource", request.key_id.as_deref(), |conditions| {
            conditions.tag_keys(&tag_keys)
        })
        .await?;
    let command = UntagResourceCommand { account: key.account.to_string(), key_id: key.record.key_id, tag_keys };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(UntagResourceResponse {})
}

impl Command for UntagResourceCommand {
    const KIND: u32 = kind::KMS + 12;
    type Reply = UntagResourceReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<UntagResourceReply> {
        let (account, mut record) = match key_state::kept(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        record.tags.retain(|tag| !self.tag_keys.contains(&tag.key));
        let mut writes = Writes::new();
        tables::put_key(&mut writes, &account, &record);
        Applied::reply(writes, UntagResourceReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn request(key_id: &str, keys: &[&str]) -> UntagResourceRequest {
        let tag_keys = keys.iter().map(|key| (*key).to_owned()).collect();
        UntagResourceRequest { key_id: Some(key_id.to_owned()), tag_keys }
    }

    fn check(world: &World, request: UntagResourceRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn named_tags_go_and_the_others_stay() {
        let world = World::new();
        let key = world.create_key();
        world.tag(&key, &["a", "b", "c"]);
        check(&world, request(&key, &["a", "c", "never there", "B"]), expect!["{}"]);
        assert_eq!(world.tags_of(&key), "b=");
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            request(&world.create_key(), &["aws:x"]),
            expect!["TagException: Tags beginning with aws: are reserved"],
        );
        check(
            &world,
            request(&world.describe("alias/aws/ssm").key_id.expect("named"), &["a"]),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:UntagResource on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:UntagResource action"
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command =
            UntagResourceCommand { account: "a".to_owned(), key_id: "k".to_owned(), tag_keys: vec!["t".to_owned()] };
        expect!["0a016112016b1a0174"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

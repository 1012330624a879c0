//! TagResource: gives a secret tags; one whose key it has already gets the new value.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use crate::limits::TAGS_MAX;
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::tables::SecretRecord;
use crate::tables::state::{TagSecretCommand, TagSecretReply};
use crate::{SecretsManager, tables, tags};
use proto::secretsmanager::v1::{TagResourceRequest, TagResourceResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: TagResourceRequest,
) -> Result<TagResourceResponse, Fault> {
    let tags = tags::parse(request.tags)?;
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let own = tags::conditions(&tags);
    let find = |view: &dyn View| secrets.permitted(view, &call, "secretsmanager:TagResource", &id, &own)?.live();
    let command = |record: &SecretRecord| TagSecretCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
        tags: tags.clone(),
    };
    secrets.change(&call, find, command).await?;
    Ok(TagResourceResponse {})
}

impl Command for TagSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 7;
    type Reply = TagSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<TagSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut changed = record.clone();
        for new in self.tags {
            match changed.tags.iter_mut().find(|tag| tag.key == new.key) {
                Some(tag) => tag.value = new.value,
                None => changed.tags.push(new),
            }
        }
        if changed.tags.len() > TAGS_MAX {
            return Applied::refused(Refused::TagLimit);
        }
        let mut writes = Writes::new();
        if changed.tags != record.tags {
            changed.changed_at = at.as_millis();
            tables::put_secret(&mut writes, &account, Some(&record), &changed);
        }
        Applied::reply(writes, TagSecretReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use crate::operations::untag_resource;
    use expect_test::expect;
    use proto::secretsmanager::v1::{Tag, UntagResourceRequest};

    fn tag(world: &World, tags: &[(&str, &str)]) -> Result<TagResourceResponse, Fault> {
        let tag = |(key, value): &(&str, &str)| Tag { key: Some((*key).into()), value: Some((*value).into()) };
        let request = TagResourceRequest { secret_id: Some("a".to_owned()), tags: tags.iter().map(tag).collect() };
        world.run(run, request)
    }

    fn untag(world: &World, keys: &[&str]) -> Result<proto::secretsmanager::v1::UntagResourceResponse, Fault> {
        let tag_keys = keys.iter().map(|key| (*key).to_owned()).collect();
        world.run(untag_resource::run, UntagResourceRequest { secret_id: Some("a".to_owned()), tag_keys })
    }

    fn tags(world: &World) -> String {
        let tags = world.record("a").expect("there").tags;
        tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tags_are_added_replaced_and_taken_away() {
        let world = World::new();
        world.create("a", "1");
        tag(&world, &[("k", "1"), ("l", "2")]).expect("tagged");
        tag(&world, &[("k", "3"), ("m", "")]).expect("tagged");
        assert_eq!(tags(&world), "k=3 l=2 m=");
        untag(&world, &["l", "nobody"]).expect("untagged");
        assert_eq!(tags(&world), "k=3 m=");
    }

    #[test]
    fn a_secret_has_fifty_tags_at_most() {
        let world = World::new();
        world.create("a", "1");
        let keys: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        let fifty: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "")).collect();
        tag(&world, &fifty).expect("tagged");
        tag(&world, &[("7", "again")]).expect("no new key");
        assert_eq!(tag(&world, &[("x", "")]).expect_err("one too many").code, "InvalidParameterException");
        assert_eq!(tag(&world, &[("aws:x", "")]).expect_err("AWS's own").code, "InvalidParameterException");
    }

    #[test]
    fn the_command_is_pinned() {
        let tags = vec![crate::tables::state::Tag { key: "k".to_owned(), value: "v".to_owned() }];
        let (account, name, suffix) = ("a".to_owned(), "n".to_owned(), "s".to_owned());
        let command = TagSecretCommand { account, name, suffix, tags };
        expect!["0a016112016e1a017322060a016b120176"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

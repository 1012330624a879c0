//! RemoveTagsFromResource: takes tags off a parameter. Keys that it does not have are passed over.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html>

use crate::refused::Refused;
use crate::tables::state::{RemoveTagsCommand, TagsReply};
use crate::{Ssm, SsmError, tables, tags};
use proto::ssm::v1::{RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: RemoveTagsFromResourceRequest,
) -> Result<RemoveTagsFromResourceResponse, Fault> {
    let name = tags::resource(request.resource_type, request.resource_id.as_deref())?;
    let arn = name.arn(&call.region, &call.caller.account);
    let own: Vec<_> = tags::keys_condition(request.tag_keys.iter()).into_iter().collect();
    let permit =
        service::decide(&*ssm.replica, |view| ssm.authorize(view, &call, "ssm:RemoveTagsFromResource", &arn, &own))
            .await?;
    let command = RemoveTagsCommand {
        account: call.caller.account.to_string(),
        name: name.as_str().to_owned(),
        keys: request.tag_keys,
    };
    let result = ssm.propose(call.attempt, permit, command).await?;
    match result {
        Ok(TagsReply {}) => Ok(RemoveTagsFromResourceResponse {}),
        Err(refusal) => Err(match Refused::known(&refusal)? {
            Refused::ParameterNotFound => SsmError::InvalidResourceId,
            refused => refused.error(name.as_str(), 0),
        }
        .into()),
    }
}

impl Command for RemoveTagsCommand {
    const KIND: u32 = kind::SSM + 5;
    type Reply = TagsReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<TagsReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let Some(mut parameter) = tables::parameter(view, &account, &self.name) else {
            return Applied::refused(Refused::ParameterNotFound);
        };
        parameter.tags.retain(|tag| !self.keys.contains(&tag.key));
        let mut writes = Writes::new();
        writes.put_message(tables::parameter_row(&account, &parameter.name), &parameter);
        Applied::reply(writes, TagsReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::put_parameter;
    use crate::operations::testing::{ACCOUNT, World, put_request};
    use expect_test::expect;
    use proto::ssm::v1::{ParameterType, PutParameterRequest, ResourceTypeForTagging};

    fn request(name: &str, keys: &[&str]) -> RemoveTagsFromResourceRequest {
        RemoveTagsFromResourceRequest {
            resource_type: Some(ResourceTypeForTagging::Parameter.into()),
            resource_id: Some(name.to_owned()),
            tag_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn tags_are_removed_by_their_keys() {
        let world = World::new();
        let tag = |key: &str| proto::ssm::v1::Tag { key: Some(key.to_owned()), value: Some("v".to_owned()) };
        let tags = ["a", "b", "c"].map(tag).to_vec();
        let put = PutParameterRequest { tags, ..put_request("/a", ParameterType::String, "x") };
        world.run(put_parameter::run, put).expect("made");
        world.run(run, request("a", &["c", "nobody", "a"])).expect("removed");
        let account = ACCOUNT.parse().expect("an account");
        let left = tables::parameter(&world.tables(), &account, "/a").expect("there").tags;
        assert_eq!(left.into_iter().map(|tag| tag.key).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let world = World::new();
        for name in ["/nobody", "a b", "/a:1"] {
            let fault = world.run(run, request(name, &["k"])).expect_err("refused");
            assert_eq!((fault.code, fault.message.as_str()), ("InvalidResourceId", ""), "{name}");
        }
        let document = Some(ResourceTypeForTagging::Document.into());
        let other = RemoveTagsFromResourceRequest { resource_type: document, ..request("/a", &["k"]) };
        assert_eq!(world.run(run, other).expect_err("refused").code, "InvalidResourceType");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = RemoveTagsCommand { account: "a".to_owned(), name: "n".to_owned(), keys: vec!["k".to_owned()] };
        expect!["0a016112016e1a016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

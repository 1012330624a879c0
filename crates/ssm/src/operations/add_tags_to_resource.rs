//! AddTagsToResource: sets tags of a parameter. A key that it has gets the new value.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html>

use crate::limits::TAGS_MAX;
use crate::refused::Refused;
use crate::tables::state::{AddTagsCommand, TagsReply};
use crate::{Ssm, SsmError, tables, tags};
use proto::ssm::v1::{AddTagsToResourceRequest, AddTagsToResourceResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: AddTagsToResourceRequest,
) -> Result<AddTagsToResourceResponse, Fault> {
    let name = tags::resource(request.resource_type, request.resource_id.as_deref())?;
    let tags = tags::parse(request.tags)?;
    let (arn, own) = (name.arn(&call.region, &call.caller.account), tags::conditions(&tags));
    let permit =
        service::decide(&*ssm.replica, |view| ssm.authorize(view, &call, "ssm:AddTagsToResource", &arn, &own)).await?;
    let command = AddTagsCommand { account: call.caller.account.to_string(), name: name.as_str().to_owned(), tags };
    let result = ssm.propose(call.attempt, permit, command).await?;
    match result {
        Ok(TagsReply {}) => Ok(AddTagsToResourceResponse {}),
        Err(refusal) => Err(match Refused::known(&refusal)? {
            Refused::ParameterNotFound => SsmError::InvalidResourceId,
            refused => refused.error(name.as_str(), 0),
        }
        .into()),
    }
}

impl Command for AddTagsCommand {
    const KIND: u32 = kind::SSM + 4;
    type Reply = TagsReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<TagsReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let Some(mut parameter) = tables::parameter(view, &account, &self.name) else {
            return Applied::refused(Refused::ParameterNotFound);
        };
        for tag in self.tags {
            match parameter.tags.iter_mut().find(|own| own.key == tag.key) {
                Some(own) => own.value = tag.value,
                None => parameter.tags.push(tag),
            }
        }
        if parameter.tags.len() > TAGS_MAX {
            return Applied::refused(Refused::TagLimit);
        }
        let mut writes = Writes::new();
        writes.put_message(tables::parameter_row(&account, &parameter.name), &parameter);
        Applied::reply(writes, TagsReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::list_tags_for_resource;
    use crate::operations::testing::World;
    use crate::tables::state::Tag;
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{ListTagsForResourceRequest, ParameterType, ResourceTypeForTagging};

    fn request(name: &str, tags: &[(&str, &str)]) -> AddTagsToResourceRequest {
        let tag = |(key, value): &(&str, &str)| proto::ssm::v1::Tag {
            key: Some((*key).to_owned()),
            value: Some((*value).to_owned()),
        };
        AddTagsToResourceRequest {
            resource_type: Some(ResourceTypeForTagging::Parameter.into()),
            resource_id: Some(name.to_owned()),
            tags: tags.iter().map(tag).collect(),
        }
    }

    fn listed(world: &World, name: &str) -> String {
        let request = ListTagsForResourceRequest {
            resource_type: Some(ResourceTypeForTagging::Parameter.into()),
            resource_id: Some(name.to_owned()),
        };
        let tags = world.run(list_tags_for_resource::run, request).expect("listed").tag_list;
        tags.iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tags_are_added_and_changed() {
        let world = World::new();
        world.put("/a", ParameterType::String, "x");
        assert_eq!(listed(&world, "/a"), "");
        world.run(run, request("a", &[("team", "core"), ("env", "dev")])).expect("added");
        world.run(run, request("/a", &[("env", "prod"), ("cost", "")])).expect("changed");
        assert_eq!(listed(&world, "a"), "team=core env=prod cost=");
        world.put("/a", ParameterType::String, "y");
        assert_eq!(listed(&world, "/a"), "team=core env=prod cost=", "a new version leaves them");
    }

    #[test]
    fn refusals_are_awss_and_change_nothing() {
        let world = World::new();
        world.put("/a", ParameterType::String, "x");
        let many: Vec<String> = (0..49).map(|n| n.to_string()).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "v")).collect();
        world.run(run, request("/a", &many)).expect("there is room for one more");
        let before = listed(&world, "/a");
        let check = |request, expected: Expect| {
            expected.assert_eq(&world.answer(run, request));
            assert_eq!(listed(&world, "/a"), before);
        };
        check(request("/nobody", &[("k", "v")]), expect!["InvalidResourceId: "]);
        check(request("a b", &[("k", "v")]), expect!["InvalidResourceId: "]);
        check(
            request("/a", &[("x", "v"), ("y", "v")]),
            expect!["TooManyTagsError: The number of tags exceeds the maximum of 50."],
        );
        check(
            request("/a", &[("aws:x", "v")]),
            expect!["ValidationException: Tag keys can't begin with aws:, which is reserved."],
        );
        let document = Some(ResourceTypeForTagging::Document.into());
        check(
            AddTagsToResourceRequest { resource_type: document, ..request("/a", &[("k", "v")]) },
            expect!["InvalidResourceType: "],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let tags = vec![Tag { key: "k".to_owned(), value: "v".to_owned() }];
        let command = AddTagsCommand { account: "a".to_owned(), name: "n".to_owned(), tags };
        expect!["0a016112016e1a060a016b120176"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

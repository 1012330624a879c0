//! ListTagsForResource: the tags of a parameter.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html>

use crate::{Ssm, SsmError, tables, tags};
use proto::ssm::v1::{ListTagsForResourceRequest, ListTagsForResourceResponse, Tag};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, Fault> {
    let name = tags::resource(request.resource_type, request.resource_id.as_deref())?;
    let account = &call.caller.account;
    let view = ssm.replica.read().await?;
    let arn = name.arn(&call.region, account);
    let _permit = ssm.authorize(&*view, &call, "ssm:ListTagsForResource", &arn, &[])?;
    let parameter = tables::parameter(&*view, account, name.as_str()).ok_or(SsmError::InvalidResourceId)?;
    let public = |tag: tables::state::Tag| Tag { key: Some(tag.key), value: Some(tag.value) };
    Ok(ListTagsForResourceResponse { tag_list: parameter.tags.into_iter().map(public).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::put_parameter;
    use crate::operations::testing::{World, put_request};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{ParameterType, PutParameterRequest, ResourceTypeForTagging};

    fn check(world: &World, r#type: ResourceTypeForTagging, name: &str, expected: Expect) {
        let request =
            ListTagsForResourceRequest { resource_type: Some(r#type.into()), resource_id: Some(name.to_owned()) };
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn tags_that_a_parameter_was_made_with_are_listed_and_nothing_else_is_tagged() {
        let world = World::new();
        let tag = |key: &str| Tag { key: Some(key.to_owned()), value: Some("v".to_owned()) };
        let put =
            PutParameterRequest { tags: vec![tag("b"), tag("a")], ..put_request("/a", ParameterType::String, "x") };
        world.run(put_parameter::run, put).expect("made");
        check(
            &world,
            ResourceTypeForTagging::Parameter,
            "a",
            expect![[r#"
            {
              "TagList": [
                {
                  "Key": "b",
                  "Value": "v"
                },
                {
                  "Key": "a",
                  "Value": "v"
                }
              ]
            }"#]],
        );
        check(&world, ResourceTypeForTagging::Parameter, "/nobody", expect!["InvalidResourceId: "]);
        check(&world, ResourceTypeForTagging::OpsItem, "/a", expect!["InvalidResourceType: "]);
    }
}

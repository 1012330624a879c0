//! DescribeParameters: the account's parameters without their values, by filters, in pages.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html>. Nothing is shared with
//! anyone here, so a request for what is shared gets an empty answer.

use crate::filter::Filters;
use crate::limits::PAGE_MAX;
use crate::parameter::{public_type, public_version, timestamp};
use crate::parameter_name::arn_of;
use crate::tables::{ParameterRecord, ParameterType};
use crate::walk::{Walked, walk};
use crate::{Ssm, page, tier};
use proto::ssm::v1::{DescribeParametersRequest, DescribeParametersResponse, ParameterMetadata};
use replica::Arn;
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: DescribeParametersRequest,
) -> Result<DescribeParametersResponse, Fault> {
    let filters = Filters::of_description(&request.filters, &request.parameter_filters)?;
    let (region, account) = (&call.region, &call.caller.account);
    let view = ssm.replica.read().await?;
    let any = Arn::new("ssm", region, account, "*");
    let _permit = ssm.authorize(&*view, &call, "ssm:DescribeParameters", &any, &[])?;
    let scope = ["ssm", "DescribeParameters", account.as_str(), filters.as_str()];
    let from = page::start(&ssm, &scope, request.next_token.as_deref())?;
    if request.shared.unwrap_or_default() {
        return Ok(DescribeParametersResponse::default());
    }
    let limit = page::limit(request.max_results, PAGE_MAX);
    let spans = filters.spans(account);
    let Walked { parameters, next } = walk(&*view, account, &spans, from, limit, |record| filters.take(record));
    let described = |parameter: ParameterRecord| {
        let arn = arn_of(region, account, &parameter.name);
        described(parameter, &arn)
    };
    Ok(DescribeParametersResponse {
        parameters: parameters.into_iter().map(described).collect(),
        next_token: page::token(&ssm, &scope, next)?,
    })
}

fn described(parameter: ParameterRecord, arn: &Arn) -> ParameterMetadata {
    let version = parameter.newest.expect("a parameter has a newest version");
    let kept = |text: String| Some(text).filter(|text| !text.is_empty());
    ParameterMetadata {
        name: Some(parameter.name),
        arn: Some(arn.to_string()),
        r#type: Some(public_type(version.r#type()).into()),
        key_id: Some(version.key_id.clone()).filter(|_| version.r#type() == ParameterType::SecureString),
        last_modified_date: Some(timestamp(version.modified_at)),
        last_modified_user: kept(version.modified_by),
        description: kept(version.description),
        allowed_pattern: kept(version.allowed_pattern),
        version: Some(public_version(version.version)),
        tier: Some(tier::public(version.advanced).into()),
        policies: Vec::new(),
        data_type: Some(version.data_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::put_parameter;
    use crate::operations::testing::{OTHER_ACCOUNT, World, put_request};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{
        ParameterStringFilter, ParameterTier, ParameterType as Public, ParametersFilter, ParametersFilterKey,
        PutParameterRequest, Tag,
    };

    fn filtered(key: &str, option: Option<&str>, values: &[&str]) -> DescribeParametersRequest {
        let filter = ParameterStringFilter {
            key: Some(key.to_owned()),
            option: option.map(str::to_owned),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        DescribeParametersRequest { parameter_filters: vec![filter], ..DescribeParametersRequest::default() }
    }

    /// All pages of a listing, and how many they were.
    fn all(world: &World, request: &DescribeParametersRequest) -> (String, usize) {
        let (mut names, mut next_token, mut pages) = (Vec::new(), None, 0);
        loop {
            let answer = world.run(run, DescribeParametersRequest { next_token, ..request.clone() }).expect("a page");
            pages += 1;
            names.extend(answer.parameters.into_iter().map(|parameter| parameter.name.expect("named")));
            next_token = answer.next_token;
            if next_token.is_none() {
                return (names.join(" "), pages);
            }
        }
    }

    fn world() -> World {
        let world = World::new();
        for name in ["x", "/app/a", "/app/b", "/app/deep/c", "/zoo"] {
            world.put(name, Public::String, "v");
        }
        let secret = PutParameterRequest {
            description: Some("the password".to_owned()),
            allowed_pattern: Some(".*".to_owned()),
            tier: Some(ParameterTier::Advanced.into()),
            tags: vec![Tag { key: Some("team".to_owned()), value: Some("core".to_owned()) }],
            ..put_request("/app/secret", Public::SecureString, "canary")
        };
        world.run(put_parameter::run, secret).expect("put");
        world
    }

    #[test]
    fn a_parameter_is_described_without_its_value() {
        let request = filtered("Name", None, &["app/secret"]);
        let answer = world().answer(run, request);
        assert!(!answer.contains("canary"));
        expect![[r#"
            {
              "Parameters": [
                {
                  "Name": "/app/secret",
                  "ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/app/secret",
                  "Type": "SecureString",
                  "KeyId": "alias/aws/ssm",
                  "LastModifiedDate": 1700000000.123,
                  "LastModifiedUser": "arn:aws:iam::111122223333:root",
                  "Description": "the password",
                  "AllowedPattern": ".*",
                  "Version": 1,
                  "Tier": "Advanced",
                  "Policies": [],
                  "DataType": "text"
                }
              ]
            }"#]]
        .assert_eq(&answer);
        let plain = world().answer(run, filtered("Name", None, &["x"]));
        expect![[r#"
            {
              "Parameters": [
                {
                  "Name": "x",
                  "ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/x",
                  "Type": "String",
                  "LastModifiedDate": 1700000000.123,
                  "LastModifiedUser": "arn:aws:iam::111122223333:root",
                  "Version": 1,
                  "Tier": "Standard",
                  "Policies": [],
                  "DataType": "text"
                }
              ]
            }"#]]
        .assert_eq(&plain);
    }

    #[test]
    fn filters_choose_and_pages_hold_every_parameter_once() {
        let world = world();
        let everything = "/app/a /app/b /app/deep/c /app/secret x /zoo";
        for (request, expected) in [
            (DescribeParametersRequest::default(), everything),
            (filtered("Path", Some("Recursive"), &["/app"]), "/app/a /app/b /app/deep/c /app/secret"),
            (filtered("Path", None, &["/app"]), "/app/a /app/b /app/secret"),
            (filtered("Path", None, &["/app", "/app/deep"]), "/app/a /app/b /app/deep/c /app/secret"),
            (filtered("Path", None, &["/"]), "x /zoo"),
            (filtered("Name", None, &["zoo", "/x", "/nobody"]), "x /zoo"),
            (filtered("Name", Some("BeginsWith"), &["/app/d", "/z"]), "/app/deep/c /zoo"),
            (filtered("Name", Some("Contains"), &["/a"]), "/app/a /app/b /app/deep/c /app/secret"),
            (filtered("Tier", None, &["Advanced"]), "/app/secret"),
            (filtered("Type", None, &["SecureString"]), "/app/secret"),
            (filtered("KeyId", None, &["alias/aws/ssm"]), "/app/secret"),
            (filtered("tag:team", None, &["core"]), "/app/secret"),
            (filtered("DataType", None, &["text"]), everything),
            (DescribeParametersRequest { shared: Some(true), ..DescribeParametersRequest::default() }, ""),
        ] {
            assert_eq!(all(&world, &request).0, expected, "{request:?}");
            for size in [1, 2, 50] {
                let paged = DescribeParametersRequest { max_results: Some(size), ..request.clone() };
                assert_eq!(all(&world, &paged).0, expected, "{paged:?}");
            }
        }
    }

    #[test]
    fn a_token_serves_its_own_listing_alone() {
        let world = world();
        let one = |request| DescribeParametersRequest { max_results: Some(1), ..request };
        let next_token = world.run(run, one(filtered("Type", None, &["String"]))).expect("a page").next_token;
        assert!(next_token.is_some());
        let with_token = |request| DescribeParametersRequest { next_token: next_token.clone(), ..request };
        assert!(world.run(run, with_token(filtered("Type", None, &["String"]))).is_ok());
        for other in [DescribeParametersRequest::default(), filtered("Type", None, &["String", "StringList"])] {
            assert_eq!(world.run(run, with_token(other)).expect_err("another").code, "InvalidNextToken");
        }
        let foreign = world.call(OTHER_ACCOUNT);
        let foreign = world.run_as(&foreign, run, with_token(filtered("Type", None, &["String"])));
        assert_eq!(foreign.expect_err("another account").code, "InvalidNextToken");
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let check = |request, expected: Expect| expected.assert_eq(&world.answer(run, request));
        check(
            filtered("Label", None, &["x"]),
            expect![
                "InvalidFilterKey: The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier]."
            ],
        );
        check(
            filtered("Type", Some("Contains"), &["x"]),
            expect![
                "InvalidFilterOption: The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals]."
            ],
        );
        check(
            filtered("Name", None, &[]),
            expect!["InvalidFilterValue: The following filter values are missing : null for filter key Name."],
        );
        let old = ParametersFilter { key: Some(ParametersFilterKey::Name.into()), values: vec!["x".to_owned()] };
        let both = DescribeParametersRequest { filters: vec![old], ..filtered("Name", None, &["x"]) };
        check(
            both,
            expect!["ValidationException: You can use either Filters or ParameterFilters in a single request."],
        );
    }
}

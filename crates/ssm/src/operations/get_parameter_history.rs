//! GetParameterHistory: the versions of a parameter that are kept, with their values, oldest first, in pages.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html>

use crate::limits::PAGE_MAX;
use crate::parameter::{public_type, public_version, timestamp};
use crate::selector::{Reference, Selector};
use crate::tables::{self, ParameterRecord, ParameterType, VersionRecord};
use crate::{Ssm, SsmError, page, tier};
use prost::Message;
use proto::ssm::v1::{GetParameterHistoryRequest, GetParameterHistoryResponse, ParameterHistory};
use replica::{AccountId, View};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: GetParameterHistoryRequest,
) -> Result<GetParameterHistoryResponse, Fault> {
    let reference = Reference::parse(request.name.as_deref().unwrap_or_default(), &call)?;
    if reference.selector != Selector::Newest {
        return Err(SsmError::validation(
            "The history of a parameter has all of its versions: name no version or label.",
        )
        .into());
    }
    let arn = reference.arn(&call.region);
    let view = ssm.replica.read().await?;
    let _permit = ssm.authorize(&*view, &call, "ssm:GetParameterHistory", &arn, &[])?;
    let parameter = reference.find(&*view)?.parameter;

    let account = &reference.account;
    let scope = ["ssm", "GetParameterHistory", call.caller.account.as_str(), &arn.to_string()];
    let from = page::start(&ssm, &scope, request.next_token.as_deref())?;
    let limit = page::limit(request.max_results, PAGE_MAX);
    let (versions, next) = versions(&*view, account, &parameter, from, limit);

    let decrypted = request.with_decryption.unwrap_or_default();
    let shown = versions.into_iter().map(|version| {
        let value = ssm.value(&*view, &call, &arn, &version, decrypted)?;
        Ok(shown(&parameter, version, value))
    });
    let parameters = shown.collect::<Result<_, SsmError>>()?;
    Ok(GetParameterHistoryResponse { parameters, next_token: page::token(&ssm, &scope, next)? })
}

/// Up to `limit` versions from the row `from` on, and the row at which the next page starts. The newest, which is in the
/// parameter's own row, counts as the row that it will have one day.
fn versions(
    view: &dyn View,
    account: &AccountId,
    parameter: &ParameterRecord,
    from: Vec<u8>,
    limit: usize,
) -> (Vec<VersionRecord>, Option<Vec<u8>>) {
    let newest = parameter.newest.clone().expect("a parameter has a newest version");
    let prefix = tables::former_version_rows(account, &parameter.name);
    let mut rows = view.scan(prefix.as_bytes(), &from, limit + 1);
    let last = tables::former_version_row(account, &parameter.name, newest.version);
    rows.push((last.into(), newest.encode_to_vec()));
    let next = rows.get(limit).map(|(row, _)| row.clone());
    rows.truncate(limit);
    let read = |(_, value): (_, Vec<u8>)| VersionRecord::decode(&*value).expect("a row of versions is a version");
    (rows.into_iter().map(read).collect(), next)
}

fn shown(parameter: &ParameterRecord, version: VersionRecord, value: String) -> ParameterHistory {
    let kept = |text: String| Some(text).filter(|text| !text.is_empty());
    let labels = parameter.labels.iter().filter(|(_, labelled)| **labelled == version.version);
    ParameterHistory {
        name: Some(parameter.name.clone()),
        r#type: Some(public_type(version.r#type()).into()),
        key_id: Some(version.key_id.clone()).filter(|_| version.r#type() == ParameterType::SecureString),
        last_modified_date: Some(timestamp(version.modified_at)),
        last_modified_user: kept(version.modified_by),
        description: kept(version.description),
        value: Some(value),
        allowed_pattern: kept(version.allowed_pattern),
        version: Some(public_version(version.version)),
        labels: labels.map(|(label, _)| label.clone()).collect(),
        tier: Some(tier::public(version.advanced).into()),
        policies: Vec::new(),
        data_type: Some(version.data_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::label_parameter_version;
    use crate::operations::testing::{OTHER_ACCOUNT, World};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{LabelParameterVersionRequest, ParameterType as Public};

    fn request(name: &str) -> GetParameterHistoryRequest {
        GetParameterHistoryRequest {
            name: Some(name.to_owned()),
            with_decryption: Some(true),
            ..GetParameterHistoryRequest::default()
        }
    }

    fn check(world: &World, request: GetParameterHistoryRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn every_version_is_shown_with_its_value_and_labels() {
        let world = World::new();
        world.put("/a", Public::SecureString, "1");
        world.put("a", Public::SecureString, "2");
        let label = LabelParameterVersionRequest {
            name: Some("/a".to_owned()),
            parameter_version: Some(1),
            labels: vec!["prod".to_owned(), "blue".to_owned()],
        };
        world.run(label_parameter_version::run, label).expect("labelled");
        check(
            &world,
            request("/a"),
            expect![[r#"
                {
                  "Parameters": [
                    {
                      "Name": "/a",
                      "Type": "SecureString",
                      "KeyId": "alias/aws/ssm",
                      "LastModifiedDate": 1700000000.123,
                      "LastModifiedUser": "arn:aws:iam::111122223333:root",
                      "Value": "1",
                      "Version": 1,
                      "Labels": [
                        "blue",
                        "prod"
                      ],
                      "Tier": "Standard",
                      "Policies": [],
                      "DataType": "text"
                    },
                    {
                      "Name": "/a",
                      "Type": "SecureString",
                      "KeyId": "alias/aws/ssm",
                      "LastModifiedDate": 1700000000.123,
                      "LastModifiedUser": "arn:aws:iam::111122223333:root",
                      "Value": "2",
                      "Version": 2,
                      "Labels": [],
                      "Tier": "Standard",
                      "Policies": [],
                      "DataType": "text"
                    }
                  ]
                }"#]],
        );
        let sealed = GetParameterHistoryRequest { with_decryption: None, ..request("/a") };
        let values = world.run(run, sealed).expect("shown").parameters.into_iter().map(|p| p.value.expect("a value"));
        assert!(values.into_iter().all(|value| value.len() > 100), "without decryption they are ciphertexts");
    }

    #[test]
    fn pages_hold_every_version_once() {
        let world = World::new();
        for n in 1..=7 {
            world.put("/a", Public::String, &n.to_string());
        }
        for size in 1..=8 {
            let (mut found, mut next_token, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = GetParameterHistoryRequest { max_results: Some(size), next_token, ..request("/a") };
                let page = world.run(run, page).expect("a page");
                pages += 1;
                found.extend(page.parameters.into_iter().map(|p| p.value.expect("a value")));
                next_token = page.next_token;
                if next_token.is_none() {
                    break;
                }
            }
            assert_eq!((found.join(" ").as_str(), pages), ("1 2 3 4 5 6 7", 7_usize.div_ceil(size as usize)), "{size}");
        }
    }

    #[test]
    fn refusals_are_awss_and_a_token_serves_its_own_listing_alone() {
        let world = World::new();
        for name in ["/a", "/a", "/b", "/b"] {
            world.put(name, Public::String, "x");
        }
        check(&world, request("/nobody"), expect!["ParameterNotFound: "]);
        check(
            &world,
            request("/a:1"),
            expect![
                "ValidationException: The history of a parameter has all of its versions: name no version or label."
            ],
        );
        let first = GetParameterHistoryRequest { max_results: Some(1), ..request("/a") };
        let next_token = world.run(run, first).expect("a page").next_token;
        assert!(next_token.is_some());
        let with_token = |name: &str| GetParameterHistoryRequest { next_token: next_token.clone(), ..request(name) };
        assert!(world.run(run, with_token("a")).is_ok());
        assert_eq!(world.run(run, with_token("/b")).expect_err("another").code, "InvalidNextToken");
        let foreign = world.run_as(&world.call(OTHER_ACCOUNT), run, with_token("/a"));
        assert_eq!(foreign.expect_err("another account").code, "ParameterNotFound");
    }
}

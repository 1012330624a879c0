//! Debug shows no sensitive member, at any depth.

use proto::kms::v1::{DecryptResponse, EncryptRequest};
use proto::secretsmanager::v1::{BatchGetSecretValueResponse, SecretValueEntry};
use proto::ssm::v1::{GetParameterResponse, GetParametersResponse, Parameter};
use std::fmt::Debug;

const CANARY: &str = "canary";

fn check(message: &impl Debug, shown: &str) {
    for text in [format!("{message:?}"), format!("{message:#?}")] {
        assert!(!text.contains(CANARY) && !text.contains("99, 97, 110"), "{text}");
        assert!(text.contains("[redacted]"), "{text}");
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn sensitive_members_are_redacted() {
    let request = EncryptRequest {
        key_id: Some("shown".to_owned()),
        plaintext: Some(CANARY.as_bytes().to_vec().into()),
        ..Default::default()
    };
    check(&request, "shown");
    let answer = DecryptResponse {
        key_id: Some("shown".to_owned()),
        plaintext: Some(CANARY.as_bytes().to_vec().into()),
        ..Default::default()
    };
    check(&answer, "shown");
}

#[test]
fn sensitive_members_within_structures_and_lists_are_redacted() {
    let parameter = Parameter {
        name: Some("shown".to_owned()),
        value: Some(CANARY.to_owned()),
        r#type: Some(proto::ssm::v1::ParameterType::SecureString.into()),
        ..Default::default()
    };
    check(&GetParameterResponse { parameter: Some(parameter.clone()) }, "shown");
    check(&GetParametersResponse { parameters: vec![parameter], ..Default::default() }, "shown");
    let entry = SecretValueEntry {
        name: Some("shown".to_owned()),
        secret_string: Some(CANARY.to_owned()),
        secret_binary: Some(CANARY.as_bytes().to_vec().into()),
        ..Default::default()
    };
    check(&BatchGetSecretValueResponse { secret_values: vec![entry], ..Default::default() }, "shown");
}

//! Secrets of Secrets Manager, read by the names of parameters.

use super::testing::{OTHER_ACCOUNT, World};
use super::{delete_parameter, get_parameter, get_parameter_history, get_parameters};
use proto::ssm::v1::{
    DeleteParameterRequest, GetParameterHistoryRequest, GetParameterRequest, GetParametersRequest, Parameter,
    ParameterType,
};
use serde_json::{Value, json};

const PREFIX: &str = "/aws/reference/secretsmanager/";
const OLD: &str = "11111111-2222-4333-8444-555555555555";
const NEW: &str = "66666666-7777-4888-8999-000000000000";
const CANARY: &str = "canary-of-a-secret";

fn world() -> (World, String) {
    let world = World::new();
    let secret = json!({"Name": "db/password", "SecretString": "old", "ClientRequestToken": OLD});
    let made = world.secrets("CreateSecret", secret);
    let put = json!({"SecretId": "db/password", "SecretString": CANARY, "ClientRequestToken": NEW});
    world.secrets("PutSecretValue", put);
    (world, made["ARN"].as_str().expect("an ARN").to_owned())
}

fn request(name: &str) -> GetParameterRequest {
    GetParameterRequest { name: Some(format!("{PREFIX}{name}")), with_decryption: Some(true) }
}

#[test]
fn a_secret_is_read_as_a_parameter() {
    let (world, arn) = world();
    let answer = world.run(get_parameter::run, request("db/password")).expect("read");
    let mut parameter = serde_json::to_value(&answer).expect("JSON")["Parameter"].take();
    let source: Value = serde_json::from_str(parameter["SourceResult"].as_str().expect("text")).expect("JSON");
    parameter["SourceResult"] = Value::Null;
    let expected = json!({
        "Name": "/aws/reference/secretsmanager/db/password", "Type": "SecureString", "Value": CANARY, "Version": 0,
        "SourceResult": null, "LastModifiedDate": 1700000000.123, "ARN": arn, "DataType": "text",
    });
    assert_eq!(parameter, expected);
    let expected = json!({
        "ARN": arn, "Name": "db/password", "VersionId": NEW, "SecretString": CANARY,
        "VersionStages": ["AWSCURRENT"], "CreatedDate": 1700000000.123,
    });
    assert_eq!(source, expected);
    assert!(!format!("{answer:?}").contains(CANARY), "Debug does not show it");
    let records = world.records_as_json();
    assert!(records.contains("\"GetSecretValue\"") && records.contains("ssm.amazonaws.com"), "{records}");
    assert!(!records.contains(CANARY));
}

#[test]
fn versions_and_labels_are_selected() {
    let (world, _arn) = world();
    for (selector, value) in [("AWSPREVIOUS", "old"), ("AWSCURRENT", CANARY), (OLD, "old"), (NEW, CANARY)] {
        let answer = world.run(get_parameter::run, request(&format!("db/password:{selector}"))).expect("read");
        let parameter = answer.parameter.expect("given");
        assert_eq!((parameter.value(), parameter.selector()), (value, &*format!(":{selector}")));
    }
    let label = "a-label-that-is-as-long-as-the-id-of-a-version";
    let put = json!({"SecretId": "db/password", "VersionStage": label, "MoveToVersionId": OLD});
    world.secrets("UpdateSecretVersionStage", put);
    let answer = world.run(get_parameter::run, request(&format!("db/password:{label}"))).expect("read");
    assert_eq!(answer.parameter.expect("given").value(), "old");
}

#[test]
fn many_are_read_and_what_is_not_there_is_listed() {
    let (world, _arn) = world();
    world.put("/z", ParameterType::String, "plain");
    let names = ["/z", "/aws/reference/secretsmanager/db/password", "/aws/reference/secretsmanager/none"];
    let names = names.map(str::to_owned).to_vec();
    let answer = GetParametersRequest { names: names.clone(), with_decryption: Some(true) };
    let answer = world.run(get_parameters::run, answer).expect("read");
    let values: Vec<_> = answer.parameters.iter().map(Parameter::value).collect();
    assert_eq!((values, answer.invalid_parameters), (vec![CANARY, "plain"], names[2..].to_vec()));
}

#[test]
fn refusals_are_awss() {
    let (world, _arn) = world();
    let check = |request: GetParameterRequest, expected: &str| {
        let answer = world.answer(get_parameter::run, request);
        assert_eq!(answer, expected);
    };
    let not_found = |name: &str| {
        let text = "ParameterNotFound: An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret";
        format!("{text} {PREFIX}{name} not found.")
    };
    for name in ["none", "db/password:NONE", &format!("db/password:{}", OLD.replace('1', "9"))] {
        check(request(name), &not_found(name));
    }
    let sealed = GetParameterRequest { with_decryption: None, ..request("db/password") };
    let text = "ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.";
    check(sealed, text);
    let answer = world.answer(get_parameter::run, request("db/password:1:2"));
    assert!(answer.starts_with("ValidationException: Invalid parameter name."), "{answer}");
    let foreign = world.run_as(&world.call(OTHER_ACCOUNT), get_parameter::run, request("db/password"));
    assert_eq!(foreign.expect_err("another account").code, "ParameterNotFound");
    let off = world.run_as(&world.call_by_inactive(), get_parameter::run, request("db/password"));
    assert_eq!(off.expect_err("off").code, "UnrecognizedClientException");

    world.secrets("DeleteSecret", json!({"SecretId": "db/password"}));
    let answer = world.answer(get_parameter::run, request("db/password"));
    let text =
        "ValidationException: You can't perform this operation on the secret because it was marked for deletion.";
    assert!(answer.starts_with(text), "{answer}");
}

#[test]
fn no_other_operation_knows_secrets() {
    let (world, _arn) = world();
    let name = Some(format!("{PREFIX}db/password"));
    let history = GetParameterHistoryRequest { name: name.clone(), ..GetParameterHistoryRequest::default() };
    assert_eq!(world.answer(get_parameter_history::run, history), "ParameterNotFound: ");
    assert_eq!(world.answer(delete_parameter::run, DeleteParameterRequest { name }), "ParameterNotFound: ");
    assert!(world.run(get_parameter::run, request("db/password")).is_ok());
}

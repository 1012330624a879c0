//! Every operation that is built, tried by those who may not: another account, and a root whose credential is off.

use super::testing::{ACCOUNT, OTHER_ACCOUNT, World};
use proto::ssm::v1::ParameterType;
use serde_json::{Value, json};
use service::Call;
use world::Answers;

/// A body that would do for the owner.
fn body(operation: &str, name: &str) -> Value {
    let resource = json!({"ResourceType": "Parameter", "ResourceId": name});
    let with = |mut body: Value, member: &str, value: Value| {
        body[member] = value;
        body
    };
    match operation {
        "AddTagsToResource" => with(resource, "Tags", json!([{"Key": "k", "Value": "v"}])),
        "RemoveTagsFromResource" => with(resource, "TagKeys", json!(["k"])),
        "ListTagsForResource" => resource,
        "LabelParameterVersion" => json!({"Name": name, "Labels": ["prod"]}),
        "UnlabelParameterVersion" => json!({"Name": name, "ParameterVersion": 1, "Labels": ["prod"]}),
        "GetParameters" | "DeleteParameters" => json!({"Names": [name]}),
        "GetParametersByPath" => json!({"Path": "/app", "Recursive": true}),
        "DescribeParameters" => json!({}),
        "PutParameter" => json!({"Name": name, "Value": "new", "Type": "String", "Overwrite": true}),
        _ => json!({"Name": name}),
    }
}

/// Runs each operation as it is listed.
fn tried(world: &World, call: &dyn Fn() -> Call, name: &str) -> Answers {
    world::each(super::operations, |operation, run| run(world.service(), call(), body(operation, name)))
}

const NAME: &str = "/app/canary";
const VALUE: &str = "canary-value";

fn world() -> World {
    let world = World::new();
    world.put(NAME, ParameterType::String, VALUE);
    world
}

/// The rows of the account's own parameters.
fn rows(world: &World) -> Vec<replica::Row> {
    let account = ACCOUNT.parse().expect("an account");
    replica::scan_all(&world.tables(), crate::tables::parameter_rows(&account).as_bytes())
}

#[test]
fn the_owner_may_do_everything_that_is_tried() {
    let world = world();
    let answers = world::each(super::operations, |operation, run| {
        // Some before this one have deleted it.
        world.put(NAME, ParameterType::String, VALUE);
        run(world.service(), world.call(ACCOUNT), body(operation, NAME))
    });
    assert_eq!(answers.len(), 13);
    for (operation, answer) in answers {
        assert!(answer.is_ok(), "{operation} {answer:?}");
    }
}

#[test]
fn no_operation_reaches_a_parameter_of_another_account_by_its_arn() {
    let world = world();
    let before = rows(&world);
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{NAME}");
    for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), &arn) {
        match answer {
            // A listing names no account: it is of the caller's.
            Ok(answer) => {
                assert!(["DescribeParameters", "GetParametersByPath"].contains(&operation), "{operation}");
                assert_eq!(answer["Parameters"].as_array().map(Vec::len), Some(0), "{operation}");
            }
            Err(fault) => {
                assert!(
                    ["AccessDeniedException", "InvalidResourceId", "ValidationException"].contains(&fault.code),
                    "{operation} {fault:?}"
                );
                assert!(!fault.message.contains(VALUE), "{operation}");
            }
        }
    }
    assert_eq!(rows(&world), before);
}

#[test]
fn a_name_is_of_the_callers_own_account() {
    let world = world();
    let before = rows(&world);
    for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), NAME) {
        assert!(!format!("{answer:?}").contains(VALUE), "{operation}");
    }
    assert_eq!(rows(&world), before);
}

#[test]
fn no_operation_serves_a_credential_that_is_off() {
    let world = world();
    let before = world.tables();
    for (operation, answer) in tried(&world, &|| world.call_by_inactive(), NAME) {
        assert_eq!(answer.map_err(|fault| fault.code), Err("UnrecognizedClientException"), "{operation}");
    }
    assert_eq!(world.tables(), before);
}

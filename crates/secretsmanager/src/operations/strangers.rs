//! Every operation that is built, tried by those who may not: another account, and a root whose credential is off.

use super::testing::{ACCOUNT, OTHER_ACCOUNT, TOKEN, TOKEN_2, World};
use crate::tables::{Order, SecretRecord};
use serde_json::{Value, json};
use service::Call;
use world::Answers;

/// A body that would do for the owner.
fn body(operation: &str, id: &str) -> Value {
    match operation {
        "CreateSecret" => json!({"Name": NAME, "SecretString": "new", "ClientRequestToken": TOKEN_2}),
        "PutSecretValue" => {
            json!({"SecretId": id, "SecretString": "new", "ClientRequestToken": TOKEN_2})
        }
        "UpdateSecret" => json!({"SecretId": id, "Description": "new"}),
        "UpdateSecretVersionStage" => {
            json!({"SecretId": id, "VersionStage": "new", "MoveToVersionId": TOKEN})
        }
        "TagResource" => json!({"SecretId": id, "Tags": [{"Key": "new", "Value": "new"}]}),
        "UntagResource" => json!({"SecretId": id, "TagKeys": ["old"]}),
        "DeleteSecret" => json!({"SecretId": id, "ForceDeleteWithoutRecovery": true}),
        "BatchGetSecretValue" => json!({"SecretIdList": [id]}),
        "ListSecrets" | "GetRandomPassword" => json!({}),
        _ => json!({"SecretId": id}),
    }
}

/// Runs each operation as it is listed.
fn tried(world: &World, call: &dyn Fn() -> Call, id: &str) -> Answers {
    world::each(super::operations, |operation, run| run(world.service(), call(), body(operation, id)))
}

const NAME: &str = "app/canary";
const VALUE: &str = "canary-value";
/// What names no secret, and so is of the caller's own account.
const NAMELESS: [&str; 3] = ["CreateSecret", "GetRandomPassword", "ListSecrets"];

/// A world with a secret, and the secret's ARN.
fn world() -> (World, String) {
    let world = World::new();
    let arn = world.create(NAME, VALUE);
    (world, arn)
}

/// The secrets of the owner and what they are worth.
fn rows(world: &World) -> (Vec<replica::Row>, Option<SecretRecord>) {
    let account = ACCOUNT.parse().expect("an account");
    (replica::scan_all(&world.tables(), Order::Name.rows(&account).as_bytes()), world.record(NAME))
}

#[test]
fn no_operation_reaches_a_secret_of_another_account_by_its_arn() {
    let (world, arn) = world();
    let before = rows(&world);
    for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), &arn) {
        assert!(!format!("{answer:?}").contains(VALUE), "{operation}");
        match answer {
            Ok(answer) if operation == "BatchGetSecretValue" => {
                assert_eq!(answer["Errors"][0]["ErrorCode"], "AccessDeniedException");
            }
            Ok(answer) => {
                assert!(NAMELESS.contains(&operation), "{operation}");
                assert!(!answer.to_string().contains(ACCOUNT), "{operation}");
            }
            Err(fault) => assert_eq!(fault.code, "AccessDeniedException", "{operation} {fault:?}"),
        }
    }
    assert_eq!(rows(&world), before);
}

/// Existence and the drawn end of the ARN stay untold, whichever ARN a stranger tries.
#[test]
fn a_stranger_is_answered_alike_whether_there_is_such_a_secret() {
    let (world, arn) = world();
    let partial = arn.rsplit_once('-').expect("an ARN has a drawn end").0.to_owned();
    for there in [partial.clone(), format!("{partial}-ZZZZZZ"), arn.clone()] {
        let nowhere = there.replace(NAME, "app/nobody");
        let of_nothing = tried(&world, &|| world.call(OTHER_ACCOUNT), &nowhere);
        for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), &there) {
            if !NAMELESS.contains(&operation) {
                let imagined = format!("{:?}", of_nothing[operation]).replace("app/nobody", NAME);
                assert_eq!(format!("{answer:?}"), imagined, "{operation} of {there}");
            }
        }
    }
}

#[test]
fn a_name_is_of_the_callers_own_account() {
    let (world, _) = world();
    let before = rows(&world);
    for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), NAME) {
        let told = format!("{answer:?}");
        assert!(!told.contains(VALUE) && !told.contains(ACCOUNT), "{operation} {told}");
    }
    assert_eq!(rows(&world), before);
}

#[test]
fn no_operation_serves_a_credential_that_is_off() {
    let (world, arn) = world();
    let before = world.tables();
    for (operation, answer) in tried(&world, &|| world.call_by_inactive(), &arn) {
        assert_eq!(answer.map_err(|fault| fault.code), Err("UnrecognizedClientException"), "{operation}");
    }
    assert_eq!(world.tables(), before);
}

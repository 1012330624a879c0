//! Every operation that is built, tried by those who may not: another account, and a root whose credential is off.

use super::testing::{ACCOUNT, OTHER_ACCOUNT, World};
use crate::Ssm;
use futures::executor::block_on;
use proto::ssm::v1::ParameterType;
use serde_json::{Value, json};
use service::{Call, Fault, Operations};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs each operation as it is listed, with a body that would do for the owner.
struct Tried<'a> {
    world: &'a World,
    call: &'a dyn Fn() -> Call,
    name: &'a str,
    answers: BTreeMap<&'static str, Result<Value, Fault>>,
}

impl Operations<Ssm> for Tried<'_> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<Ssm>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let body = match Rq::NAME {
            "GetParameters" | "DeleteParameters" => json!({"Names": [self.name]}),
            "GetParametersByPath" => json!({"Path": "/app", "Recursive": true}),
            "PutParameter" => json!({"Name": self.name, "Value": "new", "Type": "String", "Overwrite": true}),
            _ => json!({"Name": self.name}),
        };
        let request: Rq = serde_json::from_value(body).expect("a body that the operation reads");
        let answer = block_on(run(self.world.ssm(), (self.call)(), request));
        let answer = answer.map(|answer| serde_json::to_value(&answer).expect("JSON"));
        self.answers.insert(Rq::NAME, answer);
    }
}

fn tried(world: &World, call: &dyn Fn() -> Call, name: &str) -> BTreeMap<&'static str, Result<Value, Fault>> {
    let mut tried = Tried { world, call, name, answers: BTreeMap::new() };
    super::operations(&mut tried);
    tried.answers
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
fn no_operation_reaches_a_parameter_of_another_account_by_its_arn() {
    let world = world();
    let before = rows(&world);
    let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{NAME}");
    for (operation, answer) in tried(&world, &|| world.call(OTHER_ACCOUNT), &arn) {
        match answer {
            // A path names no account: it is of the caller's.
            Ok(answer) => {
                assert_eq!((operation, answer["Parameters"].as_array().map(Vec::len)), ("GetParametersByPath", Some(0)))
            }
            Err(fault) => {
                assert!(
                    ["AccessDeniedException", "ValidationException"].contains(&fault.code),
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

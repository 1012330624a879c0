//! Every operation that is built, tried by those who may not: another account, and a root whose credential is off.

use super::testing::{ACCOUNT, OTHER_ACCOUNT, World, context};
use crate::Kms;
use futures::executor::block_on;
use serde_json::{Value, json};
use service::{Call, Fault, Operations};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Operations that name no resource: nobody can reach into another account with them.
const NAMELESS: [&str; 4] = ["CreateKey", "GenerateRandom", "ListAliases", "ListKeys"];

/// Runs each operation as it is listed, with a body that would do for the owner.
struct Tried<'a> {
    world: &'a World,
    call: &'a dyn Fn() -> Call,
    body: Value,
    answers: BTreeMap<&'static str, Option<Fault>>,
}

impl Operations<Kms> for Tried<'_> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<Kms>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let mut body = self.body.clone();
        if Rq::NAME == "GenerateRandom" {
            body["NumberOfBytes"] = json!(8);
        }
        if Rq::NAME.starts_with("GenerateDataKey") {
            body["KeySpec"] = json!("AES_256");
        }
        let request: Rq = serde_json::from_value(body).expect("a body that the operation reads");
        let answer = block_on(run(self.world.kms(), (self.call)(), request));
        self.answers.insert(Rq::NAME, answer.err());
    }
}

fn tried(world: &World, call: &dyn Fn() -> Call, body: Value) -> BTreeMap<&'static str, Option<Fault>> {
    let mut tried = Tried { world, call, body, answers: BTreeMap::new() };
    super::operations(&mut tried);
    tried.answers
}

fn body(world: &World, key_id: &str) -> Value {
    use proto::kms::v1::DecryptRequest;
    let blob = world.encrypt(key_id, b"x", &context(&[]));
    let ciphertext = DecryptRequest { ciphertext_blob: Some(blob.into()), ..DecryptRequest::default() };
    let mut body = serde_json::to_value(ciphertext).expect("JSON");
    body["KeyId"] = json!(key_id);
    body["Plaintext"] = json!("eA==");
    body
}

#[test]
fn the_owner_is_served_by_every_operation() {
    let world = World::new();
    let key = world.describe(&world.create_key()).arn.expect("named");
    let body = body(&world, &key);
    for (operation, fault) in tried(&world, &|| world.call(ACCOUNT), body) {
        assert_eq!(fault, None, "{operation}");
    }
}

#[test]
fn no_operation_reaches_a_key_of_another_account() {
    let world = World::new();
    let real = world.describe(&world.create_key()).arn.expect("named");
    let body = body(&world, &real);
    let before = world.tables();
    let answers = tried(&world, &|| world.call(OTHER_ACCOUNT), body.clone());

    // A key that does not exist gets the very same answer, so existence stays untold.
    let imagined = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let mut other = body;
    other["KeyId"] = json!(imagined.clone());
    let of_imagined = tried(&world, &|| world.call(OTHER_ACCOUNT), other);
    for (operation, fault) in answers {
        if NAMELESS.contains(&operation) {
            continue;
        }
        let fault = fault.unwrap_or_else(|| panic!("{operation} reached a foreign key"));
        assert_eq!(fault.code, "AccessDeniedException", "{operation}");
        let imagined = of_imagined[operation].as_ref().map(|fault| fault.message.replace(&imagined, &real));
        assert_eq!(imagined, Some(fault.message), "{operation}");
    }
    let own = ACCOUNT.parse().expect("an account");
    let keys = |tables: &replica::testing::Tables| replica::scan_all(tables, crate::tables::key_rows(&own).as_bytes());
    assert_eq!(keys(&world.tables()), keys(&before));
}

#[test]
fn no_operation_serves_a_credential_that_is_off() {
    let world = World::new();
    let key = world.create_key();
    let body = body(&world, &key);
    let before = world.tables();
    for (operation, fault) in tried(&world, &|| world.call_by_inactive(), body) {
        let fault = fault.unwrap_or_else(|| panic!("{operation} served it"));
        assert_eq!(fault.code, "UnrecognizedClientException", "{operation}");
    }
    assert_eq!(world.tables(), before);
}

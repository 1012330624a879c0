//! What the tests of operations run against: the service in a world of one, with those whose help it asks for.

use super::put_parameter;
use crate::Ssm;
use kms::Kms;
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use secretsmanager::SecretsManager;
use serde_json::{Value, json};
use service::Jobs;
use std::ops::Deref;
use std::sync::Arc;
use world::Ground;
pub(crate) use world::{ACCOUNT, OTHER_ACCOUNT, call_of};

/// A cluster of one.
pub(crate) struct World {
    world: world::World<Ssm>,
    kms: Arc<Kms>,
    secrets: Arc<SecretsManager>,
}

impl Deref for World {
    type Target = world::World<Ssm>;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let on = Ground::new(&[super::register, kms::register, secretsmanager::register]);
        let kms = Arc::new(Kms::new(on.replica(), on.authority(), on.vault(), on.recorder()));
        let secrets = SecretsManager::new(on.replica(), on.authority(), on.vault(), Arc::clone(&kms), on.recorder());
        let secrets = Arc::new(secrets);
        let ssm = Ssm::new(on.replica(), on.authority(), on.vault(), Arc::clone(&kms), Arc::clone(&secrets));
        Self { world: world::World::new(on, Arc::new(ssm), Jobs::new()), kms, secrets }
    }

    /// Writes a parameter; its version.
    pub(crate) fn put(&self, name: &str, kind: ParameterType, value: &str) -> i64 {
        let request = PutParameterRequest { overwrite: Some(true), ..put_request(name, kind, value) };
        self.run(put_parameter::run, request).expect("put").version.expect("given")
    }

    /// Runs an operation of the Key Management Service, by name, with a body as in AWS JSON.
    pub(crate) fn kms(&self, operation: &str, body: Value) -> Value {
        let answer = world::one(kms::operations, operation, &self.kms, self.call(ACCOUNT), body);
        answer.expect("the operation succeeds")
    }

    /// Runs an operation of Secrets Manager, as [`World::kms`] does.
    pub(crate) fn secrets(&self, operation: &str, body: Value) -> Value {
        let answer = world::one(secretsmanager::operations, operation, &self.secrets, self.call(ACCOUNT), body);
        answer.expect("the operation succeeds")
    }

    /// Makes a customer's key; its ARN.
    pub(crate) fn create_key(&self) -> String {
        self.kms("CreateKey", json!({}))["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }
}

/// A request that creates.
pub(crate) fn put_request(name: &str, kind: ParameterType, value: &str) -> PutParameterRequest {
    PutParameterRequest {
        name: Some(name.to_owned()),
        r#type: Some(kind.into()),
        value: Some(value.to_owned()),
        ..PutParameterRequest::default()
    }
}

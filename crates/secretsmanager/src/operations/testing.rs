//! What the tests of operations run against: the service in a world of one, with a KMS that holds its keys.

use super::{create_secret, put_secret_value};
use crate::SecretsManager;
use crate::tables::{self, SecretRecord};
use kms::Kms;
use proto::secretsmanager::v1::{CreateSecretRequest, PutSecretValueRequest};
use serde_json::{Value, json};
use service::Jobs;
use std::ops::Deref;
use std::sync::Arc;
use world::Ground;
pub(crate) use world::{ACCOUNT, OTHER_ACCOUNT, call_of};

/// The token of first versions.
pub(crate) const TOKEN: &str = "00000000-0000-4000-8000-000000000001";
/// Another token.
pub(crate) const TOKEN_2: &str = "00000000-0000-4000-8000-000000000002";
/// A third token.
pub(crate) const TOKEN_3: &str = "00000000-0000-4000-8000-000000000003";

/// A cluster of one.
pub(crate) struct World {
    world: world::World<SecretsManager>,
    kms: Arc<Kms>,
}

impl Deref for World {
    type Target = world::World<SecretsManager>;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let on = Ground::new(&[super::register, kms::register]);
        let kms = Arc::new(Kms::new(on.replica(), on.authority(), on.vault(), on.recorder()));
        let secrets = SecretsManager::new(on.replica(), on.authority(), on.vault(), Arc::clone(&kms), on.recorder());
        let (secrets, mut jobs) = (Arc::new(secrets), Jobs::new());
        super::jobs(&secrets, &mut jobs);
        Self { world: world::World::new(on, secrets, jobs).hiding(hide_suffix), kms }
    }

    /// Makes a secret with a value; its ARN.
    pub(crate) fn create(&self, name: &str, value: &str) -> String {
        self.run(create_secret::run, create_request(name, TOKEN, value)).expect("made").arn.expect("named")
    }

    /// Gives a secret a version.
    pub(crate) fn put(&self, name: &str, token: &str, value: &str) {
        let request = PutSecretValueRequest {
            secret_id: Some(name.to_owned()),
            client_request_token: Some(token.to_owned()),
            secret_string: Some(value.to_owned()),
            ..PutSecretValueRequest::default()
        };
        self.run(put_secret_value::run, request).expect("put");
    }

    /// The row of a secret.
    pub(crate) fn record(&self, name: &str) -> Option<SecretRecord> {
        tables::secret(&self.tables(), &ACCOUNT.parse().expect("an account"), name)
    }

    /// Runs an operation of the Key Management Service, by name, with a body as in AWS JSON.
    pub(crate) fn kms(&self, operation: &str, body: Value) -> Value {
        let answer = world::one(kms::operations, operation, &self.kms, self.call(ACCOUNT), body);
        answer.expect("the operation succeeds")
    }

    /// Makes a customer's key; its ARN.
    pub(crate) fn create_key(&self) -> String {
        self.kms("CreateKey", json!({}))["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }
}

/// A request that creates.
pub(crate) fn create_request(name: &str, token: &str, value: &str) -> CreateSecretRequest {
    CreateSecretRequest {
        name: Some(name.to_owned()),
        client_request_token: Some(token.to_owned()),
        secret_string: Some(value.to_owned()),
        ..CreateSecretRequest::default()
    }
}

/// A text with the drawn end of every ARN of a secret hidden.
fn hide_suffix(text: &str) -> String {
    let mut pieces = text.split(":secret:");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(['"', ' ']).unwrap_or(piece.len());
        let (resource, rest) = piece.split_at(end);
        let dot = if resource.ends_with('.') { "." } else { "" };
        let name = resource.trim_end_matches('.').rsplit_once('-').map_or(resource, |(name, _)| name);
        shown += &format!(":secret:{name}-<suffix>{dot}{rest}");
    }
    shown
}

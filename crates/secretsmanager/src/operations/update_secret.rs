//! UpdateSecret: changes the description, the key, or the value of a secret.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>
//!
//! With another key, the versions that carry AWS's labels are sealed again under it. What was sealed was made from the
//! secret at one moment; apply refuses when its versions, labels or key have changed since, and the request starts over.

use crate::limits::CHANGE_ATTEMPTS_MAX;
use crate::operations::put_secret_value::add_version;
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::Permitted;
use crate::stages::{self, CURRENT, PENDING, PREVIOUS};
use crate::tables::state::{NewVersion, SeenKey, UpdateSecretCommand, UpdateSecretReply};
use crate::tables::{self, SecretRecord};
use crate::value::{SecretValue, key_of_request};
use crate::{SecretsError, SecretsManager, token};
use access::Condition;
use proto::secretsmanager::v1::{UpdateSecretRequest, UpdateSecretResponse};
use replica::{AccountId, Applied, Arn, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: UpdateSecretRequest,
) -> Result<UpdateSecretResponse, Fault> {
    let wanted = Wanted::parse(request, &call)?;
    let mut found = service::decide(&*secrets.replica, |view| wanted.find(&secrets, view, &call)).await?;
    for _ in 0..CHANGE_ATTEMPTS_MAX {
        let (arn, name) = (found.arn.to_string(), found.record.name.clone());
        match wanted.update(&secrets, &call, found).await? {
            Ok(UpdateSecretReply {}) => {
                let version_id = wanted.new.map(|(token, _)| token);
                return Ok(UpdateSecretResponse { arn: Some(arn), name: Some(name), version_id });
            }
            Err(Refused::TokenInUse) => {
                let token = wanted.new.map(|(token, _)| token).unwrap_or_default();
                return Err(SecretsError::TokenInUse { token, arn }.into());
            }
            Err(refused) if refused.starts_over() => {
                found = wanted.find(&secrets, &*secrets.replica.read().await?, &call)?
            }
            Err(refused) => return Err(refused.error(&name).into()),
        }
    }
    Err(SecretsError::Contended.into())
}

/// A request that keeps the rules which need no table.
struct Wanted {
    id: SecretId,
    description: Option<String>,
    /// `None` when the key stays.
    key_id: Option<String>,
    /// The token and the value of a new version.
    new: Option<(String, SecretValue)>,
}

impl Wanted {
    fn parse(request: UpdateSecretRequest, call: &Call) -> Result<Self, SecretsError> {
        if request.r#type.as_deref().is_some_and(|kind| !kind.is_empty()) {
            return Err(SecretsError::Unsupported { what: "A secret that a partner holds" });
        }
        let new = match SecretValue::parse(request.secret_string, request.secret_binary)? {
            Some(value) => Some((token::required(request.client_request_token)?, value)),
            None => None,
        };
        Ok(Self {
            id: SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), call),
            description: request.description,
            key_id: request.kms_key_id.map(|key_id| key_of_request(&key_id, call)),
            new,
        })
    }

    fn find(&self, secrets: &SecretsManager, view: &dyn View, call: &Call) -> Result<Permitted, SecretsError> {
        let mut own: Vec<Condition> = Vec::new();
        if let Some(description) = &self.description {
            own.push(("secretsmanager:Description".into(), vec![description.clone()]));
        }
        if let Some(key_id) = &self.key_id {
            own.push(("secretsmanager:KmsKeyId".into(), vec![key_id.clone()]));
        }
        secrets.permitted(view, call, "secretsmanager:UpdateSecret", &self.id, &own)?.live()
    }

    /// Proposes the change. The plaintexts end here.
    async fn update(
        &self,
        secrets: &SecretsManager,
        call: &Call,
        found: Permitted,
    ) -> Result<Result<UpdateSecretReply, Refused>, SecretsError> {
        let Permitted { record, arn, permit } = found;
        let key_id = self.key_id.as_ref().unwrap_or(&record.kms_key_id);
        let changes_key = *key_id != record.kms_key_id;
        let (mut version, mut resealed) = (None, Vec::new());
        if changes_key || self.new.is_some() {
            secrets.prepare_key(call, key_id, &permit).await?;
            let view = secrets.replica.read().await?;
            if changes_key {
                // A secret that was made anew has values that are sealed for another ARN.
                if tables::same_secret(&*view, self.id.account(), &record.name, &record.suffix).is_err() {
                    return Ok(Err(Refused::Moved));
                }
                secrets.probe_key(&*view, call, &arn, key_id)?;
                resealed = secrets.reseal(&*view, call, &arn, &record, key_id)?;
            }
            let seal = |(token, value): &(String, SecretValue)| secrets.seal(&*view, call, &arn, token, key_id, value);
            version = self.new.as_ref().map(seal).transpose()?;
        }
        let command = UpdateSecretCommand {
            account: self.id.account().to_string(),
            name: record.name,
            suffix: record.suffix,
            description: self.description.clone(),
            kms_key_id: self.key_id.clone(),
            version,
            seen: Some(SeenKey { kms_key_id: record.kms_key_id }),
            resealed,
            seen_revision: changes_key.then_some(record.revision),
        };
        secrets.propose(call.attempt, permit, command).await
    }
}

impl SecretsManager {
    /// The values of the versions with AWS's labels, sealed again under another key.
    fn reseal(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        record: &SecretRecord,
        key_id: &str,
    ) -> Result<Vec<NewVersion>, SecretsError> {
        let mut resealed: Vec<NewVersion> = Vec::new();
        for version in [CURRENT, PENDING, PREVIOUS].iter().filter_map(|stage| stages::holder(&record.versions, stage)) {
            let version_id = version.version_id.as_str();
            if resealed.iter().any(|done| done.version_id == version_id) {
                continue;
            }
            // The row may be gone from this view when the version was: apply then finds another revision.
            let Some(row) = tables::version(view, &call.caller.account, &record.name, version_id) else { continue };
            let sealed = row.value.expect("a version has a value");
            let value = self.open(view, call, arn, version_id, sealed)?;
            resealed.push(self.seal(view, call, arn, version_id, key_id, &value)?);
        }
        Ok(resealed)
    }
}

impl Command for UpdateSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 2;
    type Reply = UpdateSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<UpdateSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        if self.version.as_ref().is_some_and(|new| stages::version(&record.versions, &new.version_id).is_some()) {
            return Applied::refused(Refused::TokenInUse);
        }
        if self.moved(&record) {
            return Applied::refused(Refused::Moved);
        }
        let (mut writes, mut changed) = (Writes::new(), record.clone());
        changed.changed_at = at.as_millis();
        if let Some(description) = self.description {
            changed.description = description;
        }
        if let Some(key_id) = self.kms_key_id.filter(|key_id| *key_id != record.kms_key_id) {
            changed.kms_key_id = key_id;
            changed.revision += 1;
        }
        for sealed in self.resealed {
            let mut versions = changed.versions.iter_mut();
            let version = versions.find(|version| version.version_id == sealed.version_id);
            version.expect("the revision is the one that was seen").kms_key_id = changed.kms_key_id.clone();
            tables::put_version(&mut writes, &account, &self.name, &sealed.version_id, sealed.value);
        }
        if let Some(new) = self.version
            && let Err(refused) = add_version(at, view, &mut writes, &account, &mut changed, new, &[])
        {
            return Applied::refused(refused);
        }
        tables::put_secret(&mut writes, &account, Some(&record), &changed);
        Applied::reply(writes, UpdateSecretReply {})
    }
}

impl UpdateSecretCommand {
    /// Whether the secret differs in what was decided on: the key, and what the values were sealed for.
    fn moved(&self, record: &SecretRecord) -> bool {
        let other_key = self.seen.as_ref().is_some_and(|seen| seen.kms_key_id != record.kms_key_id);
        // A key that is named was compared with the one that was seen: whether anything was to be sealed hung on that.
        let depends = self.version.is_some() || self.seen_revision.is_some() || self.kms_key_id.is_some();
        depends && other_key || self.seen_revision.is_some_and(|seen| seen != record.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, TOKEN, TOKEN_2, TOKEN_3, World};
    use crate::operations::{get_secret_value, put_secret_value};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::{GetSecretValueRequest, PutSecretValueRequest};
    use serde_json::json;

    fn request() -> UpdateSecretRequest {
        UpdateSecretRequest { secret_id: Some("a".to_owned()), ..UpdateSecretRequest::default() }
    }

    fn with_value(token: &str, value: &str) -> UpdateSecretRequest {
        UpdateSecretRequest {
            client_request_token: Some(token.to_owned()),
            secret_string: Some(value.to_owned()),
            ..request()
        }
    }

    fn with_key(key: &str) -> UpdateSecretRequest {
        UpdateSecretRequest { kms_key_id: Some(key.to_owned()), ..request() }
    }

    fn check(world: &World, request: UpdateSecretRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    fn value(world: &World, version_id: &str) -> Result<String, &'static str> {
        let request = GetSecretValueRequest {
            secret_id: Some("a".to_owned()),
            version_id: Some(version_id.to_owned()),
            version_stage: None,
        };
        let answer = world.run(get_secret_value::run, request);
        answer.map(|answer| answer.secret_string.expect("text")).map_err(|fault| fault.code)
    }

    #[test]
    fn a_description_and_a_value_are_changed() {
        let world = World::new();
        world.create("a", "1");
        check(
            &world,
            UpdateSecretRequest { description: Some("new".to_owned()), ..request() },
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a"
            }"#]],
        );
        check(
            &world,
            with_value(TOKEN_2, "2"),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000002"
            }"#]],
        );
        check(
            &world,
            with_value(TOKEN_2, "2"),
            expect![
                "ResourceExistsException: You can't use ClientRequestToken 00000000-0000-4000-8000-000000000002 because that value is already in use for a version of secret arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>."
            ],
        );
        let record = world.record("a").expect("there");
        assert_eq!((record.description.as_str(), record.versions.len()), ("new", 2));
        assert_eq!(record.versions[1].stages, ["AWSCURRENT"]);
        let cleared = UpdateSecretRequest { description: Some(String::new()), ..request() };
        world.run(run, cleared).expect("changed");
        assert_eq!(world.record("a").expect("there").description, "");
    }

    #[test]
    fn another_key_seals_the_labelled_versions_again() {
        let world = World::new();
        let (old, new) = (world.create_key(), world.create_key());
        world.create("a", "1");
        world.run(run, with_key(&old)).expect("changed");
        world.put("a", TOKEN_2, "2");
        world.put("a", TOKEN_3, "3");
        check(
            &world,
            with_key(&new),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a"
            }"#]],
        );
        let keys: Vec<String> =
            world.record("a").expect("there").versions.into_iter().map(|version| version.kms_key_id).collect();
        assert_eq!(keys, [old.as_str(), new.as_str(), new.as_str()], "the first has no label");
        world.kms("DisableKey", json!({ "KeyId": old }));
        let values = [TOKEN, TOKEN_2, TOKEN_3].map(|id| value(&world, id));
        assert_eq!(values, [Err("DecryptionFailure"), Ok("2".to_owned()), Ok("3".to_owned())]);
        world.run(run, with_key("")).expect("back to the default key");
        world.kms("DisableKey", json!({ "KeyId": new }));
        assert_eq!(
            (value(&world, TOKEN_3), world.record("a").expect("there").kms_key_id),
            (Ok("3".to_owned()), String::new())
        );
    }

    #[test]
    fn a_new_version_comes_under_the_new_key() {
        let world = World::new();
        let key = world.create_key();
        world.create("a", "1");
        let both = UpdateSecretRequest { kms_key_id: Some(key.clone()), ..with_value(TOKEN_2, "2") };
        world.run(run, both).expect("changed");
        let keys: Vec<String> =
            world.record("a").expect("there").versions.into_iter().map(|version| version.kms_key_id).collect();
        assert_eq!(keys, [key.clone(), key]);
        assert_eq!((value(&world, TOKEN), value(&world, TOKEN_2)), (Ok("1".to_owned()), Ok("2".to_owned())));
    }

    #[test]
    fn a_key_that_cannot_be_used_changes_nothing() {
        let world = World::new();
        world.create("a", "1");
        let key = world.create_key();
        world.kms("DisableKey", json!({ "KeyId": key }));
        let before = world.record("a");
        assert_eq!(world.run(run, with_key(&key)).expect_err("disabled").code, "EncryptionFailure");
        assert_eq!(world.record("a"), before);
    }

    /// The node that seals again looks at a secret that has a newer version by now.
    #[test]
    fn what_was_sealed_from_a_former_state_is_sealed_again() {
        let world = World::new();
        let key = world.create_key();
        world.create("a", "1");
        world.freeze_local();
        world.put("a", TOKEN_2, "2");
        world.run(run, with_key(&key)).expect("changed at the second attempt");
        let keys: Vec<String> =
            world.record("a").expect("there").versions.into_iter().map(|version| version.kms_key_id).collect();
        assert_eq!(keys, [key.clone(), key]);
    }

    #[test]
    fn racing_keys_leave_every_value_readable() {
        let world = World::new();
        let (one, other) = (world.create_key(), world.create_key());
        world.create("a", "1");
        world.freeze_local();
        world.run(run, with_key(&one)).expect("changed");
        world.run(run, with_key(&other)).expect("changed at the second attempt");
        let put = PutSecretValueRequest {
            secret_id: Some("a".to_owned()),
            client_request_token: Some(TOKEN_2.to_owned()),
            secret_string: Some("2".to_owned()),
            ..PutSecretValueRequest::default()
        };
        world.run(put_secret_value::run, put).expect("put at the second attempt");
        world.kms("DisableKey", json!({ "KeyId": one }));
        assert_eq!((value(&world, TOKEN), value(&world, TOKEN_2)), (Ok("1".to_owned()), Ok("2".to_owned())));
    }

    /// To the node that lags behind, the secret still has the key that is asked for.
    #[test]
    fn a_key_that_the_secret_had_before_is_taken_with_its_values() {
        let world = World::new();
        let (one, other) = (world.create_key(), world.create_key());
        world.create("a", "1");
        world.run(run, with_key(&one)).expect("changed");
        world.freeze_local();
        world.run(run, with_key(&other)).expect("changed");
        world.run(run, with_key(&one)).expect("changed at the second attempt");
        world.kms("DisableKey", json!({ "KeyId": other }));
        assert_eq!(value(&world, TOKEN), Ok("1".to_owned()));
        assert_eq!(world.record("a").expect("there").versions[0].kms_key_id, one);
    }

    #[test]
    fn a_call_that_started_over_acts_once() {
        for settles in [false, true] {
            let world = World::new();
            let (one, other) = (world.create_key(), world.create_key());
            world.create("a", "1");
            if settles {
                world.settle_refusals();
            }
            world.freeze_local();
            world.put("a", TOKEN_2, "2");
            let call = world.call(ACCOUNT);
            let first = world.run_as(&call, run, with_key(&one)).expect("changed at the second attempt");
            world.thaw_local();
            world.run(run, with_key(&other)).expect("changed");
            assert_eq!(world.run_as(&call, run, with_key(&one)), Ok(first));
            assert_eq!(world.record("a").expect("there").kms_key_id, other, "{settles}");
        }
    }

    #[test]
    fn the_command_is_pinned() {
        let command = UpdateSecretCommand {
            account: ACCOUNT.to_owned(),
            name: "a".to_owned(),
            suffix: "s".to_owned(),
            description: Some("d".to_owned()),
            kms_key_id: Some("k".to_owned()),
            version: Some(NewVersion { version_id: "v".to_owned(), value: None }),
            seen: Some(SeenKey { kms_key_id: "o".to_owned() }),
            resealed: vec![NewVersion { version_id: "w".to_owned(), value: None }],
            seen_revision: Some(1),
        };
        expect!["0a0c3131313132323232333333331201611a01732201642a016b32030a01763a030a016f42030a01774801"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

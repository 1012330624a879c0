//! PutSecretValue: gives a secret a new version.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>
//!
//! The value is sealed for the ARN and under the key that the secret has when it is looked at; apply refuses when either
//! has changed, and the request starts over. A token that is taken is answered by opening the version that has it: the
//! same value is a success that changes nothing. Nothing of a value, not even a digest, is kept to compare with.

use crate::limits::CHANGE_ATTEMPTS_MAX;
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::Permitted;
use crate::tables::state::{NewVersion, PutSecretValueCommand, PutSecretValueReply, SeenKey, Version};
use crate::tables::{self, SecretRecord};
use crate::value::SecretValue;
use crate::{SecretsError, SecretsManager, stages, token};
use access::Condition;
use access::quota::{self, Quota};
use proto::secretsmanager::v1::{PutSecretValueRequest, PutSecretValueResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: PutSecretValueRequest,
) -> Result<PutSecretValueResponse, Fault> {
    let wanted = Wanted::parse(request, &call)?;
    let mut found = service::decide(&*secrets.replica, |view| wanted.find(&secrets, view, &call)).await?;
    for _ in 0..CHANGE_ATTEMPTS_MAX {
        let (arn, name) = (found.arn.to_string(), found.record.name.clone());
        let stages = match wanted.put(&secrets, &call, found).await? {
            Ok(reply) => Some(reply.stages),
            Err(Refused::TokenInUse) => Some(wanted.answer_again(&secrets, &call).await?),
            Err(refused) if refused.starts_over() => None,
            Err(refused) => return Err(refused.error(&name).into()),
        };
        if let Some(version_stages) = stages {
            let (arn, name, version_id) = (Some(arn), Some(name), Some(wanted.token));
            return Ok(PutSecretValueResponse { arn, name, version_id, version_stages });
        }
        found = wanted.find(&secrets, &*secrets.replica.read().await?, &call)?;
    }
    Err(SecretsError::Contended.into())
}

/// A request that keeps the rules which need no table.
struct Wanted {
    id: SecretId,
    token: String,
    value: SecretValue,
    stages: Vec<String>,
}

impl Wanted {
    fn parse(request: PutSecretValueRequest, call: &Call) -> Result<Self, SecretsError> {
        if request.rotation_token.is_some() {
            return Err(SecretsError::Unsupported { what: "Rotation" });
        }
        let value = SecretValue::parse(request.secret_string, request.secret_binary)?.ok_or_else(|| {
            SecretsError::InvalidRequest("You must provide either SecretString or SecretBinary.".to_owned())
        })?;
        let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), call);
        let token = token::required(request.client_request_token)?;
        Ok(Self { id, token, value, stages: request.version_stages })
    }

    fn find(&self, secrets: &SecretsManager, view: &dyn View, call: &Call) -> Result<Permitted, SecretsError> {
        let stages: [Condition; 1] = [("secretsmanager:VersionStage".into(), self.stages.clone())];
        let own: &[Condition] = if self.stages.is_empty() { &[] } else { &stages };
        secrets.permitted(view, call, "secretsmanager:PutSecretValue", &self.id, own)?.live()
    }

    /// Proposes the version. The plaintext ends here.
    async fn put(
        &self,
        secrets: &SecretsManager,
        call: &Call,
        found: Permitted,
    ) -> Result<Result<PutSecretValueReply, Refused>, SecretsError> {
        let Permitted { record, arn, permit } = found;
        secrets.prepare_key(call, &record.kms_key_id, &permit).await?;
        let sealed = {
            let view = secrets.replica.read().await?;
            secrets.seal(&*view, call, &arn, &self.token, &record.kms_key_id, &self.value)?
        };
        let command = PutSecretValueCommand {
            account: self.id.account().to_string(),
            name: record.name,
            suffix: record.suffix,
            version: Some(sealed),
            stages: self.stages.clone(),
            seen: Some(SeenKey { kms_key_id: record.kms_key_id }),
        };
        secrets.propose(call.attempt, permit, command).await
    }

    /// The labels of the version that has the token, when its value is the same.
    async fn answer_again(&self, secrets: &SecretsManager, call: &Call) -> Result<Vec<String>, SecretsError> {
        let view = secrets.replica.read().await?;
        let Permitted { record, arn, .. } = self.find(secrets, &*view, call)?;
        match secrets.holds_already(&*view, call, &arn, &record, &self.token, &self.value)? {
            Some(true) => Ok(stages::version(&record.versions, &self.token).expect("it was just read").stages.clone()),
            Some(false) => Err(SecretsError::TokenInUse { token: self.token.clone(), arn: arn.to_string() }),
            // It was removed since, to make room.
            None => Err(SecretsError::Contended),
        }
    }
}

impl Command for PutSecretValueCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 1;
    type Reply = PutSecretValueReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<PutSecretValueReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let new = self.version.expect("a command carries its version");
        if stages::version(&record.versions, &new.version_id).is_some() {
            return Applied::refused(Refused::TokenInUse);
        }
        if self.seen.is_some_and(|seen| seen.kms_key_id != record.kms_key_id) {
            return Applied::refused(Refused::Moved);
        }
        let (mut writes, mut changed) = (Writes::new(), record.clone());
        let version_id = new.version_id.clone();
        if let Err(refused) = add_version(at, view, &mut writes, &account, &mut changed, new, &self.stages) {
            return Applied::refused(refused);
        }
        tables::put_secret(&mut writes, &account, Some(&record), &changed);
        let stages = stages::version(&changed.versions, &version_id).expect("it was just added").stages.clone();
        Applied::reply(writes, PutSecretValueReply { stages })
    }
}

/// Adds a version under the key of the secret, moves the labels that it gets, and removes versions that are too many.
pub(crate) fn add_version(
    at: Timestamp,
    view: &dyn View,
    writes: &mut Writes,
    account: &AccountId,
    record: &mut SecretRecord,
    new: NewVersion,
    labels: &[String],
) -> Result<(), Refused> {
    record.versions.push(Version {
        version_id: new.version_id.clone(),
        created_at: at.as_millis(),
        stages: Vec::new(),
        kms_key_id: record.kms_key_id.clone(),
    });
    stages::attach_new(&mut record.versions, &new.version_id, labels);
    stages::check_number(&record.versions, quota::limit(view, account, Quota::SecretStages))?;
    let gone = stages::prune(&mut record.versions, at, quota::limit(view, account, Quota::SecretVersions))?;
    for version_id in gone {
        tables::delete_version(writes, account, &record.name, &version_id);
    }
    tables::put_version(writes, account, &record.name, &new.version_id, new.value);
    record.changed_at = at.as_millis();
    record.revision += 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, TOKEN, TOKEN_2, TOKEN_3, World, create_request};
    use crate::operations::{create_secret, delete_secret, get_secret_value};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::{CreateSecretRequest, DeleteSecretRequest, GetSecretValueRequest};
    use replica::testing::Tables;
    use serde_json::json;

    fn request(token: &str, value: &str, stages: &[&str]) -> PutSecretValueRequest {
        PutSecretValueRequest {
            secret_id: Some("a".to_owned()),
            client_request_token: Some(token.to_owned()),
            secret_string: Some(value.to_owned()),
            version_stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
            ..PutSecretValueRequest::default()
        }
    }

    fn check(world: &World, request: PutSecretValueRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    fn stages(world: &World) -> Vec<String> {
        let versions = world.record("a").expect("there").versions;
        versions.iter().map(|version| version.stages.join(" ")).collect()
    }

    #[test]
    fn a_new_version_moves_the_labels() {
        let world = World::new();
        world.create("a", "1");
        check(
            &world,
            request(TOKEN_2, "2", &[]),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000002",
              "VersionStages": [
                "AWSCURRENT"
              ]
            }"#]],
        );
        assert_eq!(stages(&world), ["AWSPREVIOUS", "AWSCURRENT"]);
        check(
            &world,
            request(TOKEN_3, "3", &["AWSPENDING", "mine"]),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000003",
              "VersionStages": [
                "AWSPENDING",
                "mine"
              ]
            }"#]],
        );
        assert_eq!(stages(&world), ["AWSPREVIOUS", "AWSCURRENT", "AWSPENDING mine"]);
    }

    #[test]
    fn a_token_stands_for_one_value() {
        let world = World::new();
        world.create("a", "1");
        world.put("a", TOKEN_2, "2");
        let before = world.record("a");
        check(
            &world,
            request(TOKEN_2, "2", &["other"]),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000002",
              "VersionStages": [
                "AWSCURRENT"
              ]
            }"#]],
        );
        check(
            &world,
            request(TOKEN_2, "3", &[]),
            expect![
                "ResourceExistsException: You can't use ClientRequestToken 00000000-0000-4000-8000-000000000002 because that value is already in use for a version of secret arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>."
            ],
        );
        let binary = PutSecretValueRequest {
            secret_string: None,
            secret_binary: Some(b"2".to_vec().into()),
            ..request(TOKEN_2, "", &[])
        };
        check(
            &world,
            binary,
            expect![
                "ResourceExistsException: You can't use ClientRequestToken 00000000-0000-4000-8000-000000000002 because that value is already in use for a version of secret arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>."
            ],
        );
        assert_eq!(world.record("a"), before);
    }

    /// Two callers look at the secret before either has proposed; the node of the second lags behind.
    #[test]
    fn racing_requests_with_one_token_make_one_version() {
        let world = World::new();
        world.create("a", "1");
        world.freeze_local();
        world.put("a", TOKEN_2, "2");
        let before = world.record("a");
        assert_eq!(world.run(run, request(TOKEN_2, "2", &[])).map(|answer| answer.version_stages.len()), Ok(1));
        assert_eq!(world.run(run, request(TOKEN_2, "3", &[])).expect_err("taken").code, "ResourceExistsException");
        assert_eq!(world.record("a"), before);
    }

    #[test]
    fn a_value_for_the_former_key_or_secret_is_made_again() {
        let world = World::new();
        let key = world.create_key();
        world.create("a", "1");
        world.freeze_local();
        let keyed = proto::secretsmanager::v1::UpdateSecretRequest {
            secret_id: Some("a".to_owned()),
            kms_key_id: Some(key.clone()),
            ..Default::default()
        };
        world.run(crate::operations::update_secret::run, keyed).expect("changed");
        world.put("a", TOKEN_2, "2");
        assert_eq!(world.record("a").expect("there").versions[1].kms_key_id, key);
        let read = || {
            let request = GetSecretValueRequest { secret_id: Some("a".to_owned()), ..Default::default() };
            world.run(get_secret_value::run, request).map(|answer| answer.secret_string)
        };
        assert_eq!(read(), Ok(Some("2".to_owned())));
        world.kms("DisableKey", json!({ "KeyId": key }));
        assert_eq!(read().expect_err("it is under the new key").code, "DecryptionFailure");
        world.kms("EnableKey", json!({ "KeyId": key }));

        let delete = DeleteSecretRequest {
            secret_id: Some("a".to_owned()),
            force_delete_without_recovery: Some(true),
            ..Default::default()
        };
        let former = world.run(run, request(TOKEN_3, "3", &[])).expect("put").arn;
        world.freeze_local();
        world.run(delete_secret::run, delete).expect("deleted");
        world.create("a", "1");
        world.put("a", TOKEN_2, "new");
        assert_eq!(read(), Ok(Some("new".to_owned())), "it is sealed for the new ARN");
        let to_former = PutSecretValueRequest { secret_id: former, ..request(TOKEN_3, "3", &[]) };
        let fault = world.run(run, to_former).expect_err("it was another secret");
        assert_eq!(fault.code, "ResourceNotFoundException");
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            request(TOKEN, "1", &[]),
            expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."],
        );
        let bare = CreateSecretRequest { name: Some("a".to_owned()), ..CreateSecretRequest::default() };
        world.run(create_secret::run, bare).expect("made");
        check(
            &world,
            PutSecretValueRequest { secret_string: None, ..request(TOKEN, "", &[]) },
            expect!["InvalidRequestException: You must provide either SecretString or SecretBinary."],
        );
        check(
            &world,
            PutSecretValueRequest { client_request_token: None, ..request(TOKEN, "1", &[]) },
            expect![
                "InvalidRequestException: You must provide a ClientRequestToken value. We recommend a UUID-type value."
            ],
        );
        let rotated = PutSecretValueRequest { rotation_token: Some("t".to_owned()), ..request(TOKEN, "1", &[]) };
        check(&world, rotated, expect!["InvalidParameterException: Rotation is not supported by this cluster."]);
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            &world,
            request(TOKEN, "1", &many),
            expect!["LimitExceededException: You've reached the quota of staging labels of this secret."],
        );
        check(
            &world,
            request(TOKEN, "1", &[]),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000001",
              "VersionStages": [
                "AWSCURRENT"
              ]
            }"#]],
        );
    }

    #[test]
    fn versions_are_kept_to_their_quota() {
        let account: AccountId = ACCOUNT.parse().expect("an account");
        let (mut tables, mut writes) = (Tables::default(), Writes::new());
        quota::set_limit(&mut writes, &account, Quota::SecretVersions, Some(2));
        let record = SecretRecord { name: "a".to_owned(), suffix: "AAAAAA".to_owned(), ..SecretRecord::default() };
        tables::put_secret(&mut writes, &account, None, &record);
        tables.commit(&writes);
        let day = crate::limits::DAY_MILLIS;
        let mut put = |id: &str, stages: &[&str], at| {
            let applied = command(id, stages).apply(Timestamp::from_millis(at), &tables);
            tables.commit(&applied.writes);
            let kept = |id: &&str| tables::version(&tables, &account, "a", id).is_some();
            let kept: Vec<&str> = ["1", "2", "3", "4"].into_iter().filter(kept).collect();
            (applied.result.map(drop), kept.join(" "))
        };
        let full = Err(Refused::VersionLimit.into());
        assert_eq!(put("1", &[], 1), (Ok(()), "1".to_owned()));
        assert_eq!(put("2", &[], 1), (Ok(()), "1 2".to_owned()));
        assert_eq!(put("3", &[], 1), (full, "1 2".to_owned()), "all have a label, or would be too young");
        assert_eq!(put("3", &[], day + 1), (Ok(()), "2 3".to_owned()), "the first lost its label");
    }

    #[test]
    fn values_in_the_clear_are_written_nowhere() {
        let world = World::new();
        world.create("a", "1");
        world.put("a", TOKEN_2, "canary-0123456789");
        world.run(run, request(TOKEN_2, "canary-0123456789", &[])).expect("the same");
        assert!(!world.written_anywhere("canary-0123456789") && !world.records_as_json().contains("canary"));
    }

    #[test]
    fn a_first_version_is_current_whatever_its_labels() {
        let world = World::new();
        let bare = CreateSecretRequest { secret_string: None, ..create_request("a", TOKEN, "") };
        world.run(create_secret::run, bare).expect("made");
        world.run(run, request(TOKEN, "1", &["mine"])).expect("put");
        assert_eq!(stages(&world), ["mine AWSCURRENT"]);
    }

    fn command(id: &str, stages: &[&str]) -> PutSecretValueCommand {
        PutSecretValueCommand {
            account: ACCOUNT.to_owned(),
            name: "a".to_owned(),
            suffix: "AAAAAA".to_owned(),
            version: Some(NewVersion { version_id: id.to_owned(), value: None }),
            stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
            seen: Some(SeenKey { kms_key_id: String::new() }),
        }
    }

    #[test]
    fn the_command_is_pinned() {
        expect!["0a0c3131313132323232333333331201611a0641414141414122030a01762a01733200"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&command("v", &["s"]))));
        let reply = PutSecretValueReply { stages: vec!["s".to_owned()] };
        expect!["0a0173"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&reply)));
    }
}

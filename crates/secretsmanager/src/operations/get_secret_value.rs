//! GetSecretValue: the value of a version, in the clear.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>. A read: it does not enter
//! the log, so LastAccessedDate is not kept.

use crate::secret_id::SecretId;
use crate::service::Permitted;
use crate::stages::{self, CURRENT};
use crate::tables::state::Version;
use crate::tables::{self, SecretRecord};
use crate::time::timestamp;
use crate::value::SecretValue;
use crate::{SecretsError, SecretsManager};
use access::Condition;
use proto::secretsmanager::v1::{GetSecretValueRequest, GetSecretValueResponse};
use replica::{Arn, View};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: GetSecretValueRequest,
) -> Result<GetSecretValueResponse, Fault> {
    let view = secrets.replica.read().await?;
    Ok(get(&secrets, &*view, &call, &request)?)
}

/// Gets a value, as of `view`.
pub(crate) fn get(
    secrets: &SecretsManager,
    view: &dyn View,
    call: &Call,
    request: &GetSecretValueRequest,
) -> Result<GetSecretValueResponse, SecretsError> {
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), call);
    let own = conditions(request);
    let found = secrets.permitted(view, call, "secretsmanager:GetSecretValue", &id, &own)?.live()?;
    let Permitted { record, arn, .. } = found;
    let version = select(&record, request.version_id.as_deref(), request.version_stage.as_deref())?;
    let value = secrets.read_version(view, call, &arn, &record.name, &version.version_id)?;
    let (secret_string, secret_binary) = value.into_members()?;
    Ok(GetSecretValueResponse {
        arn: Some(arn.to_string()),
        version_id: Some(version.version_id.clone()),
        secret_binary: secret_binary.map(Into::into),
        secret_string,
        version_stages: version.stages.clone(),
        created_date: timestamp(version.created_at),
        name: Some(record.name),
    })
}

impl SecretsManager {
    /// Opens the value of a version that the secret `arn` has in `view`.
    pub(crate) fn read_version(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        name: &str,
        version_id: &str,
    ) -> Result<SecretValue, SecretsError> {
        let account = arn.account.parse().expect("the ARN of a secret names an account");
        let row = tables::version(view, &account, name, version_id).and_then(|row| row.value);
        let sealed = row.ok_or_else(|| SecretsError::Internal { cause: format!("{arn} lacks a version's value") })?;
        self.open(view, call, arn, version_id, sealed)
    }
}

fn conditions(request: &GetSecretValueRequest) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    if let Some(version_id) = &request.version_id {
        conditions.push(("secretsmanager:VersionId".into(), vec![version_id.clone()]));
    }
    let stage = request.version_stage.as_deref().or(request.version_id.is_none().then_some(CURRENT));
    if let Some(stage) = stage {
        conditions.push(("secretsmanager:VersionStage".into(), vec![stage.to_owned()]));
    }
    conditions
}

/// The version that a request names by id, by label, by both, or by neither.
fn select<'a>(
    record: &'a SecretRecord,
    version_id: Option<&str>,
    stage: Option<&str>,
) -> Result<&'a Version, SecretsError> {
    let not_found = |what: String| SecretsError::ValueNotFound { what };
    let Some(version_id) = version_id else {
        let stage = stage.unwrap_or(CURRENT);
        let holder = stages::holder(&record.versions, stage);
        return holder.ok_or_else(|| not_found(format!("staging label: {stage}")));
    };
    let version =
        stages::version(&record.versions, version_id).ok_or_else(|| not_found(format!("VersionId: {version_id}")))?;
    match stage {
        Some(stage) if !version.stages.iter().any(|held| held == stage) => Err(SecretsError::StageOfOtherVersion),
        _ => Ok(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::create_secret;
    use crate::operations::testing::{ACCOUNT, TOKEN, TOKEN_2, World, create_request};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::CreateSecretRequest;
    use serde_json::json;

    fn request(id: &str, version_id: Option<&str>, stage: Option<&str>) -> GetSecretValueRequest {
        GetSecretValueRequest {
            secret_id: Some(id.to_owned()),
            version_id: version_id.map(str::to_owned),
            version_stage: stage.map(str::to_owned),
        }
    }

    fn check(world: &World, request: GetSecretValueRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn a_value_is_answered_by_label_by_version_and_by_neither() {
        let world = World::new();
        let arn = world.create("a", "1");
        world.put("a", TOKEN_2, "2");
        check(
            &world,
            request("a", None, None),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "VersionId": "00000000-0000-4000-8000-000000000002",
              "SecretString": "2",
              "VersionStages": [
                "AWSCURRENT"
              ],
              "CreatedDate": 1700000000.123
            }"#]],
        );
        let value = |id: &str, version, stage| {
            world.run(run, request(id, version, stage)).expect("found").secret_string.expect("text")
        };
        assert_eq!(value("a", None, Some("AWSPREVIOUS")), "1");
        assert_eq!(value(&arn, Some(TOKEN), None), "1");
        assert_eq!(value(&arn[..arn.len() - 7], Some(TOKEN_2), Some("AWSCURRENT")), "2");
    }

    #[test]
    fn bytes_come_back_as_bytes() {
        let world = World::new();
        let bytes = vec![0, 0xff, 1];
        let binary = CreateSecretRequest {
            secret_string: None,
            secret_binary: Some(bytes.clone().into()),
            ..create_request("b", TOKEN, "")
        };
        world.run(create_secret::run, binary).expect("made");
        let found = world.run(run, request("b", None, None)).expect("found");
        assert_eq!((found.secret_binary.map(Vec::from), found.secret_string), (Some(bytes), None));
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        world.create("a", "1");
        check(
            &world,
            request("nobody", None, None),
            expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."],
        );
        check(
            &world,
            request("a", None, Some("AWSPREVIOUS")),
            expect![
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS"
            ],
        );
        check(
            &world,
            request("a", Some(TOKEN_2), None),
            expect![
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: 00000000-0000-4000-8000-000000000002"
            ],
        );
        check(
            &world,
            request("a", Some(TOKEN), Some("AWSPREVIOUS")),
            expect![
                "InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId."
            ],
        );
        check(
            &world,
            request("arn:aws:secretsmanager:eu-west-1:111122223333:secret:a", None, None),
            expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."],
        );
        check(
            &world,
            request("arn:aws:secretsmanager:us-east-1:444455556666:secret:a", None, None),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:444455556666:secret:a-<suffix> because no resource-based policy allows the secretsmanager:GetSecretValue action"
            ],
        );
        let bare = CreateSecretRequest { name: Some("bare".to_owned()), ..CreateSecretRequest::default() };
        world.run(create_secret::run, bare).expect("made");
        check(
            &world,
            request("bare", None, None),
            expect![
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
            ],
        );
    }

    #[test]
    fn a_value_opens_with_its_key_its_arn_and_its_version_alone() {
        let world = World::new();
        let key = world.create_key();
        let keyed =
            |name: &str| CreateSecretRequest { kms_key_id: Some(key.clone()), ..create_request(name, TOKEN, "canary") };
        for name in ["a", "b"] {
            world.run(create_secret::run, keyed(name)).expect("made");
        }
        let (call, tables) = (world.call(ACCOUNT), world.tables());
        let stolen = tables::version(&tables, &call.caller.account, "a", TOKEN).and_then(|row| row.value);
        let stolen = stolen.expect("a value");
        let arn = |name: &str| {
            let record = world.record(name).expect("made");
            crate::secret_id::arn_of_record(&call.region, &call.caller.account, &record)
        };
        let opens = |name: &str, version: &str| {
            world.service().open(&tables, &call, &arn(name), version, stolen.clone()).is_ok()
        };
        assert_eq!([opens("a", TOKEN), opens("b", TOKEN), opens("a", TOKEN_2)], [true, false, false]);

        world.kms("DisableKey", json!({ "KeyId": key }));
        let fault = world.run(run, request("a", None, None)).expect_err("disabled");
        assert_eq!(fault.code, "DecryptionFailure");
        assert!(fault.message.ends_with(&format!("{key} is disabled.")), "{}", fault.message);
    }
}

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

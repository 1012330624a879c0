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
use crate::service::{Permitted, attempt_id};
use crate::tables::state::{NewVersion, PutSecretValueCommand, PutSecretValueReply, SeenKey, Version};
use crate::tables::{self, SecretRecord};
use crate::value::SecretValue;
use crate::{SecretsError, SecretsManager, stages, token};
use access::Condition;
use access::quota::{self, Quota};
use proto::secretsmanager::v1::{PutSecretValueRequest, PutSecretValueResponse};
use replica::{AccountId, Applied, Command, RequestId, Timestamp, View, Writes, kind};
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
    for attempt in 0..CHANGE_ATTEMPTS_MAX {
        let (arn, name) = (found.arn.to_string(), found.record.name.clone());
        let stages = match wanted.put(&secrets, &call, attempt_id(&call, attempt), found).await? {
            Ok(reply) => Some(reply.stages),
            Err(Refused::TokenInUse) => Some(wanted.answer_again(&secrets, &call).await?),
            Err(Refused::Moved) => None,
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
        id: RequestId,
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
        secrets.propose(id, permit, command).await
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

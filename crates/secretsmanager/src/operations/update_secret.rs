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
use crate::service::{Permitted, attempt_id};
use crate::stages::{self, CURRENT, PENDING, PREVIOUS};
use crate::tables::state::{NewVersion, SeenKey, UpdateSecretCommand, UpdateSecretReply};
use crate::tables::{self, SecretRecord};
use crate::value::{SecretValue, key_of_request};
use crate::{SecretsError, SecretsManager, token};
use access::Condition;
use proto::secretsmanager::v1::{UpdateSecretRequest, UpdateSecretResponse};
use replica::{AccountId, Applied, Arn, Command, RequestId, Timestamp, View, Writes, kind};
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
    for attempt in 0..CHANGE_ATTEMPTS_MAX {
        let (arn, name) = (found.arn.to_string(), found.record.name.clone());
        match wanted.update(&secrets, &call, attempt_id(&call, attempt), found).await? {
            Ok(UpdateSecretReply {}) => {
                let version_id = wanted.new.map(|(token, _)| token);
                return Ok(UpdateSecretResponse { arn: Some(arn), name: Some(name), version_id });
            }
            Err(Refused::TokenInUse) => {
                let token = wanted.new.map(|(token, _)| token).unwrap_or_default();
                return Err(SecretsError::TokenInUse { token, arn }.into());
            }
            Err(Refused::Moved) => found = wanted.find(&secrets, &*secrets.replica.read().await?, &call)?,
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
            key_id: request.kms_key_id.map(|key_id| key_of_request(&key_id)),
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
        id: RequestId,
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
        secrets.propose(id, permit, command).await
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
    /// Whether the secret differs in what the values were sealed for.
    fn moved(&self, record: &SecretRecord) -> bool {
        let other_key = self.seen.as_ref().is_some_and(|seen| seen.kms_key_id != record.kms_key_id);
        let sealed = self.version.is_some() || self.seen_revision.is_some();
        sealed && other_key || self.seen_revision.is_some_and(|seen| seen != record.revision)
    }
}

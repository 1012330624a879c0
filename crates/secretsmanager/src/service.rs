//! The service itself: what its operations work with.

use crate::SecretsError;
use crate::refused::Refused;
use crate::secret_id::{SecretId, arn_of_record};
use crate::tables::SecretRecord;
use access::{Authority, Condition, Permit};
use crypto::Vault;
use events::Recorder;
use kms::Kms;
use replica::{Arn, Command, Replica, RequestId, View};
use service::Call;
use std::sync::Arc;

/// Secrets Manager of one cluster.
pub struct SecretsManager {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) authority: Authority,
    pub(crate) vault: Arc<Vault>,
    pub(crate) kms: Arc<Kms>,
    pub(crate) recorder: Arc<dyn Recorder>,
}

/// A secret that the caller may do something to.
pub(crate) struct Permitted {
    pub(crate) record: SecretRecord,
    pub(crate) arn: Arn,
    pub(crate) permit: Permit,
}

impl Permitted {
    /// The secret, unless it waits for its deletion.
    pub(crate) fn live(self) -> Result<Self, SecretsError> {
        if self.record.deletion_due_at == 0 { Ok(self) } else { Err(SecretsError::MarkedForDeletion) }
    }
}

impl SecretsManager {
    /// A service over `replica`. The data keys of secrets come from `kms`, on the caller's behalf; the vault seals values
    /// under them, and the tokens of pages. What it does for other services goes to `recorder`; what callers ask of it
    /// directly is recorded by the gateway.
    pub fn new(
        replica: Arc<dyn Replica>,
        authority: Authority,
        vault: Arc<Vault>,
        kms: Arc<Kms>,
        recorder: Arc<dyn Recorder>,
    ) -> Self {
        Self { replica, authority, vault, kms, recorder }
    }

    /// Whether the caller may do `action` to `resource`, as of `view`. `own` are the condition keys of the operation.
    pub(crate) fn authorize(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        resource: &Arn,
        own: &[Condition],
    ) -> Result<Permit, SecretsError> {
        let mut conditions = call.conditions();
        conditions.extend_from_slice(own);
        Ok(self.authority.authorize(view, &call.caller, action, resource, &conditions)?)
    }

    /// The secret that goes by `id` in `view`, if the caller may do `action` to it. Whether there is one is told only to
    /// those who may; another account's secrets are not looked at, because a refusal repeats the ARN that was found.
    pub(crate) fn permitted(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        id: &SecretId,
        own: &[Condition],
    ) -> Result<Permitted, SecretsError> {
        let own_account = id.account() == &call.caller.account;
        let found = own_account.then(|| id.find(view)).flatten();
        let arn = found.as_ref().map(|record| arn_of_record(&call.region, id.account(), record));
        let mut conditions =
            vec![("secretsmanager:SecretId".into(), vec![arn.as_ref().unwrap_or(id.named()).to_string()])];
        for tag in found.iter().flat_map(|record| &record.tags) {
            conditions.push((format!("aws:ResourceTag/{}", tag.key).into(), vec![tag.value.clone()]));
            conditions.push((format!("secretsmanager:ResourceTag/{}", tag.key).into(), vec![tag.value.clone()]));
        }
        conditions.extend_from_slice(own);
        let permit = self.authorize(view, call, action, arn.as_ref().unwrap_or(id.named()), &conditions)?;
        match (found, arn) {
            (Some(record), Some(arn)) => Ok(Permitted { record, arn, permit }),
            _ => Err(SecretsError::SecretNotFound),
        }
    }

    /// Proposes a command under the permission that the call was given.
    pub(crate) async fn propose<C: Command>(
        &self,
        id: RequestId,
        permit: Permit,
        command: C,
    ) -> Result<Result<C::Reply, Refused>, SecretsError> {
        let result = replica::propose(&*self.replica, id, permit.into_access(), command).await?;
        result.map(Ok).or_else(|refusal| Refused::read(&refusal).map(Err))
    }
}

/// The proposals of one call need ids of their own, each the same for every attempt of an SDK at the call.
pub(crate) fn attempt_id(call: &Call, attempt: u8) -> RequestId {
    let mut id = call.proposal_id;
    id.0[14] ^= attempt;
    id
}

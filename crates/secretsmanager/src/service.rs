//! The service itself: what its operations work with.

use crate::SecretsError;
use crate::limits::CHANGE_ATTEMPTS_MAX;
use crate::refused::Refused;
use crate::secret_id::{SecretId, arn_of_record};
use crate::tables::SecretRecord;
use access::{Authority, Condition, Permit};
use crypto::Vault;
use events::Recorder;
use kms::Kms;
use replica::{Arn, Attempt, Command, Replica, View};
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

/// A change that was made.
pub(crate) struct Changed<R> {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) reply: R,
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

    /// Finds a secret and proposes a change to it. This node's tables may show a secret that was deleted and made anew
    /// since: that there is none is true only of a view behind a barrier. Every attempt goes under the call's own id.
    pub(crate) async fn change<C: Command>(
        &self,
        call: &Call,
        find: impl Fn(&dyn View) -> Result<Permitted, SecretsError>,
        command: impl Fn(&SecretRecord) -> C,
    ) -> Result<Changed<C::Reply>, SecretsError> {
        let mut found = service::decide(&*self.replica, &find).await?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let Permitted { record, arn, permit } = found;
            match self.propose(call.attempt, permit, command(&record)).await? {
                Ok(reply) => return Ok(Changed { arn: arn.to_string(), name: record.name, reply }),
                Err(refused) if refused.starts_over() => found = find(&*self.replica.read().await?)?,
                Err(refused) => return Err(refused.error(&record.name)),
            }
        }
        Err(SecretsError::Contended)
    }

    /// Proposes a command under the permission that the call was given.
    pub(crate) async fn propose<C: Command>(
        &self,
        attempt: Attempt,
        permit: Permit,
        command: C,
    ) -> Result<Result<C::Reply, Refused>, SecretsError> {
        let result = replica::propose(&*self.replica, attempt, permit.into_access(), command).await?;
        result.map(Ok).or_else(|refusal| Refused::read(&refusal).map(Err))
    }
}

#[cfg(test)]
mod tests {
    use crate::operations::testing::{ACCOUNT, TOKEN, TOKEN_2, World};
    use serde_json::{Value, json};

    /// A node whose tables still show a secret that was deleted and made anew.
    fn check(operation: &str, rest: Value, is_done: impl Fn(&World) -> bool) {
        let world = World::new();
        let key = world.create_key();
        let former = world.create("a", "1");
        world.freeze_local();
        let one = |name: &str, body| world::one(crate::operations, name, &world.service(), world.call(ACCOUNT), body);
        let forced = json!({"SecretId": former, "ForceDeleteWithoutRecovery": true});
        one("DeleteSecret", forced).expect("deleted");
        let tags = json!([{"Key": "old", "Value": "x"}]);
        let anew = json!({"Name": "a", "SecretString": "2", "ClientRequestToken": TOKEN, "Tags": tags});
        let arn = one("CreateSecret", anew).expect("made anew")["ARN"].clone();
        let mut body = json!({"SecretId": "a"});
        for (member, value) in rest.as_object().expect("members") {
            body[member] = if value == "<key>" { json!(key) } else { value.clone() };
        }
        let answer = one(operation, body).expect(operation);
        assert!(answer["ARN"].is_null() || answer["ARN"] == arn, "{operation} {answer}");
        assert!(is_done(&world), "{operation}");
    }

    #[test]
    fn a_secret_made_anew_is_found_by_a_node_that_lags() {
        let there = |world: &World| world.record("a").expect("there");
        check("DeleteSecret", json!({"ForceDeleteWithoutRecovery": true}), |world| world.record("a").is_none());
        check("DeleteSecret", json!({}), |world| there(world).deletion_due_at != 0);
        check("RestoreSecret", json!({}), |world| there(world).deletion_due_at == 0);
        let tags = json!({"Tags": [{"Key": "k", "Value": "v"}]});
        check("TagResource", tags, |world| there(world).tags.len() == 2);
        check("UntagResource", json!({"TagKeys": ["old"]}), |world| there(world).tags.is_empty());
        let put = json!({"SecretString": "3", "ClientRequestToken": TOKEN_2});
        check("PutSecretValue", put.clone(), |world| there(world).versions.len() == 2);
        check("UpdateSecret", put, |world| there(world).versions.len() == 2);
        check("UpdateSecret", json!({"KmsKeyId": "<key>"}), |world| !there(world).kms_key_id.is_empty());
        let stage = json!({"VersionStage": "mine", "MoveToVersionId": TOKEN});
        check("UpdateSecretVersionStage", stage, |world| there(world).versions[0].stages.len() == 2);
    }
}

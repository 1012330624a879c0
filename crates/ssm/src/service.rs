//! The service itself: what its operations work with.

use crate::SsmError;
use access::{Authority, Condition, Permit};
use crypto::Vault;
use kms::Kms;
use replica::{Arn, Attempt, Command, Refusal, Replica, View};
use secretsmanager::SecretsManager;
use service::Call;
use std::sync::Arc;

/// Parameter Store of one cluster.
pub struct Ssm {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) authority: Authority,
    pub(crate) vault: Arc<Vault>,
    pub(crate) kms: Arc<Kms>,
    pub(crate) secrets: Arc<SecretsManager>,
}

impl Ssm {
    /// A service over `replica`. Values are encrypted by `kms` on the caller's behalf, or by the vault under data keys
    /// that it drew; the vault also seals the tokens of pages. Secrets that are read as parameters are those of `secrets`.
    pub fn new(
        replica: Arc<dyn Replica>,
        authority: Authority,
        vault: Arc<Vault>,
        kms: Arc<Kms>,
        secrets: Arc<SecretsManager>,
    ) -> Self {
        Self { replica, authority, vault, kms, secrets }
    }

    /// Whether the caller may do `action` to `resource`, as of `view`. `own` are the condition keys of the operation.
    pub(crate) fn authorize(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        resource: &Arn,
        own: &[Condition],
    ) -> Result<Permit, SsmError> {
        let mut conditions = call.conditions();
        conditions.extend_from_slice(own);
        Ok(self.authority.authorize(view, &call.caller, action, resource, &conditions)?)
    }

    /// Proposes a command under the permission that the call was given.
    pub(crate) async fn propose<C: Command>(
        &self,
        attempt: Attempt,
        permit: Permit,
        command: C,
    ) -> Result<Result<C::Reply, Refusal>, SsmError> {
        Ok(replica::propose(&*self.replica, attempt, permit.into_access(), command).await?)
    }
}

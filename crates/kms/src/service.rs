//! The service itself: what its operations work with.

use crate::KmsError;
use crate::conditions::Conditions;
use crate::limits::ATTEMPTS_MAX;
use crate::refused::Refused;
use access::{Authority, Permit};
use crypto::Vault;
use events::Recorder;
use replica::{Arn, Command, Refusal, Replica, View};
use service::Call;
use std::sync::Arc;

/// The Key Management Service of one cluster.
pub struct Kms {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) authority: Authority,
    pub(crate) vault: Arc<Vault>,
    pub(crate) recorder: Arc<dyn Recorder>,
}

impl Kms {
    /// A service over `replica`. What it does for other services goes to `recorder`; what callers ask of it directly is
    /// recorded by the gateway.
    pub fn new(
        replica: Arc<dyn Replica>,
        authority: Authority,
        vault: Arc<Vault>,
        recorder: Arc<dyn Recorder>,
    ) -> Self {
        Self { replica, authority, vault, recorder }
    }

    /// Whether the caller may do `action` to `resource`, as of `view`.
    pub(crate) fn authorize(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        resource: &Arn,
        conditions: Conditions,
    ) -> Result<Permit, KmsError> {
        Ok(self.authority.authorize(view, &call.caller, action, resource, &conditions.into_list())?)
    }

    /// Decides and proposes, and decides anew when what was decided on has moved before it was applied. Gives the
    /// refusal of any other kind. Every attempt goes under the call's own id: that a change has moved is not remembered,
    /// so the call, repeated by an SDK or not, acts once.
    pub(crate) async fn propose_decided<C: Command>(
        &self,
        call: &Call,
        decide: impl Fn(&dyn View) -> Result<(Permit, C), KmsError>,
    ) -> Result<Result<C::Reply, Refusal>, KmsError> {
        for attempt in 0..ATTEMPTS_MAX {
            // What moved is seen behind a barrier for certain.
            let (permit, command) = match attempt {
                0 => service::decide(&*self.replica, &decide).await?,
                _ => decide(&*self.replica.read().await?)?,
            };
            match self.propose(call, permit, command).await? {
                Err(refusal) if Refused::read(&refusal) == Some(Refused::Moved) => {}
                result => return Ok(result),
            }
        }
        Err(KmsError::Moved)
    }

    /// Proposes a command about the key `arn` under the permission that the call was given.
    pub(crate) async fn change<C: Command>(
        &self,
        call: &Call,
        permit: Permit,
        arn: &Arn,
        command: C,
    ) -> Result<C::Reply, KmsError> {
        self.propose(call, permit, command).await?.map_err(|refusal| Refused::error(&refusal, arn))
    }

    /// Proposes a command under the permission that the call was given.
    pub(crate) async fn propose<C: Command>(
        &self,
        call: &Call,
        permit: Permit,
        command: C,
    ) -> Result<Result<C::Reply, Refusal>, KmsError> {
        Ok(replica::propose(&*self.replica, call.attempt, permit.into_access(), command).await?)
    }
}

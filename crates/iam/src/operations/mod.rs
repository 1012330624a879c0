//! The list of operations and commands.

pub(crate) mod create_root_credential;
mod delete_credential;
mod get_caller_identity;
mod list_quotas;
mod set_credential_status;
mod set_quota;
mod set_quota_profile;

use crate::Iam;
use crate::tables::{CreateRootCredential, DeleteCredential, SetCredentialStatus, SetQuota, SetQuotaProfile};
use replica::Machine;
use service::{Offers, Operations};
use std::sync::Arc;

/// The numbers of this crate's commands. Append-only.
mod kind {
    use replica::kind::IAM;

    pub(super) const CREATE_ROOT_CREDENTIAL: u32 = IAM;
    pub(super) const SET_CREDENTIAL_STATUS: u32 = IAM + 1;
    pub(super) const DELETE_CREDENTIAL: u32 = IAM + 2;
    pub(super) const SET_QUOTA: u32 = IAM + 3;
    pub(super) const SET_QUOTA_PROFILE: u32 = IAM + 4;
}

/// Makes this crate's commands known.
pub fn register(machine: &mut Machine) {
    machine.register::<CreateRootCredential>();
    machine.register::<SetCredentialStatus>();
    machine.register::<DeleteCredential>();
    machine.register::<SetQuota>();
    machine.register::<SetQuotaProfile>();
}

/// The operations of this service, for the gateway.
pub fn offers(service: &Arc<Iam>) -> Offers {
    service::offers(service.clone(), operations)
}

/// Adds this crate's operations.
pub(crate) fn operations(operations: &mut impl Operations<Iam>) {
    operations.add(get_caller_identity::run);
}

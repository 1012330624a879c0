//! The list of operations and commands.

pub(crate) mod create_root_credential;
mod delete_credential;
mod get_caller_identity;
mod set_credential_status;

use crate::Iam;
use crate::tables::{CreateRootCredential, DeleteCredential, SetCredentialStatus};
use replica::Machine;
use service::Operations;

/// The numbers of this crate's commands. Append-only.
mod kind {
    use replica::kind::IAM;

    pub(super) const CREATE_ROOT_CREDENTIAL: u32 = IAM;
    pub(super) const SET_CREDENTIAL_STATUS: u32 = IAM + 1;
    pub(super) const DELETE_CREDENTIAL: u32 = IAM + 2;
}

/// Makes this crate's commands known.
pub fn register(machine: &mut Machine) {
    machine.register::<CreateRootCredential>();
    machine.register::<SetCredentialStatus>();
    machine.register::<DeleteCredential>();
}

/// Adds this crate's operations.
pub fn operations(operations: &mut impl Operations<Iam>) {
    operations.add(get_caller_identity::run);
}

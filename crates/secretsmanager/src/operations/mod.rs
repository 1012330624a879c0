//! The list of operations and of commands.

mod batch_get_secret_value;
pub(crate) mod create_secret;
mod delete_secret;
mod describe_secret;
mod get_random_password;
pub(crate) mod get_secret_value;
mod list_secret_version_ids;
mod list_secrets;
mod put_secret_value;
mod restore_secret;
#[cfg(test)]
mod strangers;
mod tag_resource;
#[cfg(test)]
pub(crate) mod testing;
mod untag_resource;
mod update_secret;
mod update_secret_version_stage;

use crate::SecretsManager;
use crate::tables::state;
use ::service::{Jobs, Offers, Operations};
use std::sync::Arc;

/// The operations of this service, for the gateway.
pub fn offers(service: &Arc<SecretsManager>) -> Offers {
    ::service::offers(service.clone(), operations)
}

/// Lists the operations that are built.
pub fn operations(list: &mut impl Operations<SecretsManager>) {
    list.add(batch_get_secret_value::run);
    list.add(create_secret::run);
    list.add(delete_secret::run);
    list.add(describe_secret::run);
    list.add(get_random_password::run);
    list.add(get_secret_value::run);
    list.add(list_secret_version_ids::run);
    list.add(list_secrets::run);
    list.add(put_secret_value::run);
    list.add(restore_secret::run);
    list.add(tag_resource::run);
    list.add(untag_resource::run);
    list.add(update_secret::run);
    list.add(update_secret_version_stage::run);
}

/// Makes the service's commands known.
pub fn register(machine: &mut replica::Machine) {
    machine.register::<state::CreateSecretCommand>();
    machine.register::<state::PutSecretValueCommand>();
    machine.register::<state::UpdateSecretCommand>();
    machine.register::<state::DeleteSecretCommand>();
    machine.register::<state::RestoreSecretCommand>();
    machine.register::<state::RemoveSecretCommand>();
    machine.register::<state::UpdateSecretVersionStageCommand>();
    machine.register::<state::TagSecretCommand>();
    machine.register::<state::UntagSecretCommand>();
}

/// Lists the commands that need something drawn when they are due: none, the queue holds them whole.
pub fn jobs(secrets: &Arc<SecretsManager>, jobs: &mut Jobs) {
    let _ = (secrets, jobs);
}

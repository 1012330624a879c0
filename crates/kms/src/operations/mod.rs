//! The list of operations and of commands.

mod cancel_key_deletion;
mod create_alias;
pub(crate) mod create_key;
pub(crate) mod decrypt;
mod delete_alias;
mod delete_key;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod enable_key;
mod enable_key_rotation;
pub(crate) mod encrypt;
pub(crate) mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod get_key_rotation_status;
mod list_aliases;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod re_encrypt;
mod rotate_key;
mod rotate_key_on_demand;
mod schedule_key_deletion;
#[cfg(test)]
mod states;
#[cfg(test)]
mod strangers;
mod tag_resource;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tried;
mod untag_resource;
mod update_alias;
mod update_key_description;

use crate::Kms;
use crate::tables::state;
use service::{Offers, Operations};
use std::sync::Arc;

/// The operations of this service, for the gateway.
pub fn offers(service: &Arc<Kms>) -> Offers {
    ::service::offers(service.clone(), operations)
}

/// Lists the operations that are built.
pub fn operations(list: &mut impl Operations<Kms>) {
    list.add(cancel_key_deletion::run);
    list.add(create_alias::run);
    list.add(create_key::run);
    list.add(decrypt::run);
    list.add(delete_alias::run);
    list.add(describe_key::run);
    list.add(disable_key::run);
    list.add(disable_key_rotation::run);
    list.add(enable_key::run);
    list.add(enable_key_rotation::run);
    list.add(encrypt::run);
    list.add(generate_data_key::run);
    list.add(generate_data_key_without_plaintext::run);
    list.add(generate_random::run);
    list.add(get_key_rotation_status::run);
    list.add(list_aliases::run);
    list.add(list_key_rotations::run);
    list.add(list_keys::run);
    list.add(list_resource_tags::run);
    list.add(re_encrypt::run);
    list.add(rotate_key_on_demand::run);
    list.add(schedule_key_deletion::run);
    list.add(tag_resource::run);
    list.add(untag_resource::run);
    list.add(update_alias::run);
    list.add(update_key_description::run);
}

/// Lists the commands that need something drawn when they are due.
pub fn jobs(kms: &std::sync::Arc<Kms>, jobs: &mut service::Jobs) {
    jobs.add(kms.clone(), rotate_key::prepare);
}

/// Makes the service's commands known.
pub fn register(machine: &mut replica::Machine) {
    machine.register::<state::CreateKeyCommand>();
    machine.register::<state::CreateManagedKeyCommand>();
    machine.register::<state::EnableKeyCommand>();
    machine.register::<state::DisableKeyCommand>();
    machine.register::<state::CreateAliasCommand>();
    machine.register::<state::UpdateAliasCommand>();
    machine.register::<state::DeleteAliasCommand>();
    machine.register::<state::ScheduleKeyDeletionCommand>();
    machine.register::<state::CancelKeyDeletionCommand>();
    machine.register::<state::DeleteKeyCommand>();
    machine.register::<state::UpdateKeyDescriptionCommand>();
    machine.register::<state::TagResourceCommand>();
    machine.register::<state::UntagResourceCommand>();
    machine.register::<state::EnableKeyRotationCommand>();
    machine.register::<state::DisableKeyRotationCommand>();
    machine.register::<state::RotateKeyOnDemandCommand>();
    machine.register::<state::RotateKeyCommand>();
}

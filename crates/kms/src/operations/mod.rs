//! The list of operations and of commands.

pub(crate) mod create_key;
pub(crate) mod decrypt;
mod describe_key;
mod disable_key;
mod enable_key;
pub(crate) mod encrypt;
pub(crate) mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod list_aliases;
mod list_keys;
#[cfg(test)]
mod strangers;
#[cfg(test)]
pub(crate) mod testing;

use crate::Kms;
use crate::tables::state;
use service::Operations;

/// Lists the operations that are built.
pub fn operations(list: &mut impl Operations<Kms>) {
    list.add(create_key::run);
    list.add(decrypt::run);
    list.add(describe_key::run);
    list.add(disable_key::run);
    list.add(enable_key::run);
    list.add(encrypt::run);
    list.add(generate_data_key::run);
    list.add(generate_data_key_without_plaintext::run);
    list.add(generate_random::run);
    list.add(list_aliases::run);
    list.add(list_keys::run);
}

/// Lists the commands that need something drawn when they are due: none yet.
pub fn jobs(kms: &std::sync::Arc<Kms>, jobs: &mut service::Jobs) {
    let _ = (kms, jobs);
}

/// Makes the service's commands known.
pub fn register(machine: &mut replica::Machine) {
    machine.register::<state::CreateKeyCommand>();
    machine.register::<state::CreateManagedKeyCommand>();
    machine.register::<state::EnableKeyCommand>();
    machine.register::<state::DisableKeyCommand>();
}

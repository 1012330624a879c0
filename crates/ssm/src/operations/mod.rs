//! The list of operations and of commands.

mod delete_parameter;
mod delete_parameters;
mod get_parameter;
mod get_parameters;
mod get_parameters_by_path;
mod put_parameter;
#[cfg(test)]
mod strangers;
#[cfg(test)]
pub(crate) mod testing;

use crate::Ssm;
use crate::tables::state;
use service::Operations;

/// Lists the operations that are built.
pub fn operations(list: &mut impl Operations<Ssm>) {
    list.add(delete_parameter::run);
    list.add(delete_parameters::run);
    list.add(get_parameter::run);
    list.add(get_parameters::run);
    list.add(get_parameters_by_path::run);
    list.add(put_parameter::run);
}

/// Makes the service's commands known.
pub fn register(machine: &mut replica::Machine) {
    machine.register::<state::PutParameterCommand>();
    machine.register::<state::DeleteParametersCommand>();
}

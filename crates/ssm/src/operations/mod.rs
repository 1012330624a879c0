//! The list of operations and of commands.

mod add_tags_to_resource;
mod delete_parameter;
mod delete_parameters;
mod describe_parameters;
mod get_parameter;
mod get_parameter_history;
mod get_parameters;
mod get_parameters_by_path;
mod label_parameter_version;
mod list_tags_for_resource;
mod put_parameter;
#[cfg(test)]
mod referenced_secrets;
mod remove_tags_from_resource;
#[cfg(test)]
mod strangers;
#[cfg(test)]
pub(crate) mod testing;
mod unlabel_parameter_version;

use crate::Ssm;
use crate::tables::state;
use service::{Offers, Operations};
use std::sync::Arc;

/// The operations of this service, for the gateway.
pub fn offers(service: &Arc<Ssm>) -> Offers {
    service::offers(service.clone(), operations)
}

/// Lists the operations that are built.
pub fn operations(list: &mut impl Operations<Ssm>) {
    list.add(add_tags_to_resource::run);
    list.add(delete_parameter::run);
    list.add(delete_parameters::run);
    list.add(describe_parameters::run);
    list.add(get_parameter::run);
    list.add(get_parameter_history::run);
    list.add(get_parameters::run);
    list.add(get_parameters_by_path::run);
    list.add(label_parameter_version::run);
    list.add(list_tags_for_resource::run);
    list.add(put_parameter::run);
    list.add(remove_tags_from_resource::run);
    list.add(unlabel_parameter_version::run);
}

/// Makes the service's commands known.
pub fn register(machine: &mut replica::Machine) {
    machine.register::<state::PutParameterCommand>();
    machine.register::<state::DeleteParametersCommand>();
    machine.register::<state::LabelParameterVersionCommand>();
    machine.register::<state::UnlabelParameterVersionCommand>();
    machine.register::<state::AddTagsCommand>();
    machine.register::<state::RemoveTagsCommand>();
}

//! Secrets Manager. The service is known on both wires; none of its operations is built yet, so each answers
//! UnknownOperationException.

mod service;

pub use service::SecretsManager;

/// Makes the service's commands known: none yet.
pub fn register(machine: &mut replica::Machine) {
    let _ = machine;
}

/// Lists the service's operations: none yet.
pub fn operations(list: &mut impl ::service::Operations<SecretsManager>) {
    let _ = list;
}

/// Lists the commands that need something drawn when they are due: none yet.
pub fn jobs(secrets: &std::sync::Arc<SecretsManager>, jobs: &mut ::service::Jobs) {
    let _ = (secrets, jobs);
}

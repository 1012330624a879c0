//! Secrets Manager. The service is known on both wires; none of its operations is built yet, so each answers
//! UnknownOperationException.

/// The service.
#[derive(Debug, Default)]
pub struct SecretsManager {}

impl SecretsManager {
    /// The service.
    pub fn new() -> Self {
        Self {}
    }
}

/// Makes the service's commands known: none yet.
pub fn register(machine: &mut replica::Machine) {
    let _ = machine;
}

/// Lists the service's operations: none yet.
pub fn operations(list: &mut impl service::Operations<SecretsManager>) {
    let _ = list;
}

//! The services of a node and the gateway before them, put together.

use access::{Authority, Credentials, Directory};
use crypto::Vault;
use events::{LogRecorder, Recorder};
use gateway::{Gateway, Readiness, Services};
use iam::Iam;
use kms::Kms;
use replica::{Clock, Machine, Region, Replica};
use secretsmanager::SecretsManager;
use ssm::Ssm;
use std::sync::Arc;

/// Every command that this binary knows.
pub(crate) fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.register::<crate::messages::v1::AdmitNode>();
    machine.register::<crate::messages::v1::RemoveNode>();
    iam::register(&mut machine);
    kms::register(&mut machine);
    ssm::register(&mut machine);
    secretsmanager::register(&mut machine);
    machine
}

/// The wire, and behind it every service of one Region.
pub(crate) fn gateway(
    region: Region,
    replica: Arc<dyn Replica>,
    vault: Arc<Vault>,
    iam: Arc<Iam>,
    clock: Arc<dyn Clock>,
    readiness: Arc<dyn Readiness>,
    limits: gateway::Limits,
) -> Arc<Gateway> {
    let recorder: Arc<dyn Recorder> = Arc::new(LogRecorder);
    let directory: Arc<dyn Directory> = iam.clone();
    let credentials: Arc<dyn Credentials> = iam.clone();
    let authority = Authority::new(directory);
    let kms = Arc::new(Kms::new(replica.clone(), authority.clone(), vault.clone(), recorder.clone()));
    let ssm = Arc::new(Ssm::new(replica.clone(), authority, vault, kms.clone()));
    let services = Services::new(region, replica, credentials)
        .with(iam, |list| iam::operations(list))
        .with(kms, |list| kms::operations(list))
        .with(ssm, |list| ssm::operations(list))
        .with(Arc::new(SecretsManager::new()), |list| secretsmanager::operations(list));
    Gateway::builder(clock, recorder, readiness).limits(limits).region(services).build()
}

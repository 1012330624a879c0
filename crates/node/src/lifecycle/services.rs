//! The services of a node, put together.

use access::{Authority, Credentials, Directory};
use crypto::Vault;
use events::Recorder;
use gateway::Services;
use iam::Iam;
use kms::Kms;
use replica::{Machine, Region, Replica};
use secretsmanager::SecretsManager;
use service::Jobs;
use ssm::Ssm;
use std::sync::Arc;

/// Every command that this binary knows.
pub(crate) fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.register::<crate::messages::v1::AdmitNode>();
    machine.register::<crate::messages::v1::RemoveNode>();
    machine.register::<crate::messages::v1::RestoreCluster>();
    iam::register(&mut machine);
    kms::register(&mut machine);
    ssm::register(&mut machine);
    secretsmanager::register(&mut machine);
    machine
}

/// Every service of one Region, and what they do when something is due.
pub(crate) fn services(
    region: Region,
    replica: Arc<dyn Replica>,
    vault: Arc<Vault>,
    iam: Arc<Iam>,
    recorder: Arc<dyn Recorder>,
) -> (Services, Jobs) {
    let directory: Arc<dyn Directory> = iam.clone();
    let credentials: Arc<dyn Credentials> = iam.clone();
    let authority = Authority::new(directory);
    let kms = Arc::new(Kms::new(replica.clone(), authority.clone(), vault.clone(), recorder.clone()));
    let secrets =
        Arc::new(SecretsManager::new(replica.clone(), authority.clone(), vault.clone(), kms.clone(), recorder));
    let ssm = Arc::new(Ssm::new(replica.clone(), authority, vault, kms.clone(), secrets.clone()));
    let mut jobs = Jobs::new();
    kms::jobs(&kms, &mut jobs);
    secretsmanager::jobs(&secrets, &mut jobs);
    let services = Services::new(region, replica, credentials)
        .with(iam::offers(&iam))
        .with(kms::offers(&kms))
        .with(ssm::offers(&ssm))
        .with(secretsmanager::offers(&secrets));
    (services, jobs)
}

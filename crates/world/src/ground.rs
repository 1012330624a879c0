//! What services stand on: a cluster of one that was just born, an open vault, and a recorder in memory.

use crate::caller::Roots;
use crate::open_vault;
use crate::watched::Watched;
use access::Authority;
use crypto::Vault;
use events::MemoryRecorder;
use futures::executor::block_on;
use replica::cluster::{Birth, ClusterRecord};
use replica::{Machine, Replica, RequestId, Timestamp};
use std::sync::Arc;

/// When the cluster is born: well before a world begins, because apply's time never goes back and tests set the clock.
const BIRTH: Timestamp = Timestamp::from_millis(1_600_000_000_000);
/// When a world begins.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_millis(1_700_000_000_123);

/// What a service is made of.
pub struct Ground {
    pub(crate) replica: Arc<Watched>,
    pub(crate) recorder: Arc<MemoryRecorder>,
    authority: Authority,
    vault: Arc<Vault>,
}

impl Ground {
    /// A cluster that knows the commands of the services that these registered.
    pub fn new(services: &[fn(&mut Machine)]) -> Self {
        let mut machine = Machine::new();
        for register in services {
            register(&mut machine);
        }
        let replica = Arc::new(Watched::new(machine, BIRTH));
        let cluster = ClusterRecord { region: "us-east-1".to_owned(), ..ClusterRecord::default() };
        let birth = Birth { cluster: Some(cluster), keyring: None };
        let born = block_on(replica::propose(&*replica, RequestId([1; 16]), vec![], birth));
        born.expect("a replica of one").expect("born");
        replica.local.set_time(BEGINNING);
        let authority = Authority::new(Arc::new(Roots));
        Self { replica, recorder: Arc::default(), authority, vault: Arc::new(open_vault()) }
    }

    /// The replica of one.
    pub fn replica(&self) -> Arc<dyn Replica> {
        self.replica.clone()
    }

    /// Serves every root whose credential is on.
    pub fn authority(&self) -> Authority {
        self.authority.clone()
    }

    /// The open vault.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    /// The recorder, which keeps its records in memory.
    pub fn recorder(&self) -> Arc<MemoryRecorder> {
        Arc::clone(&self.recorder)
    }
}

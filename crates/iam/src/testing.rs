//! What the tests of several files share: the service on a replica of one, with an open vault.

use crate::{Iam, operations};
use access::{Caller, CallerKind};
use replica::cluster::{Birth, ClusterRecord};
use replica::testing::{Local, Tables};
use replica::{AccountId, Machine, Partition, Region, Replica as _, RequestId, Timestamp, View};
use service::Call;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use world::open_vault;

/// 2015-08-30T12:36:00Z
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_440_938_160_000);

pub(crate) fn region() -> Region {
    "us-east-1".parse().expect("a Region")
}

pub(crate) fn account(text: &str) -> AccountId {
    text.parse().expect("an account")
}

/// The service of a cluster that was just born.
pub(crate) struct Cluster {
    pub iam: Arc<Iam>,
    pub local: Arc<Local>,
}

impl Cluster {
    pub async fn born(dev: bool) -> Self {
        let mut machine = Machine::new();
        operations::register(&mut machine);
        let local = Arc::new(Local::new(machine, NOW));
        let default_account = "000000000000".to_owned();
        let cluster = Some(ClusterRecord { dev, default_account, ..ClusterRecord::default() });
        let birth = Birth { cluster, keyring: None };
        let born = replica::propose(&*local, RequestId([1; 16]), vec![], birth).await;
        assert!(matches!(born, Ok(Ok(_))), "{born:?}");
        let iam = Arc::new(Iam::new(Arc::clone(&local) as Arc<_>, Arc::new(open_vault()), &region()));
        Self { iam, local }
    }

    pub fn tables(&self) -> Tables {
        self.local.tables()
    }

    pub fn view(&self) -> Box<dyn View + '_> {
        self.local.local()
    }
}

/// A call by the root of `owner`.
pub(crate) fn call(kind: CallerKind, owner: &str, access_key_id: &str) -> Call {
    Call {
        request_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        attempt: RequestId([2; 16]).into(),
        caller: Caller::root(kind, account(owner), &Partition::of(&region()), access_key_id),
        region: region(),
        received_at: NOW,
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: String::new(),
        secure_transport: false,
        via: None,
    }
}

//! The real services on a node, called by name with AWS JSON.

use access::{Authority, Caller, CallerKind, Directory, Standing};
use crypto::Vault;
use events::{NotRecorded, Record, Recorder};
use kms::Kms;
use replica::{Attempt, Machine, Partition, Region, Replica, Timestamp, View};
use secretsmanager::SecretsManager;
use serde_json::Value;
use service::{Body, Call, Fault, FaultKind, Offer};
use ssm::Ssm;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::keys::REGION;

/// The account that owns everything.
const ACCOUNT: &str = "111122223333";
/// How often a call starts over whose authorization was overtaken, as the gateway does.
const ATTEMPTS_MAX: u32 = 5;

/// Every command of a simulated cluster.
pub(crate) fn machine() -> Machine {
    let mut machine = Machine::new();
    kms::register(&mut machine);
    ssm::register(&mut machine);
    secretsmanager::register(&mut machine);
    machine
}

/// The services of one node.
pub(crate) struct Services {
    offers: BTreeMap<&'static str, Box<dyn Offer>>,
}

impl Services {
    /// Those of a node with these tables and this vault.
    pub(crate) fn new(replica: Arc<dyn Replica>, vault: Arc<Vault>) -> Self {
        let (authority, recorder) = (Authority::new(Arc::new(Root)), Arc::new(Nowhere));
        let kms = Arc::new(Kms::new(replica.clone(), authority.clone(), vault.clone(), recorder.clone()));
        let secrets = SecretsManager::new(replica.clone(), authority.clone(), vault.clone(), kms.clone(), recorder);
        let secrets = Arc::new(secrets);
        let ssm = Arc::new(Ssm::new(replica, authority, vault, kms.clone(), secrets.clone()));
        let mut offers = ssm::offers(&ssm);
        // The names that services share are those of tags, which nobody calls here.
        offers.extend(secretsmanager::offers(&secrets));
        offers.extend(kms::offers(&kms));
        Self { offers: offers.into_iter().map(|offer| (offer.name().1, offer)).collect() }
    }

    /// Calls an operation at `now` by this node's clock; `attempt` names the change that it may propose.
    pub(crate) async fn call(&self, name: &str, body: Value, attempt: Attempt, now: Timestamp) -> Result<Value, Fault> {
        let offer = self.offers.get(name).expect("the operation is built");
        let prepared = offer.read(Body::Json(body.to_string().as_bytes())).expect("the workload's requests are valid");
        let mut attempts = 0;
        loop {
            attempts += 1;
            match prepared.run(call(attempt, now)).await {
                Ok(answered) => return Ok(answered.members()),
                Err(fault) if fault.kind == FaultKind::Reauthorize && attempts < ATTEMPTS_MAX => {}
                Err(fault) => return Err(fault),
            }
        }
    }
}

fn call(attempt: Attempt, received_at: Timestamp) -> Call {
    let region: Region = REGION.parse().expect("a Region");
    let account = ACCOUNT.parse().expect("an account");
    Call {
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        attempt,
        caller: Caller::root(CallerKind::Root, account, &Partition::of(&region), ACCOUNT),
        region,
        received_at,
        source_ip: [127, 0, 0, 1].into(),
        user_agent: String::new(),
        secure_transport: true,
        via: None,
    }
}

/// Everybody is the root of the account.
struct Root;

impl Directory for Root {
    fn standing(&self, _view: &dyn View, _access_key_id: &str) -> Standing {
        Standing::ActiveRoot(ACCOUNT.parse().expect("an account"))
    }
}

/// Records are not what a simulation is about.
struct Nowhere;

impl Recorder for Nowhere {
    fn record(&self, _record: &Record) -> Result<(), NotRecorded> {
        Ok(())
    }
}

//! A gateway on a port of its own, with one access key.

use crate::signing;
use crate::toy::{self, Toy};
use access::{Caller, CallerKind, Credentials, Found, Rates, Signer, SignerUnavailable};
use async_trait::async_trait;
use events::MemoryRecorder;
use gateway::{Gateway, Limits, Readiness, Reset, Services};
use replica::cluster::{Birth, ClusterRecord};
use replica::testing::{Local, Tables};
use replica::{Clock, Machine, Outcome, Partition, Proposal, Region, Replica, RequestId, Timestamp, Unavailable, View};
use service::Fault;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "us-east-1";
/// Hosted behind the same port.
pub const OTHER_REGION: &str = "eu-west-1";
pub const DATE: &str = "20261121";
/// Of the clock and of good signatures.
pub const TIME: &str = "20261121T184903Z";
const TIME_MILLIS: u64 = 1_795_286_943_000;

/// A running gateway.
pub struct World {
    pub address: SocketAddr,
    pub toy: Arc<Toy>,
    pub replica: Arc<Follower>,
    pub recorder: Arc<MemoryRecorder>,
    pub ready: Arc<Ready>,
    pub stop: Option<oneshot::Sender<()>>,
    pub served: JoinHandle<std::io::Result<()>>,
}

impl World {
    /// With the default limits.
    pub async fn new() -> Self {
        Self::with(Limits::default(), false).await
    }

    /// With other limits; `dev` as a cluster born in dev mode.
    pub async fn with(limits: Limits, dev: bool) -> Self {
        Self::over(None, limits, dev).await
    }

    /// Over TLS.
    pub async fn over(tls: Option<Arc<rustls::ServerConfig>>, limits: Limits, dev: bool) -> Self {
        Self::build(tls, limits, dev, false).await
    }

    /// With request rates.
    pub async fn rated() -> Self {
        Self::build(None, Limits::default(), false, true).await
    }

    async fn build(tls: Option<Arc<rustls::ServerConfig>>, limits: Limits, dev: bool, is_rated: bool) -> Self {
        let (toy, recorder, ready) = (Arc::new(Toy::new()), Arc::<MemoryRecorder>::default(), Arc::<Ready>::default());
        let replica = Local::new(Machine::new(), Timestamp::from_millis(TIME_MILLIS));
        let birth = Birth { cluster: Some(ClusterRecord { dev, ..Default::default() }), keyring: None };
        replica::propose(&replica, RequestId([1; 16]), vec![], birth).await.unwrap().unwrap();
        let replica = Arc::new(Follower {
            local: replica,
            behind: false.into(),
            cut_off: false.into(),
            proposed: Mutex::default(),
        });
        let services = |region: &str| {
            let services = Services::new(region.parse().unwrap(), replica.clone(), Arc::new(OneKey));
            let rates = is_rated.then(|| Arc::new(Rates::new(region.parse().unwrap())));
            let services = rates.into_iter().fold(services, Services::rated);
            services.with(service::offers(toy.clone(), toy::operations))
        };
        let gateway = Gateway::builder(Arc::new(Fixed), recorder.clone(), ready.clone());
        let gateway = gateway.limits(limits).region(services(REGION)).region(services(OTHER_REGION));
        let gateway = if dev { gateway.reset(ready.clone()).build() } else { gateway.build() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(gateway.serve(listener, tls, async { stopped.await.unwrap_or(()) }));
        Self { address, toy, replica, recorder, ready, stop: Some(stop), served }
    }

    /// Of the newest record: who, what, and how it ended.
    pub fn last_record(&self) -> String {
        let record = self.recorder.records().pop().expect("something was recorded");
        let who = record.user_identity;
        let who = format!("{} {}", who.kind, who.access_key_id.unwrap_or_default());
        let outcome = record.error_code.as_deref().unwrap_or("OK");
        format!("{who} {} {} {outcome}", record.event_source, record.event_name)
    }
}

/// Waits until `condition` holds.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("{what} did not come true"));
}

/// Ready unless told otherwise, and what a development cluster resets.
#[derive(Default)]
pub struct Ready {
    pub unready: AtomicBool,
    pub resets: AtomicUsize,
}

#[async_trait]
impl Reset for Ready {
    async fn reset(&self) -> Result<(), Fault> {
        self.ready().map_err(|_| Fault::from(Unavailable::NoLeader))?;
        self.resets.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Readiness for Ready {
    fn ready(&self) -> Result<(), String> {
        if self.unready.load(Ordering::SeqCst) { Err("a test said so".to_owned()) } else { Ok(()) }
    }
}

/// A replica whose own tables a test holds back, as if its cluster had been born a moment ago on another node.
pub struct Follower {
    local: Local,
    pub behind: AtomicBool,
    /// No barrier is to be had, and nothing agreed.
    pub cut_off: AtomicBool,
    /// What was proposed, in order.
    pub proposed: Mutex<Vec<RequestId>>,
}

#[async_trait]
impl Replica for Follower {
    fn local(&self) -> Box<dyn View + '_> {
        if self.behind.load(Ordering::SeqCst) { Box::new(Tables::default()) } else { self.local.local() }
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        if self.cut_off.load(Ordering::SeqCst) { Err(Unavailable::NoLeader) } else { self.local.read().await }
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        if self.cut_off.load(Ordering::SeqCst) {
            return Err(Unavailable::NoLeader);
        }
        self.proposed.lock().unwrap().push(proposal.id);
        self.local.propose(proposal).await
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(TIME_MILLIS)
    }
}

struct OneKey;

impl Credentials for OneKey {
    fn find(&self, view: &dyn View, access_key_id: &str, session_token: Option<&str>) -> Found {
        let is_born = replica::cluster::record(view).is_some();
        if !is_born || access_key_id != ACCESS_KEY_ID || session_token.is_some() {
            return Found::Unknown;
        }
        let region: Region = REGION.parse().unwrap();
        let account = "111122223333".parse().unwrap();
        let caller = Caller::root(CallerKind::Root, account, &Partition::of(&region), access_key_id);
        Found::Key { caller, signer: Box::new(OneKey) }
    }
}

impl Signer for OneKey {
    fn sign(&self, date: &str, region: &str, service: &str, text: &[u8]) -> Result<[u8; 32], SignerUnavailable> {
        Ok(signing::sign(SECRET, date, region, service, text))
    }
}

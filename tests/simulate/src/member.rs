//! The software of one simulated host: a node on its disk, its services, its workers.

use crate::errands;
use crate::field::{Answer, Field, Order, Place, Seen, lock};
use crate::network::{Gate, PORT, Roads};
use crate::services::{Services, machine};
use crate::workload::Worker;
use raft::{ClusterId, Config, Eviction, Fatal, Member, Node, NodeSlot, Parts, Role, Status, serve_door};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use replica::cluster::{Birth, ClusterRecord};
use replica::{Clock, NodeId, Replica as _, RequestId, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use turmoil::net::TcpListener;

/// The cluster that every run simulates.
pub(crate) const CLUSTER: ClusterId = ClusterId(*b"simulated lockst");
/// When it begins, in milliseconds since 1970.
const BEGINNING_MILLIS: i64 = 1_700_000_000_000;
/// Workers of a node.
const WORKERS: u64 = 4;
/// How long a learner may need to catch up.
const CATCH_UP: Duration = Duration::from_secs(10);

/// A node's wall clock: the simulated time, and how far it is off.
pub(crate) struct SkewedClock(pub(crate) Arc<Place>);

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let elapsed = turmoil::sim_elapsed().unwrap_or_default().as_millis();
        let elapsed = i64::try_from(elapsed).expect("a run is short");
        let now = BEGINNING_MILLIS + elapsed + self.0.skew_millis.load(Ordering::Relaxed);
        Timestamp::from_millis(now.cast_unsigned())
    }
}

/// The member that stands at `place`.
pub(crate) fn member_at(place: &Place) -> Member {
    Member {
        node_id: place.id,
        name: place.host(),
        zone: format!("zone-{}", place.id),
        peer_addr: format!("{}:{PORT}", place.host()),
        client_addr: format!("{}:{}", place.host(), PORT + 1),
    }
}

/// One life of a node: from its start to its crash.
pub(crate) async fn live(field: Arc<Field>, place: Arc<Place>) -> turmoil::Result {
    let life = place.lives.fetch_add(1, Ordering::Relaxed);
    let clock: Arc<dyn Clock> = Arc::new(SkewedClock(Arc::clone(&place)));
    let vault = Arc::new(field.keys.open()?);
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    tokio::task::spawn_local(sync_disk(Arc::clone(&field), Arc::clone(&place), life));
    let (evicted, installed, ended) = (Arc::clone(&vault), Arc::clone(&place), Arc::clone(&place));
    let parts = Parts {
        engine: Arc::new(place.disk.open()),
        machine: Arc::new(machine()),
        clock: Arc::clone(&clock),
        transport: Arc::new(Roads { me: NodeId(place.id) }),
        evict: Arc::new(move |eviction| match eviction {
            Eviction::One(sealed) => evicted.evict(sealed),
            Eviction::All => {
                installed.installs.fetch_add(1, Ordering::Relaxed);
                evicted.evict_all();
            }
        }),
        fatal: Fatal::hook(move |reason| lock(&ended.ended).push(reason.to_owned())),
    };
    let config = Config {
        snapshot_every: field.snapshot_every,
        log_tail_kept: field.log_tail_kept,
        ..Config::new(CLUSTER, member_at(&place))
    };
    let node = match Node::start(config, parts).await {
        Ok(node) => node,
        Err(error) => {
            lock(&place.ended).push(error.to_string());
            return std::future::pending().await;
        }
    };
    let slot = NodeSlot::new();
    slot.attach(Arc::clone(&node));
    let gate = Gate { me: NodeId(place.id), cluster: CLUSTER, listener };
    tokio::spawn(serve_door(Box::new(gate), slot, Routes::default(), CancellationToken::new()));
    let services = Arc::new(Services::new(node.clone(), vault));
    for number in 0..WORKERS {
        let worker = Worker::new(&field, &place, &services, &clock, life, number);
        tokio::task::spawn_local(worker.work());
    }
    let post = errands::take(Arc::clone(&field), Arc::clone(&place), Arc::clone(&services), Arc::clone(&clock));
    tokio::task::spawn_local(post);
    let orderly =
        Desk { field: Arc::clone(&field), place: Arc::clone(&place), node: Arc::clone(&node), services, clock };
    tokio::task::spawn_local(orderly.take_orders());
    loop {
        show(&field, &place, &node.status());
        sleep(Duration::from_millis(20)).await;
    }
}

/// The process as others see it: one that has ended shows nothing.
fn show(field: &Field, place: &Place, status: &Status) {
    if !place.has_ended() {
        let members = status.voters.iter().chain(&status.learners);
        *lock(&place.members) = members.map(|member| member.node_id).collect();
        field.invariant_one_chain(place, Seen::from(status));
    }
}

/// The disk syncs what was appended after a moment, unless it is slow just now.
async fn sync_disk(field: Arc<Field>, place: Arc<Place>, life: u64) {
    let mut dice = StdRng::seed_from_u64(field.seed ^ place.id << 32 ^ life << 40 ^ 0xd15c);
    loop {
        let millis = if dice.random_bool(0.1) { dice.random_range(10..40) } else { dice.random_range(1..=6) };
        sleep(Duration::from_millis(millis)).await;
        if !place.slow.load(Ordering::Relaxed) && !place.has_ended() {
            place.disk.sync();
        }
    }
}

/// Where a node takes orders.
struct Desk {
    field: Arc<Field>,
    place: Arc<Place>,
    node: Arc<Node>,
    services: Arc<Services>,
    clock: Arc<dyn Clock>,
}

impl Desk {
    async fn take_orders(self) {
        loop {
            let next = lock(&self.place.orders).pop_front();
            match next {
                Some((order, answer)) => self.carry_out(order, &answer).await,
                None => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn carry_out(&self, order: Order, answer: &Answer) {
        let done = match order {
            Order::Found => self.found().await,
            Order::Admit(member) => self.admit(member).await,
            Order::Remove(node) => self.node.remove(NodeId(node)).await.map_err(|error| error.to_string()),
            Order::HandOver(node) => {
                self.node.transfer_leader(NodeId(node)).await.map(drop).map_err(|error| error.to_string())
            }
            Order::Stop => {
                self.node.shutdown().await;
                Ok(())
            }
            Order::Prepare => Worker::new(&self.field, &self.place, &self.services, &self.clock, 0, 99).prepare().await,
            Order::Conclude => self.conclude().await,
        };
        *lock(answer) = Some(done);
    }

    async fn found(&self) -> Result<(), String> {
        self.node.initialize().await.map_err(|error| error.to_string())?;
        let cluster = ClusterRecord { region: crate::keys::REGION.to_owned(), ..ClusterRecord::default() };
        let birth = Birth { cluster: Some(cluster), keyring: Some(self.field.keys.record()) };
        let born = replica::propose(&*self.node, RequestId([7; 16]), vec![], birth).await;
        born.map_err(|error| error.to_string())?.map(drop).map_err(|refused| format!("{refused:?}"))
    }

    async fn admit(&self, member: Member) -> Result<(), String> {
        let id = member.id();
        self.node.add_learner(member).await.map_err(|error| error.to_string())?;
        self.node.wait_caught_up(id, CATCH_UP).await.map_err(|error| error.to_string())?;
        self.node.promote(id).await.map_err(|error| error.to_string())
    }

    /// Reads every register here, then hashes every row.
    async fn conclude(&self) -> Result<(), String> {
        let reader = Worker::new(&self.field, &self.place, &self.services, &self.clock, 0, 98);
        reader.read_everything().await?;
        let view = self.node.read().await.map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        for (key, value) in replica::scan_all(&*view, &[]) {
            for part in [key, value] {
                bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
                bytes.extend_from_slice(&part);
            }
        }
        lock(&self.field.tables).insert(self.place.id, crypto::sha256(&bytes));
        Ok(())
    }
}

/// Whether a node that shows this leads.
pub(crate) fn leads(seen: Option<Seen>) -> bool {
    seen.is_some_and(|seen| seen.role == Role::Leader)
}

//! A cluster in one process: real loopback TCP with mutual TLS, disks that exist in memory, clocks that a test sets.

mod command;
mod far;
mod tls;

pub use command::{Boom, Claim, Put, PutReply, Release, has, machine, propose, propose_again, value};
pub use tls::Authority;

use far::Far;
use raft::{
    ClusterId, Config, Eviction, Fatal, Member, Node, NodeSlot, Parts, Role, SharedTls, StartError, Status, serve_peers,
};
use replica::{Clock, NodeId, Timestamp};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::Engine;
use store::rocks::{RocksEngine, RocksOptions};
use store::simulated::SimulatedDisk;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Longer than anything that is waited for takes on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

pub const CLUSTER: ClusterId = ClusterId([0xc1; 16]);

/// The machine's clock, and how far this node's is from it.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn set_ahead_millis(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    #[allow(clippy::disallowed_methods, reason = "this is a node's clock")]
    fn now(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
        Timestamp::from_millis(now.saturating_add_signed(self.0.load(Ordering::SeqCst)))
    }
}

/// A node's machine: what stays when the node is stopped.
pub struct Host {
    pub member: Member,
    pub disk: SimulatedDisk,
    pub clock: Arc<TestClock>,
    pub evicted: Arc<Mutex<Vec<Vec<u8>>>>,
    pub fatal: Arc<Mutex<Vec<String>>>,
    /// How many snapshots were installed.
    pub installs: Arc<AtomicU32>,
    /// How far the others are from it, one way.
    pub one_way_millis: Arc<AtomicU64>,
    pub running: Option<Running>,
    /// Where RocksDB keeps the node's state, if that is what it runs on.
    folder: Option<TempDir>,
}

/// A node that runs.
pub struct Running {
    pub node: Arc<Node>,
    door: CancellationToken,
    /// What a node without power says in its last moments is nobody's failure.
    killed: Arc<AtomicBool>,
}

/// Machines, and the authority that all trust.
pub struct Cluster {
    pub authority: Authority,
    pub hosts: Vec<Host>,
    pub adjust: fn(&mut Config),
    on_rocks: bool,
}

impl Cluster {
    /// One node that is born, and `size - 1` that join and are promoted.
    pub async fn start(size: u64) -> Self {
        Self::start_with(size, |_| {}).await
    }

    pub async fn start_with(size: u64, adjust: fn(&mut Config)) -> Self {
        let cluster = Self { authority: Authority::new(CLUSTER), hosts: Vec::new(), adjust, on_rocks: false };
        cluster.grow(size).await
    }

    /// The same on RocksDB; a kill is a stop there.
    pub async fn start_on_rocks(size: u64, adjust: fn(&mut Config)) -> Self {
        let cluster = Self { authority: Authority::new(CLUSTER), hosts: Vec::new(), adjust, on_rocks: true };
        cluster.grow(size).await
    }

    async fn grow(self, size: u64) -> Self {
        let mut cluster = self;
        cluster.add_host(1).await;
        cluster.node(1).initialize().await.expect("the first node makes the cluster");
        cluster.leader().await;
        for id in 2..=size {
            cluster.add_host(id).await;
            cluster.join(id).await;
        }
        cluster
    }

    /// A machine with a node that is no member yet.
    pub async fn add_host(&mut self, id: u64) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let member = Member {
            node_id: id,
            name: format!("node-{id}"),
            zone: format!("zone-{id}"),
            peer_addr: listener.local_addr().expect("bound").to_string(),
            client_addr: String::new(),
        };
        let mut host = Host {
            member,
            disk: SimulatedDisk::new(),
            clock: Arc::default(),
            evicted: Arc::default(),
            fatal: Arc::default(),
            installs: Arc::default(),
            one_way_millis: Arc::default(),
            running: None,
            folder: self.on_rocks.then(|| TempDir::new().expect("a folder")),
        };
        host.running = Some(run(&host, listener, &self.authority, self.adjust).await);
        self.hosts.push(host);
    }

    /// Makes a running node a member that votes.
    pub async fn join(&self, id: u64) {
        let leader = self.leader().await;
        leader.add_learner(self.host(id).member.clone()).await.expect("added");
        leader.wait_caught_up(NodeId(id), SOON).await.expect("caught up");
        leader.promote(NodeId(id)).await.expect("promoted");
        until("the new voter knows it", || self.node(id).status().role == Role::Follower).await;
    }

    pub fn host(&self, id: u64) -> &Host {
        self.hosts.iter().find(|host| host.member.node_id == id).expect("a host of that number")
    }

    fn host_mut(&mut self, id: u64) -> &mut Host {
        self.hosts.iter_mut().find(|host| host.member.node_id == id).expect("a host of that number")
    }

    pub fn node(&self, id: u64) -> Arc<Node> {
        Arc::clone(&self.host(id).running.as_ref().expect("it runs").node)
    }

    pub fn running(&self) -> Vec<Arc<Node>> {
        self.hosts.iter().filter_map(|host| Some(Arc::clone(&host.running.as_ref()?.node))).collect()
    }

    /// The node that leads, once there is one that all running nodes follow.
    pub async fn leader(&self) -> Arc<Node> {
        until("there is a leader that all follow", || self.agreed_leader().is_some()).await;
        self.agreed_leader().expect("there was one a moment ago")
    }

    fn agreed_leader(&self) -> Option<Arc<Node>> {
        let running = self.running();
        let leads = |node: &Arc<Node>| node.status().role == Role::Leader;
        let leader = running.iter().find(|node| leads(node))?;
        let members: Vec<_> = running.iter().filter(|node| node.is_initialized()).collect();
        members.iter().all(|node| node.leader() == Some(leader.id())).then(|| Arc::clone(leader))
    }

    /// A running node that does not lead.
    pub async fn follower(&self) -> Arc<Node> {
        let leader = self.leader().await.id();
        self.running().into_iter().find(|node| node.id() != leader).expect("more than one node runs")
    }

    /// Pulls the plug: connections break, what was not synced is lost.
    pub async fn kill(&mut self, id: u64) {
        self.kill_keeping(id, 0).await;
    }

    /// Pulls the plug; of the writes that were not synced, the first `kept` are on disk all the same.
    pub async fn kill_keeping(&mut self, id: u64, kept: usize) {
        let host = self.host_mut(id);
        let running = host.running.take().expect("it runs");
        running.door.cancel();
        running.killed.store(true, Ordering::SeqCst);
        host.disk.crash(kept);
        running.node.shutdown().await;
    }

    /// Starts a node that was stopped, on its disk and at its address.
    pub async fn restart(&mut self, id: u64) {
        let (authority, adjust) = (self.authority.clone(), self.adjust);
        let host = self.host_mut(id);
        let address = host.member.peer_addr.clone();
        let deadline = Instant::now() + SOON;
        let listener = loop {
            match TcpListener::bind(&address).await {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        host.running = Some(run(host, listener, &authority, adjust).await);
    }

    /// Starts a node that was stopped, which has to refuse to start; gives why.
    pub async fn restart_refused(&mut self, id: u64) -> StartError {
        let (authority, adjust) = (self.authority.clone(), self.adjust);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let started = try_run(self.host_mut(id), listener, &authority, adjust).await;
        started.err().expect("it refuses to start")
    }

    /// A copy of the disk of a node on RocksDB that is stopped.
    pub fn copy_disk(&self, id: u64) -> TempDir {
        let copy = TempDir::new().expect("a folder");
        let disk = self.host(id).folder.as_ref().expect("it runs on RocksDB");
        copy_folder(disk.path(), copy.path());
        copy
    }

    /// Gives a node that is stopped another disk.
    pub fn swap_disk(&mut self, id: u64, disk: TempDir) {
        self.host_mut(id).folder = Some(disk);
    }

    /// Waits until all running nodes have applied the same, and checks that they came to the same.
    pub async fn invariant_chains_are_equal(&self) -> Status {
        let position = || self.running().iter().map(|node| node.status().applied).collect::<Vec<_>>();
        until("all have applied the same", || position().iter().all(|at| *at == position()[0])).await;
        let statuses: Vec<_> = self.running().iter().map(|node| node.status()).collect();
        let first = statuses[0].clone();
        assert_ne!(first.chain, [0; 32]);
        for status in &statuses {
            assert_eq!((status.applied, status.chain), (first.applied, first.chain), "{}", status.member.name);
        }
        first
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if path.is_dir() {
            std::fs::create_dir(&target).expect("made");
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

async fn run(host: &Host, listener: TcpListener, authority: &Authority, adjust: fn(&mut Config)) -> Running {
    try_run(host, listener, authority, adjust).await.expect("it starts")
}

async fn try_run(
    host: &Host,
    listener: TcpListener,
    authority: &Authority,
    adjust: fn(&mut Config),
) -> Result<Running, StartError> {
    let mut config = Config::new(CLUSTER, host.member.clone());
    adjust(&mut config);
    let tls = Arc::new(SharedTls::new(authority.tls(host.member.id(), CLUSTER)));
    let (evicted, fatal, installs) = (Arc::clone(&host.evicted), Arc::clone(&host.fatal), Arc::clone(&host.installs));
    let killed = Arc::new(AtomicBool::new(false));
    let dead = Arc::clone(&killed);
    let parts = Parts {
        engine: open(host).await,
        machine: Arc::new(machine()),
        clock: Arc::clone(&host.clock) as Arc<dyn Clock>,
        transport: Arc::new(Far { tls: Arc::clone(&tls), one_way_millis: Arc::clone(&host.one_way_millis) }),
        evict: Arc::new(move |eviction| match eviction {
            Eviction::One(sealed) => evicted.lock().expect("no panic").push(sealed.to_vec()),
            Eviction::All => drop(installs.fetch_add(1, Ordering::SeqCst)),
        }),
        fatal: Fatal::hook(move |reason| {
            if !dead.load(Ordering::SeqCst) {
                fatal.lock().expect("no panic").push(reason.to_owned());
            }
        }),
    };
    let (slot, door) = (NodeSlot::new(), CancellationToken::new());
    let serving = serve_peers(listener, tls, slot.clone(), tonic::service::Routes::default(), door.clone());
    tokio::spawn(async move { serving.await.expect("the listener works") });
    let node = Node::start(config, parts).await.inspect_err(|_| door.cancel())?;
    assert!(slot.attach(Arc::clone(&node)));
    Ok(Running { node, door, killed })
}

/// Opens the node's disk; a database is free once the last task of a stopped node is gone.
async fn open(host: &Host) -> Arc<dyn Engine> {
    let Some(folder) = &host.folder else { return Arc::new(host.disk.open()) };
    let deadline = Instant::now() + SOON;
    loop {
        match RocksEngine::open(folder.path(), &RocksOptions::default()) {
            Ok(engine) => return Arc::new(engine),
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a condition.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {SOON:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

//! A node that belongs to a cluster, running: its disk, Raft, the peers' door, its services, and what it does by itself.
//!
//! It starts in two steps. After the first, peers reach it and its log moves; after the second, it works by itself and
//! has services for the clients' door. Birth and join do their work between the two.

use crate::certificates::renewal::{self, Renewal};
use crate::disk::space::Space;
use crate::hosting::threads::Threads;
use crate::keys::keyring::{self, Keyring};
use crate::lifecycle::identity::Identity;
use crate::membership::peers::Peers;
use crate::messages::v1::peer_service_server::PeerServiceServer;
use crate::{
    Config, Folder, NodeError, SealConfig, certificates::tls, disk::quarantine, disk::scrub, disk::space,
    hosting::metrics, keys::seal, lifecycle::identity, lifecycle::services, lifecycle::timer, limits,
    membership::contacts, membership::records, membership::removal, membership::steward,
};
use access::Rates;
use crypto::{Seal, Vault};
use events::Recorder;
use gateway::Services;
use iam::Iam;
use raft::{ClusterId, DiskRoom, Eviction, Fatal, ManageError, Node, NodeSlot, Parts, SharedTls};
use replica::{Clock, NodeId, Region, Replica as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use store::Engine;
use store::rocks::{LostEntries, RocksEngine, RocksOptions};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The record in the database that says whose it is.
const OWNER_RECORD: &str = "owner";

/// A node that belongs to a cluster.
pub(crate) struct Member {
    pub(crate) identity: Identity,
    pub(crate) node: Arc<Node>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) tls: Arc<SharedTls>,
    pub(crate) iam: Arc<Iam>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rates: Arc<Rates>,
    /// Held while this node changes the keyring.
    pub(crate) rotating: tokio::sync::Mutex<()>,
    pub(crate) engine: Arc<dyn Engine>,
    /// What ends the process when the disk fails.
    pub(crate) fatal: Fatal,
    pub(crate) renewal: Renewal,
    /// Held while a snapshot is saved for the operator.
    pub(crate) saving: Arc<tokio::sync::Mutex<()>>,
    draining: AtomicBool,
    /// Set once a peer has said that this node was removed: who is removed while away gets no log that says so.
    pub(crate) told_removed: AtomicBool,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Said once the peers' door cannot go on.
    broken: Arc<OnceLock<String>>,
    /// Where Raft runs and peers are served.
    threads: Threads,
}

/// What a member needs before it runs: opened by birth, join or restart, each in its own way.
pub(crate) struct Origin {
    pub(crate) identity: Identity,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) seal: Arc<dyn Seal>,
    pub(crate) keyring: Arc<Keyring>,
}

impl Origin {
    /// What a member finds on its own disk.
    ///
    /// # Errors
    /// When the database is not this node's: a disk that was wiped or swapped must not vote under the old number. When
    /// the configuration has a node of a dev cluster listen where others reach it.
    pub(crate) fn from_disk(config: &Config, folder: &Folder, identity: Identity) -> Result<Self, NodeError> {
        if identity.region != config.region {
            let text = format!("the node is of {}, its configuration says {}", identity.region, config.region);
            return Err(NodeError::Refused(text));
        }
        if identity.dev {
            refuse_to_be_reached(config)?;
        }
        let database = folder.database();
        if !database.exists() {
            return Err(foreign("is gone"));
        }
        let engine = open_engine(config, folder)?;
        if engine.record(OWNER_RECORD)? != Some(identity.mark()) {
            return Err(foreign("is of another node, or lost what it began with"));
        }
        let seal = seal::open(config, folder, identity.dev)?;
        let keyring = Arc::new(Keyring::new(config, folder, identity.cluster, identity.dev, seal.clone())?);
        Ok(Self { identity, engine, seal, keyring })
    }
}

/// A dev cluster takes whom it does not know, so nobody else may reach it: not at its birth, and not after somebody has
/// edited its configuration.
pub(crate) fn refuse_to_be_reached(config: &Config) -> Result<(), NodeError> {
    if config.loopback_only() {
        return Ok(());
    }
    let text = "a dev cluster trusts whoever reaches it; every address under [listen] must be a loopback address";
    Err(NodeError::Refused(text.to_owned()))
}

/// A node without its log must not come back under its old number.
fn foreign(what: &str) -> NodeError {
    NodeError::Quarantine(format!("the node's database {what}"))
}

/// Opens the database of a data folder, making it when there is none.
pub(crate) fn open_engine(config: &Config, folder: &Folder) -> Result<Arc<dyn Engine>, NodeError> {
    let database = folder.database();
    let options = match config.seal {
        SealConfig::Dev => limits::ENGINE_OF_MANY,
        SealConfig::File { .. } => RocksOptions::default(),
    };
    let engine = RocksEngine::open(&database, &options)?;
    if let Some(LostEntries { synced, found }) = engine.lost_entries() {
        let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("entry {found}"));
        return Err(foreign(&format!("was synced up to entry {synced} and holds {found} now")));
    }
    Ok(Arc::new(engine))
}

/// Says in the database whose it is, on disk when it returns. Before the identity file, so that a member's database
/// always says it.
pub(crate) fn claim(engine: &dyn Engine, identity: &Identity) -> Result<(), NodeError> {
    Ok(engine.put_record(OWNER_RECORD, &identity.mark(), true)?)
}

impl Member {
    /// The first step: Raft runs and peers reach the node.
    ///
    /// # Errors
    /// When the disk's state cannot be read.
    pub(crate) async fn start(
        config: &Config,
        origin: Origin,
        peers: TcpListener,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, NodeError> {
        let Origin { identity, engine, seal, keyring } = origin;
        let vault = keyring.vault();
        let keys = identity::unwrap_key(&*seal, &identity.key_wrapped)?;
        let renewal = Renewal::new(seal, Folder::identity_in(&config.data_dir), identity.clone());
        let disk = engine.clone();
        let fatal = quarantine::fatal(&config.data_dir);
        let tls = Arc::new(SharedTls::new(tls::member(&identity, &keys)?));
        metrics::certificate_ends("node", &identity.certificate);
        metrics::certificate_ends("cluster", &identity.ca_certificate);
        let evicted = vault.clone();
        let parts = Parts {
            engine,
            machine: Arc::new(services::machine()),
            clock: clock.clone(),
            transport: tls.clone(),
            evict: Arc::new(move |eviction| evict(&evicted, eviction)),
            fatal: fatal.clone(),
        };
        let threads = Threads::of_consensus()?;
        let peers = threads.adopt(peers).map_err(|cause| listening("peers", config.listen.peers, cause))?;
        let node = start_raft(&threads, raft_config(config, &identity), parts).await?;
        node.refuse_peers(|view, peer| records::is_removed(view, peer));
        let slot = NodeSlot::new();
        slot.attach(node.clone());
        let iam = Arc::new(Iam::new(node.clone(), vault.clone(), &config.region()));
        let member = Arc::new(Self {
            identity,
            node,
            vault,
            keyring,
            tls,
            iam,
            clock,
            rates: Arc::new(Rates::new(config.region())),
            rotating: tokio::sync::Mutex::new(()),
            engine: disk,
            fatal,
            renewal,
            saving: Arc::default(),
            draining: AtomicBool::new(false),
            told_removed: AtomicBool::new(false),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            broken: Arc::default(),
            threads,
        });
        member.serve_peers(peers, slot);
        member.tasks.spawn(scrub::keep(member.clone()));
        member.tasks.spawn(space::keep(member.clone(), Space::new(config)));
        member.tasks.spawn(contacts::keep(member.clone(), Folder::contacts_in(&config.data_dir)));
        Ok(member)
    }

    /// The second step: the keyring is looked after, the leader looks after the membership and after what is due, and
    /// there are services.
    pub(crate) fn go_to_work(self: &Arc<Self>, region: Region, recorder: Arc<dyn Recorder>) -> Services {
        self.share_rates(); // before the first caller
        self.tasks.spawn(keep_shares(self.clone()));
        self.tasks.spawn(keep_keyring(self.clone()));
        self.tasks.spawn(steward::keep_membership(self.clone()));
        self.tasks.spawn(removal::learn_of_removal(self.clone()));
        self.tasks.spawn(wipe_what_is_idle(self.clone()));
        self.tasks.spawn(renewal::keep_certificate(self.clone()));
        let (services, jobs) =
            services::services(region, self.node.clone(), self.vault.clone(), self.iam.clone(), recorder);
        self.tasks.spawn(timer::propose_what_is_due(self.clone(), jobs));
        services
    }

    /// Why this node should not be sent requests; `None` when it should.
    pub(crate) fn unready(&self) -> Option<String> {
        if self.draining.load(Ordering::Acquire) {
            return Some("the node is stopping".to_owned());
        }
        if let Some(reason) = self.broken.get() {
            return Some(reason.clone());
        }
        if self.is_removed() {
            return Some("the node was removed from the cluster".to_owned());
        }
        let status = self.node.status();
        if status.leader.is_none() {
            return Some("no leader is known".to_owned());
        }
        if self.node.disk_room() == DiskRoom::Critical && status.applied < status.committed {
            return Some("the disk is full: the node takes no log and falls behind".to_owned());
        }
        if !status.ready {
            return Some("the node is catching up".to_owned());
        }
        if !self.keyring.is_current(&self.node.local()) {
            return Some("the node does not hold the committed keyring".to_owned());
        }
        None
    }

    /// The client's end of links to peers.
    pub(crate) fn client_tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls.get().client.clone()
    }

    /// The cluster that this node belongs to.
    pub(crate) fn cluster(&self) -> ClusterId {
        self.identity.cluster
    }

    /// The other members.
    pub(crate) fn others(&self) -> Vec<raft::Member> {
        let me = self.identity.node;
        self.node.members().into_iter().filter(|member| member.id() != me).collect()
    }

    /// Every node holds accounts to its share of the request rates.
    fn share_rates(&self) {
        self.rates.share_among(self.node.status().voters.len());
    }

    /// Ends when the node is told to stop.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    /// The first step of its end: it is not ready any longer, and leads no longer.
    pub(crate) async fn hand_over_and_drain(&self) {
        self.draining.store(true, Ordering::Release);
        if self.node.leader() == Some(self.identity.node) && !self.others().is_empty() {
            match tokio::time::timeout(limits::HAND_OVER, hand_over(&self.node, 0)).await {
                Ok(Ok(leader)) => tracing::info!(%leader, "handed leadership over"),
                Ok(Err(cause)) => tracing::warn!(%cause, "leadership could not be handed over"),
                Err(_) => tracing::warn!("leadership was not taken over in time"),
            }
        }
    }

    /// The last step, when nobody asks its services any longer: Raft, then peers.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.node.shutdown().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.threads.end().await;
    }

    fn serve_peers(&self, listener: TcpListener, slot: NodeSlot) {
        let peers = Peers {
            identity: self.identity.clone(),
            slot: slot.clone(),
            vault: self.vault.clone(),
            keyring: self.keyring.clone(),
            tls: self.tls.clone(),
            clock: self.clock.clone(),
        };
        let service = PeerServiceServer::new(peers).max_decoding_message_size(limits::PEER_MESSAGE_BYTES_MAX);
        let routes = tonic::service::Routes::new(service);
        let (tls, stop, broken) = (self.tls.clone(), self.stop.clone(), self.broken.clone());
        self.threads.spawn(self.tasks.track_future(async move {
            if let Err(cause) = raft::serve_peers(listener, tls, slot, routes, stop).await {
                let _ = broken.set(format!("the peers' port failed: {cause}"));
            }
        }));
    }
}

/// Binds a port.
pub(crate) async fn listen(what: &'static str, address: std::net::SocketAddr) -> Result<TcpListener, NodeError> {
    TcpListener::bind(address).await.map_err(|cause| listening(what, address, cause))
}

pub(crate) fn listening(what: &'static str, address: std::net::SocketAddr, cause: std::io::Error) -> NodeError {
    NodeError::Listen { what, address, cause }
}

/// Starts Raft on threads of its own.
async fn start_raft(threads: &Threads, config: raft::Config, parts: Parts) -> Result<Arc<Node>, NodeError> {
    let started = threads.spawn(Node::start(config, parts)).await;
    let started = started.map_err(|cause| NodeError::Refused(format!("Raft did not start: {cause}")))?;
    if started.is_err() {
        threads.end().await; // whoever opens the database next finds it free
    }
    Ok(started?)
}

fn raft_config(config: &Config, identity: &Identity) -> raft::Config {
    raft::Config {
        snapshot_every: config.limits.snapshot_entries,
        log_tail_kept: config.limits.log_tail_entries,
        incarnation: identity.incarnation,
        ..raft::Config::new(identity.cluster, raft_member(config, identity.node))
    }
}

/// The node as the membership holds it.
pub(crate) fn raft_member(config: &Config, id: NodeId) -> raft::Member {
    raft::Member {
        node_id: id.0,
        name: config.name.clone(),
        zone: config.zone.clone(),
        peer_addr: config.peers_advertised(),
        client_addr: config.listen.clients.to_string(),
    }
}

fn evict(vault: &Vault, eviction: Eviction<'_>) {
    match eviction {
        Eviction::One(sealed) => vault.evict(sealed),
        Eviction::All => vault.evict_all(),
    }
}

/// Hands leadership to `to`, or, for 0, to the voter that is least behind. On the leader. To none that is not heard: from
/// the attempt on, this node takes no writes, and whoever is dead takes none either.
pub(crate) async fn hand_over(node: &Node, to: u64) -> Result<NodeId, ManageError> {
    let status = node.status();
    let me = status.member.id();
    let dead = node.voters().map(|voters| voters.dead).unwrap_or_default();
    let is_dead = |id: &NodeId| dead.iter().any(|dead| dead.member.id() == *id);
    let lag = |id: NodeId| status.peers.iter().find(|peer| peer.node == id).map_or(u64::MAX, |peer| peer.lag);
    let mut voters = status.voters.iter().map(raft::Member::id).filter(|id| *id != me);
    let chosen = match to {
        0 => voters.filter(|id| !is_dead(id)).min_by_key(|id| lag(*id)),
        to => voters.find(|id| id.0 == to),
    };
    match chosen {
        None if to == 0 => Err(ManageError::Refused("no other voter is alive".to_owned())),
        None => Err(ManageError::NoSuchMember(NodeId(to))),
        Some(chosen) if is_dead(&chosen) => Err(ManageError::Refused(format!("node {chosen} is not heard"))),
        Some(chosen) => node.transfer_leader(chosen).await,
    }
}

/// Looks after the keyring for as long as the node runs.
async fn keep_keyring(member: Arc<Member>) {
    let mut told = String::new();
    loop {
        let needed = keyring::committed(&member.node.local());
        let looked = match needed {
            Some(needed) => member.keyring.look(needed, &peers_with_addresses(&member), &member.client_tls()).await,
            None => member.keyring.open_own(),
        };
        let now = looked.err().map_or_else(String::new, |cause| cause.to_string());
        if !now.is_empty() && now != told {
            tracing::warn!(cause = now, "the node is not ready: its keyring is not the committed one");
        }
        told = now;
        tokio::select! {
            () = tokio::time::sleep(keyring::BETWEEN_LOOKS) => {}
            () = member.stopping().cancelled() => return,
        }
    }
}

/// Shares follow the membership, however long its next step takes.
async fn keep_shares(member: Arc<Member>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(limits::LOOK) => member.share_rates(),
            () = member.stopping().cancelled() => return,
        }
    }
}

/// Keys that were opened and are not used are wiped, on a node without traffic too.
async fn wipe_what_is_idle(member: Arc<Member>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(limits::SWEEP) => member.vault.sweep(),
            () = member.stopping().cancelled() => return,
        }
    }
}

/// Whom to ask: the membership, and before it is known here, whoever the tables say was admitted.
pub(crate) fn peers_with_addresses(member: &Member) -> Vec<raft::Member> {
    let others = member.others();
    if !others.is_empty() {
        return others;
    }
    let nodes = records::nodes(&member.node.local());
    let belongs = nodes.iter().filter(|node| node.belongs() && node.node_id != member.identity.node.0);
    belongs.map(records::to_member).collect()
}

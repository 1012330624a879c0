//! The life of a node: empty, born or joined, serving, draining.
//!
//! An empty node has its admin socket and its metrics port and nothing else: it votes in nothing and initialises nothing
//! by itself. A folder with an identity is a member and starts as one.

use crate::disk::quarantine::Finding;
use crate::disk::space::Space;
use crate::hosting::door::{ClientsPort, Door};
use crate::lifecycle::birth::{Choice, birth};
use crate::lifecycle::identity::Identity;
use crate::lifecycle::join::join;
use crate::lifecycle::member::{self, Member, Origin};
use crate::lifecycle::rebuild::{OTHER_WAY, rebuild, resume};
use crate::lifecycle::restore::restore;
use crate::messages::v1::{
    InitResponse, JoinResponse, Phase, RebuildResponse, RestoreSnapshotRequest, RestoreSnapshotResponse, StatusResponse,
};
use crate::{Config, Folder, NodeError, disk::quarantine, limits, membership::status};
use raft::DiskRoom;
use replica::Clock;
use std::sync::{Arc, OnceLock, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, SetOnce};
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

/// What there is of a node before it is a member, and stays around it afterwards.
pub(crate) struct Shell {
    pub(crate) config: Config,
    pub(crate) folder: Folder,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where its Region stands among those of the process.
    place: usize,
    door: Arc<Door>,
    member: OnceLock<Arc<Member>>,
    /// Why there is no member although the folder holds one.
    trouble: std::sync::Mutex<Option<Trouble>>,
    /// Held while a birth or join is under way, so that there is one at a time.
    beginning: Mutex<()>,
    /// Whether what the folder held has been started: until then, nobody knows that the node is empty.
    looked: SetOnce<()>,
    stop: CancellationToken,
}

/// What keeps a node from starting, and is waited out.
#[derive(Clone)]
enum Trouble {
    /// Until the node is rebuilt.
    Quarantined(Finding),
    /// Until there is room on the disk.
    NoRoom,
}

impl Trouble {
    fn reason(&self) -> String {
        match self {
            Trouble::Quarantined(finding) => finding.reason(),
            Trouble::NoRoom => "the disk is full: the node starts when there is room".to_owned(),
        }
    }
}

/// A node's ports, taken before anything that cannot be undone is done.
struct Ports {
    clients: Arc<ClientsPort>,
    peers: TcpListener,
}

impl Shell {
    /// What there is of the node of one Region: its folder, which nobody else may have.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub(crate) fn open(
        config: Config,
        place: usize,
        door: Arc<Door>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<Arc<Self>, NodeError> {
        let folder = Folder::open(&config.data_dir)?;
        let (member, beginning, looked) = (OnceLock::new(), Mutex::new(()), SetOnce::new());
        let trouble = std::sync::Mutex::default();
        Ok(Arc::new(Self { config, folder, clock, place, door, member, trouble, beginning, looked, stop }))
    }

    async fn take_ports(&self) -> Result<Ports, NodeError> {
        let clients = self.door.reserve().await?;
        Ok(Ports { clients, peers: member::listen("peers", self.config.listen.peers).await? })
    }

    /// The member that the node is; `None` while it is none.
    pub(crate) fn member(&self) -> Option<&Arc<Member>> {
        self.member.get()
    }

    /// Why this node should not be sent requests; `None` when it should.
    pub(crate) fn unready(&self) -> Option<String> {
        match (self.member(), self.trouble()) {
            (Some(member), _) => member.unready().or_else(|| self.door.shut()),
            (None, Some(trouble)) => Some(trouble.reason()),
            (None, None) if self.phase() == Phase::Beginning => Some("the node is starting".to_owned()),
            (None, None) => Some("the node is empty: it was neither born nor has it joined a cluster".to_owned()),
        }
    }

    /// Whether the node's disk cannot be trusted.
    pub(crate) fn is_quarantined(&self) -> bool {
        matches!(self.trouble(), Some(Trouble::Quarantined(_)))
    }

    fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_trouble(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Starts what the folder holds: a member, or nothing. What is waited out is no error.
    pub(crate) async fn restart(self: &Arc<Self>) -> Result<(), NodeError> {
        if let Err(cause) = self.start_what_is_there().await {
            self.wait_out(cause)?;
        }
        if matches!(self.trouble(), Some(Trouble::NoRoom)) {
            tokio::spawn(self.clone().start_when_there_is_room());
        }
        let _ = self.looked.set(());
        Ok(())
    }

    /// A node whose disk cannot be trusted waits until it is rebuilt, one whose disk is full until there is room: a
    /// process that ended would be started again and again, and nobody could ask it what is wrong.
    fn wait_out(&self, cause: NodeError) -> Result<(), NodeError> {
        if let Some(what) = cause.distrust() {
            quarantine::note(self.folder.root(), &what);
            let finding = quarantine::read(&self.folder)?.unwrap_or_else(|| Finding::new(&what));
            self.set_trouble(Some(Trouble::Quarantined(finding)));
            return Ok(());
        }
        if cause.is_full() {
            tracing::error!(%cause, "the node does not start: the disk is full");
            Space::new(&self.config).give_up();
            self.set_trouble(Some(Trouble::NoRoom));
            return Ok(());
        }
        Err(cause)
    }

    async fn start_when_there_is_room(self: Arc<Self>) {
        while matches!(self.trouble(), Some(Trouble::NoRoom)) {
            tokio::select! {
                () = tokio::time::sleep(limits::SPACE_RETRY) => {}
                () = self.stop.cancelled() => return,
            }
            match self.start_what_is_there().await {
                Ok(()) => self.set_trouble(None),
                Err(cause) => {
                    if let Err(cause) = self.wait_out(cause) {
                        quarantine::fatal(self.folder.root()).end(cause);
                    }
                }
            }
        }
    }

    async fn start_what_is_there(&self) -> Result<(), NodeError> {
        if self.folder.birth_under_way().exists() {
            return Err(self.birth_was_cut_short());
        }
        let Some(identity) = self.identity()? else {
            tracing::info!(socket = %self.folder.admin_socket().display(), "the node is empty, and waits for init or join");
            return Ok(());
        };
        let _one = self.beginning.lock().await;
        let origin = match quarantine::read(&self.folder)? {
            None => Origin::from_disk(&self.config, &self.folder, identity)?,
            Some(finding) if finding.is_of_rebuilt(identity.node) => resume(&self.config, &self.folder, identity)?,
            Some(finding) => return Err(NodeError::Quarantine(finding.what)),
        };
        let ports = self.take_ports().await?;
        let member = Member::start(&self.config, origin, ports.peers, self.clock.clone()).await?;
        self.serve_member(member, ports.clients);
        Ok(())
    }

    /// Who the node is; `None` when the folder is empty, or a join was cut short in it.
    fn identity(&self) -> Result<Option<Identity>, NodeError> {
        let damaged = |what: &str| NodeError::Quarantine(format!("{} {what}", self.folder.identity().display()));
        match Identity::read(&self.folder.identity()) {
            Err(NodeError::Folder { .. }) => Err(damaged("is damaged")),
            Ok(None) if self.folder.database().exists() && !self.folder.joining_key().exists() => {
                Err(damaged("is gone, and the database is there"))
            }
            read => read,
        }
    }

    /// Builds this quarantined node anew from its peers.
    pub(crate) async fn rebuild(&self) -> Result<RebuildResponse, NodeError> {
        let busy = |_| NodeError::Refused("a rebuild is under way already".to_owned());
        let _one = self.beginning.try_lock().map_err(busy)?;
        let Some(Trouble::Quarantined(finding)) = self.trouble() else {
            return Err(NodeError::Refused("this node is not quarantined: there is nothing to rebuild".to_owned()));
        };
        let old = self.identity().map_err(|cause| NodeError::Refused(format!("{cause}; {OTHER_WAY}")))?;
        let ports = self.take_ports().await?;
        let origin = rebuild(&self.config, &self.folder, finding).await?;
        let node_id = origin.identity.node.0;
        let member = Member::start(&self.config, origin, ports.peers, self.clock.clone()).await?;
        self.set_trouble(None);
        self.serve_member(member, ports.clients);
        Ok(RebuildResponse { node_id, replaces: old.map_or(0, |old| old.node.0) })
    }

    /// Makes a cluster of this empty node.
    pub(crate) async fn init(&self, choice: Choice) -> Result<InitResponse, NodeError> {
        let _one = self.begin().await?;
        let ports = self.take_ports().await?;
        let born = birth(&self.config, &self.folder, ports.peers, self.clock.clone(), choice).await?;
        let response = InitResponse {
            cluster_id: born.member.cluster().to_string(),
            node_id: born.member.identity.node.0,
            region: self.config.region.clone(),
            root_credential: born.root_credential,
        };
        self.serve_member(born.member, ports.clients);
        Ok(response)
    }

    /// Makes this empty node a member of a cluster.
    pub(crate) async fn join(&self, token: &str) -> Result<JoinResponse, NodeError> {
        let _one = self.begin().await?;
        let ports = self.take_ports().await?;
        let member = join(&self.config, &self.folder, ports.peers, self.clock.clone(), token).await?;
        let response = JoinResponse { cluster_id: member.cluster().to_string(), node_id: member.identity.node.0 };
        self.serve_member(member, ports.clients);
        Ok(response)
    }

    /// Makes a cluster of this empty node that holds what a snapshot file holds.
    pub(crate) async fn restore(
        &self,
        force: bool,
        pieces: Streaming<RestoreSnapshotRequest>,
    ) -> Result<RestoreSnapshotResponse, NodeError> {
        let _one = self.begin().await?;
        let ports = self.take_ports().await?;
        let clock = self.clock.clone();
        let restored = restore(&self.config, &self.folder, ports.peers, clock, force, pieces).await?;
        let Identity { cluster, incarnation, node, region, .. } = restored.member.identity.clone();
        self.serve_member(restored.member, ports.clients);
        Ok(RestoreSnapshotResponse {
            cluster_id: cluster.to_string(),
            incarnation: incarnation.to_string(),
            node_id: node.0,
            region,
            rows: restored.rows,
            applied: restored.applied,
        })
    }

    /// How the node stands.
    pub(crate) fn status(&self) -> StatusResponse {
        let unready = self.unready();
        let scheme = if self.config.tls.is_some() { "https" } else { "http" };
        StatusResponse {
            name: self.config.name.clone(),
            zone: self.config.zone.clone(),
            region: self.config.region.clone(),
            pid: std::process::id(),
            endpoint: format!("{scheme}://{}", self.config.listen.clients),
            metrics: format!("http://{}", self.config.listen.metrics),
            phase: self.phase().into(),
            ready: unready.is_none(),
            reason: unready.unwrap_or_default(),
            membership: self.member().map(|member| status::membership(member)),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            disk_full: self.member().is_some_and(|member| member.node.disk_room() != DiskRoom::Enough),
        }
    }

    fn phase(&self) -> Phase {
        match self.member() {
            Some(_) if self.stop.is_cancelled() => Phase::Draining,
            Some(_) => Phase::Member,
            None if self.is_quarantined() => Phase::Quarantined,
            None if matches!(self.trouble(), Some(Trouble::NoRoom)) => Phase::Beginning,
            None if !self.looked.initialized() || self.beginning.try_lock().is_err() => Phase::Beginning,
            None => Phase::Empty,
        }
    }

    /// Once it is known what the folder holds: a process that has just started may still be looking.
    async fn begin(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, NodeError> {
        let busy = || NodeError::Refused("a birth or join is under way already".to_owned());
        if tokio::time::timeout(limits::BEGINNING, self.looked.wait()).await.is_err() {
            return Err(NodeError::Refused("the node is starting".to_owned()));
        }
        let guard = self.beginning.try_lock().map_err(|_| busy())?;
        if self.member().is_some() {
            return Err(NodeError::Refused("this node belongs to a cluster already".to_owned()));
        }
        if let Some(trouble) = self.trouble() {
            return Err(NodeError::Refused(trouble.reason()));
        }
        if self.folder.birth_under_way().exists() {
            return Err(self.birth_was_cut_short());
        }
        Ok(guard)
    }

    fn birth_was_cut_short(&self) -> NodeError {
        let reason =
            "making a cluster was cut short here, and nothing of it can be used; empty the folder and begin again";
        NodeError::Folder { path: self.folder.root().to_owned(), reason: reason.to_owned() }
    }

    fn serve_member(&self, member: Arc<Member>, port: Arc<ClientsPort>) {
        assert!(self.member.set(member.clone()).is_ok(), "one birth, join or restart at a time makes one member");
        self.door.enter(self.place, &self.config, member, port);
    }

    /// The first step of its end, after a birth or join that is under way: one that is cut short leaves a folder of no
    /// use, and takes a moment.
    pub(crate) async fn drain(&self) {
        let _begun = tokio::time::timeout(limits::BEGINNING, self.beginning.lock()).await;
        if let Some(member) = self.member() {
            member.hand_over_and_drain().await;
        }
    }

    /// The last step, when no client is left.
    pub(crate) async fn end(&self) {
        if let Some(member) = self.member() {
            member.end().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;
    use std::path::Path;

    #[tokio::test]
    async fn nobody_calls_a_node_empty_before_its_folder_was_looked_at() {
        let temp = tempfile::tempdir().unwrap();
        let text = format!(
            "name = \"a\"\nzone = \"a\"\nregion = \"us-east-1\"\ndata_dir = {:?}\n[listen]\nclients = \"127.0.0.1:1\"\n\
             peers = \"127.0.0.1:2\"\nmetrics = \"127.0.0.1:3\"\n[seal]\nkind = \"dev\"\n",
            temp.path().join("data")
        );
        let config = Config::parse(&text, Path::new("t.toml")).unwrap();
        let clock = Arc::new(SystemClock);
        let door = Door::new(config.clone(), clock.clone(), 1).unwrap();
        let shell = Shell::open(config, 0, door, clock, CancellationToken::new()).unwrap();
        assert_eq!(shell.unready().as_deref(), Some("the node is starting"));
        shell.restart().await.unwrap();
        assert!(shell.unready().unwrap().starts_with("the node is empty"));
        let begun = shell.begin().await.unwrap();
        assert_eq!(shell.unready().as_deref(), Some("the node is starting"));
        drop(begun);
    }
}

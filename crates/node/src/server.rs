//! The life of a node: empty, born or joined, serving, draining.
//!
//! An empty node has its admin socket and its metrics port and nothing else: it votes in nothing and initialises nothing
//! by itself. A folder with an identity is a member and starts as one.

use crate::birth::{Choice, birth};
use crate::door::{ClientsPort, Door};
use crate::identity::Identity;
use crate::join::join;
use crate::member::{self, Member, Origin};
use crate::messages::v1::{
    InitResponse, JoinResponse, Phase, RestoreSnapshotRequest, RestoreSnapshotResponse, StatusResponse,
};
use crate::restore::restore;
use crate::{Config, Folder, NodeError, limits, status};
use replica::Clock;
use std::sync::{Arc, OnceLock};
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
    /// Held while a birth or join is under way, so that there is one at a time.
    beginning: Mutex<()>,
    /// Whether what the folder held has been started: until then, nobody knows that the node is empty.
    looked: SetOnce<()>,
    stop: CancellationToken,
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
        Ok(Arc::new(Self { config, folder, clock, place, door, member, beginning, looked, stop }))
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
        match self.member() {
            Some(member) => member.unready().or_else(|| self.door.shut()),
            None if self.phase() == Phase::Beginning => Some("the node is starting".to_owned()),
            None => Some("the node is empty: it was neither born nor has it joined a cluster".to_owned()),
        }
    }

    /// Starts what the folder holds: a member, or nothing.
    pub(crate) async fn restart(&self) -> Result<(), NodeError> {
        self.start_what_is_there().await?;
        let _ = self.looked.set(());
        Ok(())
    }

    async fn start_what_is_there(&self) -> Result<(), NodeError> {
        if self.folder.birth_under_way().exists() {
            return Err(self.birth_was_cut_short());
        }
        let Some(identity) = Identity::read(&self.folder.identity())? else {
            tracing::info!(socket = %self.folder.admin_socket().display(), "the node is empty, and waits for init or join");
            return Ok(());
        };
        let _one = self.beginning.lock().await;
        let origin = Origin::from_disk(&self.config, &self.folder, identity)?;
        let ports = self.take_ports().await?;
        let member = Member::start(&self.config, origin, ports.peers, self.clock.clone()).await?;
        self.serve_member(member, ports.clients);
        Ok(())
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
        }
    }

    fn phase(&self) -> Phase {
        match self.member() {
            Some(_) if self.stop.is_cancelled() => Phase::Draining,
            Some(_) => Phase::Member,
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
        let door = Door::new(config.clone(), clock.clone(), 1);
        let shell = Shell::open(config, 0, door, clock, CancellationToken::new()).unwrap();
        assert_eq!(shell.unready().as_deref(), Some("the node is starting"));
        shell.restart().await.unwrap();
        assert!(shell.unready().unwrap().starts_with("the node is empty"));
        let begun = shell.begin().await.unwrap();
        assert_eq!(shell.unready().as_deref(), Some("the node is starting"));
        drop(begun);
    }
}

//! The life of a node's process: empty, born or joined, serving, draining.
//!
//! An empty node has its admin socket and its metrics port and nothing else: it votes in nothing and initialises nothing
//! by itself. A folder with an identity is a member and starts as one.

use crate::birth::{Choice, birth};
use crate::identity::Identity;
use crate::join::join;
use crate::member::{ClientsPort, Member, Origin, Ports};
use crate::messages::v1::{InitResponse, JoinResponse, Phase, StatusResponse};
use crate::{Config, Folder, NodeError, SystemClock, admin, limits, metrics, status};
use replica::Clock;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// What there is of a node before it is a member, and stays around it afterwards.
pub(crate) struct Shell {
    pub(crate) config: Config,
    pub(crate) folder: Folder,
    pub(crate) clock: Arc<dyn Clock>,
    member: OnceLock<Arc<Member>>,
    /// Held while a birth or join is under way, so that there is one at a time.
    beginning: Mutex<()>,
    stop: CancellationToken,
}

/// Runs a node until `stop`, and drains it then. `started` is called once what its folder holds runs: a member, or an
/// empty node that waits for init or join. A member may still be without a leader then, and not ready.
///
/// # Errors
/// [`NodeError`] when it cannot start. What happens to a running node is logged, and ends the process where going on
/// would be wrong.
pub async fn serve(config: Config, stop: CancellationToken, started: impl FnOnce() + Send) -> Result<(), NodeError> {
    metrics::recorder();
    let folder = Folder::open(&config.data_dir)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let listener = metrics::listen(config.listen.metrics).await?;
    let shell = Arc::new(Shell {
        config,
        folder,
        clock,
        member: OnceLock::new(),
        beginning: Mutex::new(()),
        stop: stop.clone(),
    });
    let outlive = CancellationToken::new();
    let socket = admin::serve(shell.clone(), outlive.clone())?;
    let port = tokio::spawn(metrics::serve(shell.clone(), listener, outlive.clone()));
    let outcome = shell.restart().await;
    if outcome.is_ok() {
        started();
        stop.cancelled().await;
        tracing::info!("stopping");
        shell.drain().await;
    }
    outlive.cancel();
    let _ = tokio::join!(socket, port);
    outcome
}

impl Shell {
    /// The member that the node is; `None` while it is none.
    pub(crate) fn member(&self) -> Option<&Arc<Member>> {
        self.member.get()
    }

    /// Why this node should not be sent requests; `None` when it should.
    pub(crate) fn unready(&self) -> Option<String> {
        match self.member() {
            Some(member) => member.unready(),
            None => Some("the node is empty: it was neither born nor has it joined a cluster".to_owned()),
        }
    }

    /// Starts what the folder holds: a member, or nothing.
    async fn restart(&self) -> Result<(), NodeError> {
        if self.folder.birth_under_way().exists() {
            return Err(self.birth_was_cut_short());
        }
        let Some(identity) = Identity::read(&self.folder.identity())? else {
            tracing::info!(socket = %self.folder.admin_socket().display(), "the node is empty, and waits for init or join");
            return Ok(());
        };
        let _one = self.beginning.lock().await;
        let origin = Origin::from_disk(&self.config, &self.folder, identity)?;
        let ports = Ports::take(&self.config).await?;
        let member = Member::start(&self.config, origin, ports.peers, self.clock.clone()).await?;
        self.serve_member(member, ports.clients);
        Ok(())
    }

    /// Makes a cluster of this empty node.
    pub(crate) async fn init(&self, choice: Choice) -> Result<InitResponse, NodeError> {
        let _one = self.begin()?;
        let ports = Ports::take(&self.config).await?;
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
        let _one = self.begin()?;
        let ports = Ports::take(&self.config).await?;
        let member = join(&self.config, &self.folder, ports.peers, self.clock.clone(), token).await?;
        let response = JoinResponse { cluster_id: member.cluster().to_string(), node_id: member.identity.node.0 };
        self.serve_member(member, ports.clients);
        Ok(response)
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
            None if self.beginning.try_lock().is_err() => Phase::Beginning,
            None => Phase::Empty,
        }
    }

    fn begin(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, NodeError> {
        let busy = || NodeError::Refused("a birth or join is under way already".to_owned());
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

    fn serve_member(&self, member: Arc<Member>, clients: ClientsPort) {
        member.open_to(clients, &self.config);
        assert!(self.member.set(member).is_ok(), "one birth, join or restart at a time makes one member");
    }

    async fn drain(&self) {
        // A birth that is cut short leaves a folder of no use; it takes a moment.
        let _begun = tokio::time::timeout(limits::BEGINNING, self.beginning.lock()).await;
        if let Some(member) = self.member() {
            member.drain().await;
        }
    }
}

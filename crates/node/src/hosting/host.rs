//! The process: the nodes of every Region that it hosts, behind one clients' port and one metrics port. In a server
//! cluster that is one node; a development cluster may have several Regions, each with a folder, a keyring, a Raft group
//! and an admin socket of its own.

use crate::hosting::door::Door;
use crate::lifecycle::server::Shell;
use crate::{Config, NodeError, SystemClock, admin, hosting::metrics, hosting::process};
use futures::future::{join_all, try_join_all};
use replica::Clock;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What the process hosts.
pub(crate) struct Host {
    /// One per Region, in the order of the configuration; never empty.
    pub(crate) shells: Vec<Arc<Shell>>,
    door: Arc<Door>,
}

/// Runs a node until `stop`, and drains it then. `started` is called once what its folders hold runs: members, or empty
/// nodes that wait for init or join. A member may still be without a leader then, and not ready.
///
/// # Errors
/// [`NodeError`] when it cannot start. What happens to a running node is logged, and ends the process where going on
/// would be wrong.
pub async fn serve(config: Config, stop: CancellationToken, started: impl FnOnce() + Send) -> Result<(), NodeError> {
    metrics::recorder();
    process::guard_memory(&config)?;
    let listener = metrics::listen(config.listen.metrics).await?;
    let host = Arc::new(Host::open(config, &stop)?);
    let outlive = CancellationToken::new();
    // However this function ends, the tasks that it started do too.
    let _guard = outlive.clone().drop_guard();
    let mut tasks = Vec::new();
    for shell in &host.shells {
        tasks.push(admin::serve(shell.clone(), outlive.clone())?);
    }
    tasks.push(tokio::spawn(metrics::serve(host.clone(), listener, outlive.clone())));
    let outcome = host.restart().await;
    if outcome.is_ok() {
        started();
        stop.cancelled().await;
        tracing::info!("stopping");
    }
    host.end().await;
    outlive.cancel();
    join_all(tasks).await;
    outcome
}

impl Host {
    fn open(config: Config, stop: &CancellationToken) -> Result<Self, NodeError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let each = config.of_each_region();
        let door = Door::new(config, clock.clone(), each.len())?;
        let open = |(place, config)| Shell::open(config, place, door.clone(), clock.clone(), stop.clone());
        let shells = each.into_iter().enumerate().map(open).collect::<Result<_, _>>()?;
        Ok(Self { shells, door })
    }

    /// Starts what the folders hold.
    async fn restart(&self) -> Result<(), NodeError> {
        try_join_all(self.shells.iter().map(|shell| shell.restart())).await.map(drop)
    }

    /// Why this process should not be sent requests; `None` when it should.
    pub(crate) fn unready(&self) -> Option<String> {
        let (shell, reason) = self.shells.iter().find_map(|shell| Some((shell, shell.unready()?)))?;
        Some(match self.shells.len() {
            1 => reason,
            _ => format!("{}: {reason}", shell.config.region),
        })
    }

    /// Ends in an order in which nobody waits: leadership first, then clients, then Raft, then peers.
    async fn end(&self) {
        join_all(self.shells.iter().map(|shell| shell.drain())).await;
        self.door.close().await;
        join_all(self.shells.iter().map(|shell| shell.end())).await;
    }
}

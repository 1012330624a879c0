//! The clients' door of a process: one port, and one gateway before every Region that the process hosts. It opens when
//! each of them is a member of its cluster.

use crate::certificates::client_tls::ClientCertificate;
use crate::hosting::threads::Threads;
use crate::lifecycle::member::{self, Member};
use crate::{Config, NodeError, certificates::client_tls, hosting::logging, lifecycle::reset};
use events::Recorder;
use gateway::{Gateway, Readiness, Reset, Services};
use replica::Clock;
use service::Fault;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where clients are let in, once every Region is there.
pub(crate) struct Door {
    config: Config,
    clock: Arc<dyn Clock>,
    recorder: Arc<dyn Recorder>,
    /// How many Regions it waits for.
    regions: usize,
    /// The port, while somebody has reserved it.
    reserved: tokio::sync::Mutex<Weak<ClientsPort>>,
    /// Those that have come, by their place in the configuration, until it opens.
    come: Mutex<BTreeMap<usize, (Arc<Member>, Services)>>,
    /// The members behind it, once it is open.
    open: OnceLock<Vec<Arc<Member>>>,
    /// What clients see, once it is open.
    certificate: Arc<OnceLock<Arc<ClientCertificate>>>,
    /// Said once it cannot go on.
    broken: OnceLock<String>,
    /// Where callers are served.
    threads: Threads,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The clients' port, taken before anything that cannot be undone is done. Whoever holds it keeps it taken.
pub(crate) struct ClientsPort {
    /// Until the door opens.
    listener: Mutex<Option<TcpListener>>,
    tls: Option<Arc<rustls::ServerConfig>>,
    certificate: Option<Arc<ClientCertificate>>,
}

impl Door {
    /// A closed door.
    ///
    /// # Errors
    /// When there are no threads for callers.
    pub(crate) fn new(config: Config, clock: Arc<dyn Clock>, regions: usize) -> Result<Arc<Self>, NodeError> {
        let recorder = Arc::new(logging::audit(&config.log, clock.clone()));
        let (certificate, stop, tasks) = (Arc::default(), CancellationToken::new(), TaskTracker::new());
        tasks.spawn(client_tls::follow(Arc::clone(&certificate), stop.clone()));
        Ok(Arc::new(Self {
            threads: Threads::of_callers()?,
            config,
            clock,
            recorder,
            regions,
            reserved: tokio::sync::Mutex::default(),
            come: Mutex::default(),
            open: OnceLock::new(),
            certificate,
            broken: OnceLock::new(),
            stop,
            tasks,
        }))
    }

    /// Takes the port, unless another Region has.
    ///
    /// # Errors
    /// [`NodeError::Listen`], and what is wrong with the certificate that clients are to see.
    pub(crate) async fn reserve(&self) -> Result<Arc<ClientsPort>, NodeError> {
        let mut reserved = self.reserved.lock().await;
        if let Some(port) = reserved.upgrade() {
            return Ok(port);
        }
        let (tls, certificate) = client_tls::server(&self.config)?.unzip();
        let listener = member::listen("clients", self.config.listen.clients).await?;
        let port = Arc::new(ClientsPort { listener: Mutex::new(Some(listener)), tls, certificate });
        *reserved = Arc::downgrade(&port);
        Ok(port)
    }

    /// Puts a Region behind the door, and opens it when that was the last one. `port` is held from the first one on.
    pub(crate) fn enter(self: &Arc<Self>, place: usize, config: &Config, member: Arc<Member>, port: Arc<ClientsPort>) {
        let services = member.go_to_work(config.region(), self.recorder.clone());
        let services = if config.limits.request_rates { services.rated(member.rates.clone()) } else { services };
        let come = {
            let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
            come.insert(place, (member, services));
            if come.len() < self.regions {
                // The others find the port reserved until the process ends.
                self.tasks.spawn(hold(port, self.stop.clone()));
                return;
            }
            std::mem::take(&mut *come)
        };
        self.open(come, &port);
    }

    fn open(self: &Arc<Self>, come: BTreeMap<usize, (Arc<Member>, Services)>, port: &ClientsPort) {
        let (members, services): (Vec<_>, Vec<_>) = come.into_values().unzip();
        let listener = port.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let listener = listener.expect("the door opens once");
        let gateway = self.gateway(&members, services);
        assert!(self.open.set(members).is_ok(), "the door opens once");
        if let Some(certificate) = port.certificate.clone() {
            let _ = self.certificate.set(certificate);
        }
        let (door, tls, stop) = (self.clone(), port.tls.clone(), self.stop.clone());
        let listener = self.threads.adopt(listener);
        self.threads.spawn(self.tasks.track_future(async move {
            let served = async { gateway.serve(listener?, tls, stop.cancelled_owned()).await };
            if let Err(cause) = served.await {
                let _ = door.broken.set(format!("the clients' port failed: {cause}"));
            }
        }));
    }

    fn gateway(self: &Arc<Self>, members: &[Arc<Member>], services: Vec<Services>) -> Arc<Gateway> {
        let limits = gateway::Limits {
            connections_max: self.config.limits.connections,
            drain_time: Duration::from_millis(self.config.limits.drain_ms),
            ..gateway::Limits::default()
        };
        let builder = Gateway::builder(self.clock.clone(), self.recorder.clone(), self.clone()).limits(limits);
        let builder = services.into_iter().fold(builder, gateway::Builder::region);
        let for_development = members.iter().all(|member| member.identity.dev);
        let builder = if for_development { builder.reset(self.clone()) } else { builder };
        builder.build()
    }

    /// Why nobody is let in here, apart from how the Regions are.
    pub(crate) fn shut(&self) -> Option<String> {
        match self.open.get() {
            None => Some("another Region of this process is not there yet".to_owned()),
            Some(_) => self.broken.get().cloned(),
        }
    }

    /// Lets nobody in any longer, and ends when those inside have their answers.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.threads.end().await;
    }
}

async fn hold(port: Arc<ClientsPort>, stop: CancellationToken) {
    stop.cancelled().await;
    drop(port);
}

impl Readiness for Door {
    fn ready(&self) -> Result<(), String> {
        let members = self.open.get().map_or(&[][..], Vec::as_slice);
        let unready = members.iter().find_map(|member| member.unready());
        self.shut().or(unready).map_or(Ok(()), Err)
    }
}

#[tonic::async_trait]
impl Reset for Door {
    async fn reset(&self) -> Result<(), Fault> {
        let members = self.open.get().expect("only an open door is asked");
        let resets = members.iter().map(|member| reset::reset(member));
        futures::future::join_all(resets).await.into_iter().collect()
    }
}

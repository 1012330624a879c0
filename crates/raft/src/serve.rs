//! The door for peers: who is there, and the routes behind it.

use crate::limits::CONNECTIONS_MAX;
use crate::service::PeerService;
use crate::transport::TlsDoor;
use crate::{Door, Greeting, Node, PeerName, SharedTls};
use axum::Router;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::error::Error;
use std::io;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::ServiceExt as _;

/// After a moment without file descriptors, for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long calls may go on after the door was closed.
const GOODBYE_TIME_MAX: Duration = Duration::from_millis(200);

/// Who is at the other end of a peers' connection, as its certificate says; a request extension of every call.
/// `None` without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerIdentity(pub Option<PeerName>);

/// Where the node is put once it has started. A door without a node serves the other routes alone.
#[derive(Clone, Default)]
pub struct NodeSlot(Arc<OnceLock<Arc<Node>>>);

impl NodeSlot {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the node in. A slot is filled once; a second node is dropped and `false` returned.
    pub fn attach(&self, node: Arc<Node>) -> bool {
        self.0.set(node).is_ok()
    }

    /// The node, once it is there.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.0.get()
    }
}

/// Serves peers on `listener` until `shutdown`: the calls of this crate, and `extra` beside them.
///
/// # Errors
/// When the listener fails.
pub fn serve_peers(
    listener: TcpListener,
    tls: Arc<SharedTls>,
    slot: NodeSlot,
    extra: Routes,
    shutdown: CancellationToken,
) -> BoxFuture<'static, io::Result<()>> {
    serve_door(Box::new(TlsDoor { listener, tls }), slot, extra, shutdown)
}

/// Serves whoever comes to `door` until `shutdown`, as [`serve_peers`] does.
///
/// # Errors
/// When the door fails.
pub fn serve_door(
    door: Box<dyn Door>,
    slot: NodeSlot,
    extra: Routes,
    shutdown: CancellationToken,
) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(serve(door, slot, extra, shutdown))
}

async fn serve(mut door: Box<dyn Door>, slot: NodeSlot, extra: Routes, shutdown: CancellationToken) -> io::Result<()> {
    let router = extra.add_service(PeerService::server(slot)).prepare().into_axum_router();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let (greeting, from) = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            accepted = door.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) if passing(&error) => {
                    tracing::warn!(%error, "could not accept a peer's connection");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
                Err(error) => return Err(error),
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics::counter!("lockstep_raft_peers_refused_total", "reason" => "too_many").increment(1);
            continue;
        };
        let (router, shutdown) = (router.clone(), shutdown.clone());
        tokio::spawn(async move {
            if let Err(error) = serve_connection(greeting, router, shutdown).await {
                tracing::debug!(%from, %error, "a peer's connection ended");
            }
            drop(place);
        });
    }
}

/// Errors of one connection, or of a moment without file descriptors; the listener goes on.
fn passing(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::Interrupted | K::OutOfMemory)
        || error.raw_os_error().is_some_and(|code| [23, 24].contains(&code)) // ENFILE, EMFILE
}

async fn serve_connection(
    greeting: Greeting,
    router: Router,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (stream, identity) = greeting.await.inspect_err(|_| {
        metrics::counter!("lockstep_raft_peers_refused_total", "reason" => "handshake").increment(1);
    })?;
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(identity);
        router.clone().oneshot(request)
    });
    let mut connection = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(8 << 20)
            // A node that was stopped for a while finds its leader's heartbeats of that time begun and given up.
            .max_pending_accept_reset_streams(CONNECTIONS_MAX)
            .keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        served = connection.as_mut() => Ok(served?),
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            // What is not done by then is broken off; streams of log entries never end by themselves.
            timeout(GOODBYE_TIME_MAX, connection).await.unwrap_or(Ok(()))?;
            Ok(())
        }
    }
}

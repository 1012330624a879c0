//! Accepts connections, bounds them, and lets them finish at shutdown.

use crate::arrival::Peer;
use crate::connections::Place;
use crate::{Gateway, front, limits, measure};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Serves `listener` until `shutdown`, then lets open requests finish within their time.
pub(crate) async fn serve(
    gateway: &Arc<Gateway>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let tls = tls.map(|config| TlsAcceptor::from(offering_both(&config)));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => admit(gateway, stream, from, tls.clone(), graceful.watcher()),
            Err(cause) if is_of_one_connection(&cause) => {}
            Err(cause) => {
                // Out of file descriptors: those that are open have to be served on, and one will be free again.
                tracing::warn!(%cause, "no connection could be accepted");
                tokio::time::sleep(limits::ACCEPT_RETRY_DELAY).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(gateway.limits.drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still busy at the end of the time for them");
    }
    Ok(())
}

/// The same configuration, with both versions of HTTP offered: gRPC clients insist on ALPN.
fn offering_both(config: &ServerConfig) -> Arc<ServerConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

fn is_of_one_connection(cause: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves a connection in a task of its own, if there is a place for it.
fn admit(gateway: &Arc<Gateway>, stream: TcpStream, from: SocketAddr, tls: Option<TlsAcceptor>, watcher: Watcher) {
    let ip = from.ip().to_canonical();
    let Some(place) = gateway.connections.enter(ip, &gateway.limits) else {
        measure::turned_away();
        return; // dropped, and so closed
    };
    let _ = stream.set_nodelay(true); // fails on a connection that is gone, as the first read will
    let untaken_millis = u32::try_from(limits::UNTAKEN_TIME.as_millis()).expect("a small constant");
    let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, untaken_millis);
    let gateway = gateway.clone();
    tokio::spawn(async move {
        let peer = Peer { ip, tls: tls.is_some() };
        match tls {
            None => converse(gateway, stream, peer, place, watcher).await,
            Some(acceptor) => {
                let handshake = tokio::time::timeout(limits::HANDSHAKE_TIME, acceptor.accept(stream)).await;
                let Ok(Ok(stream)) = handshake else { return };
                converse(gateway, stream, peer, place, watcher).await;
            }
        }
    });
}

/// Speaks HTTP/1.1 or HTTP/2, whichever the client begins with.
async fn converse<S>(gateway: Arc<Gateway>, stream: S, peer: Peer, _place: Place, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let has_spoken = Arc::new(AtomicBool::new(false));
    let service = service_fn({
        let has_spoken = has_spoken.clone();
        move |request| {
            has_spoken.store(true, Ordering::Relaxed);
            front::answer(gateway.clone(), peer, request)
        }
    });
    let builder = builder();
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = pin!(watcher.watch(connection));
    let result = tokio::select! {
        result = connection => result,
        () = silence(&has_spoken) => return,
    };
    if let Err(cause) = result {
        tracing::debug!(%cause, "a connection ended early");
    }
}

/// Ends when the first request has not come in its time: until a client has shown which HTTP it speaks, no other limit
/// holds for it.
async fn silence(has_spoken: &AtomicBool) {
    tokio::time::sleep(limits::FIRST_REQUEST_TIME).await;
    if has_spoken.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_headers(limits::HEADERS_MAX)
        .max_buf_size(limits::HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_MAX)
        .max_pending_accept_reset_streams(limits::RESET_STREAMS_MAX)
        .max_local_error_reset_streams(limits::LOCAL_ERROR_RESETS_MAX)
        .max_header_list_size(limits::HEADER_LIST_BYTES_MAX)
        .initial_stream_window_size(limits::STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::CONNECTION_WINDOW_BYTES)
        .keep_alive_interval(limits::KEEPALIVE_INTERVAL)
        .keep_alive_timeout(limits::KEEPALIVE_TIME);
    builder
}

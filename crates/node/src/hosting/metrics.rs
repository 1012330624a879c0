//! The metrics port: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever watches the process.
//!
//! Names are `lockstep_*` in base units; labels never hold an id of a key, an account or a caller.

use crate::hosting::host::Host;
use crate::lifecycle::server::Shell;
use crate::{NodeError, hosting::process, lifecycle::timer, limits};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use metrics::Label;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use replica::Replica as _;
use std::sync::{Arc, OnceLock};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Bounds of every histogram of seconds: from a read out of memory to a request that waited for a leader.
const SECONDS: [f64; 16] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Bounds of every histogram of how many went together.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The recorder of this process; every node in it shares it.
pub(crate) fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("there are bounds")
            .set_buckets_for_metric(Matcher::Suffix("_per_sync".to_owned()), &COUNTS)
            .expect("there are bounds")
            .set_buckets_for_metric(Matcher::Suffix("_riders".to_owned()), &COUNTS)
            .expect("there are bounds")
            .install_recorder()
            .expect("nobody else in this process records metrics");
        // There from the start: Prometheus sees a rise only from a value that it knows.
        metrics::counter!("lockstep_panics_total").increment(0);
        recorder
    };
    RECORDER.get_or_init(install).clone()
}

/// Serves the port until `stop`.
pub(crate) async fn serve(host: Arc<Host>, listener: TcpListener, stop: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(render))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(host);
    let places = Arc::new(Semaphore::new(limits::METRICS_CONNECTIONS));
    let mut upkeep = tokio::time::interval(limits::METRICS_UPKEEP);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = upkeep.tick() => {
                recorder().run_upkeep();
                continue;
            }
            () = stop.cancelled() => return,
        };
        // Without a free place, or when the system has no descriptor left, the peer is not answered and comes again.
        if let (Ok((stream, _)), Ok(place)) = (accepted, places.clone().try_acquire_owned()) {
            let (router, stop) = (router.clone(), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = answer(router, stream) => {}
                    () = stop.cancelled() => {}
                }
                drop(place);
            });
        }
    }
}

async fn answer(router: Router, stream: TcpStream) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits::METRICS_HEADERS);
    let service = TowerToHyperService::new(router);
    if let Err(cause) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%cause, "a connection to the metrics port ended");
    }
}

async fn render(State(host): State<Arc<Host>>) -> impl IntoResponse {
    measure(&host);
    let recorder = recorder();
    recorder.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render())
}

async fn ready(State(host): State<Arc<Host>>) -> (StatusCode, String) {
    match host.unready() {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

/// What is a state and not an event is read when it is asked for.
fn measure(host: &Host) {
    metrics::gauge!("lockstep_ready").set(f64::from(u8::from(host.unready().is_none())));
    metrics::gauge!("lockstep_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let (first, further) = host.shells.split_first().expect("a process hosts a Region");
    measure_process(first);
    measure_region(first, Vec::new());
    for shell in further {
        measure_region(shell, vec![Label::new("region", shell.config.region.clone())]);
    }
}

/// How the node of one Region stands. The first has no label: in a server cluster there is no other.
#[allow(clippy::cast_precision_loss, reason = "positions stay far below 2^52")]
fn measure_region(shell: &Shell, labels: Vec<Label>) {
    metrics::gauge!("lockstep_quarantined", labels.clone()).set(f64::from(u8::from(shell.is_quarantined())));
    let Some(member) = shell.member() else {
        return;
    };
    // What else there is to say of Raft and of the store, they say themselves.
    let status = member.node.status();
    let gauge = |name: &'static str, value: f64| metrics::gauge!(name, labels.clone()).set(value);
    gauge("lockstep_raft_snapshot_index", status.snapshot.unwrap_or(0) as f64);
    gauge("lockstep_raft_voters", status.voters.len() as f64);
    gauge("lockstep_raft_learners", status.learners.len() as f64);
    gauge("lockstep_keyring_version", member.keyring.held().map_or(0, |held| held.version) as f64);
    let needed = crate::keys::keyring::committed(&member.node.local()).map_or(0, |needed| needed.version);
    gauge("lockstep_keyring_committed_version", needed as f64);
    gauge("lockstep_due_oldest_seconds", timer::overdue_seconds(&*member.node.local(), member.clock.now()));
}

/// Memory and disk: what a node runs out of.
#[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn measure_process(shell: &Shell) {
    process::measure();
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    if let Ok(disk) = rustix::fs::statvfs(shell.folder.root()) {
        metrics::gauge!("lockstep_disk_free_bytes").set((disk.f_bavail * disk.f_frsize) as f64);
        metrics::gauge!("lockstep_disk_size_bytes").set((disk.f_blocks * disk.f_frsize) as f64);
    }
}

/// `VmRSS` of proc_pid_status(5), which is in kB.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// When a certificate in use ends, in seconds since 1970: `node` and `cluster` on links between nodes, `clients` on the
/// clients' port. One that cannot be read has been refused by TLS before.
#[allow(clippy::cast_precision_loss, reason = "seconds stay far below 2^52")]
pub(crate) fn certificate_ends(which: &'static str, der: &[u8]) {
    if let Ok((_, certificate)) = x509_parser::parse_x509_certificate(der) {
        let ends = certificate.validity().not_after.timestamp();
        metrics::gauge!("lockstep_certificate_ends_seconds", "certificate" => which).set(ends as f64);
    }
}

/// Binds the port.
pub(crate) async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, NodeError> {
    crate::lifecycle::member::listen("metrics", address).await
}

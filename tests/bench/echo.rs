//! The yardsticks: what the same libraries do when they only give back what they were given.

use anyhow::Result;
use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use proto::kms::v1::EncryptRequest;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use tests::{Process, free_ports, scratch, until};
use tonic::body::Body;
use tonic::server::{Grpc, UnaryService};
use tonic_prost::ProstCodec;

/// The path of the echo.
pub(crate) const PATH: &str = "/echo.v1.EchoService/Echo";

/// A tonic server that answers with the request.
pub(crate) async fn grpc(port: u16) -> Result<()> {
    let echo = Router::new().route_service(PATH, tower::service_fn(echo_grpc));
    serve(echo, port).await
}

/// A server of JSON bodies that answers with the request.
pub(crate) async fn json(port: u16) -> Result<()> {
    serve(Router::new().route("/", post(|body: Bytes| async { body })), port).await
}

async fn serve(router: Router, port: u16) -> Result<()> {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            builder.serve_connection(TokioIo::new(stream), service).await
        });
    }
}

async fn echo_grpc(request: hyper::Request<axum::body::Body>) -> Result<hyper::Response<Body>, Infallible> {
    struct Echo;
    impl UnaryService<EncryptRequest> for Echo {
        type Response = EncryptRequest;
        type Future = std::future::Ready<Result<tonic::Response<EncryptRequest>, tonic::Status>>;

        fn call(&mut self, request: tonic::Request<EncryptRequest>) -> Self::Future {
            std::future::ready(Ok(tonic::Response::new(request.into_inner())))
        }
    }
    Ok(Grpc::new(ProstCodec::<EncryptRequest, EncryptRequest>::default()).unary(Echo, request).await)
}

/// A yardstick as a process of its own, bound to one processor.
pub(crate) struct Echo {
    _process: Process,
    _folder: tempfile::TempDir,
    pub(crate) endpoint: String,
}

impl Echo {
    /// `kind` is `echo-grpc` or `echo-json`.
    pub(crate) fn start(kind: &str, processor: usize) -> Result<Self> {
        let (folder, port) = (scratch(), free_ports(1)?[0]);
        let this = std::env::current_exe()?.display().to_string();
        let words = ["taskset", "-c", &processor.to_string(), &this, kind, &port.to_string()].map(str::to_owned);
        let process = Process::start(&words, &[], &folder.path().join("echo.log"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        until("the echo listens", std::time::Duration::from_secs(10), || std::net::TcpStream::connect(address).ok())?;
        Ok(Self { _process: process, _folder: folder, endpoint: format!("http://{address}") })
    }
}

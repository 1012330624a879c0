//! A channel over all nodes: signs each attempt, and goes on to the next node when one does not answer.
//!
//! Every attempt at one call carries the same `amz-sdk-invocation-id`, through which the cluster acts once however often
//! a call arrives.

use crate::limits::{ATTEMPT, ATTEMPTS_MAX, CALL, REQUEST_BYTES_MAX, ROUND_PAUSE};
use crate::signature::{Credentials, Scope, Signing, sign};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

/// Bytes in front of a gRPC message: a flag and a length.
const FRAME_BYTES: usize = 5;

/// Where calls go. Cheap to clone; clones share connections and the node that answered last.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    nodes: Vec<Node>,
    region: String,
    credentials: Credentials,
    preferred: AtomicUsize,
}

/// One node's channel.
pub(crate) struct Node {
    pub(crate) authority: String,
    pub(crate) channel: Channel,
}

/// One call, ready to be sent any number of times.
struct Outgoing {
    parts: http::request::Parts,
    body: Bytes,
    service: String,
}

impl Transport {
    pub(crate) fn new(nodes: Vec<Node>, region: String, credentials: Credentials) -> Self {
        Self(Arc::new(Shared { nodes, region, credentials, preferred: AtomicUsize::new(0) }))
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        let limit = deadline(&request).unwrap_or(CALL);
        Box::pin(async move {
            let call = Outgoing::collect(request).await?;
            let late = |_| Status::deadline_exceeded("no node answered before the deadline");
            tokio::time::timeout(limit, shared.send(call)).await.map_err(late)?
        })
    }
}

impl Shared {
    async fn send(&self, call: Outgoing) -> Result<Response<Body>, Status> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = Status::unavailable("no node answered");
        for attempt in 0..ATTEMPTS_MAX.max(self.nodes.len()) {
            if attempt > 0 && attempt % self.nodes.len() == 0 {
                tokio::time::sleep(ROUND_PAUSE).await;
            }
            let number = (first + attempt) % self.nodes.len();
            match self.attempt(&call, &self.nodes[number]).await {
                Ok(response) if !says_unavailable(&response) => {
                    self.preferred.store(number, Ordering::Relaxed);
                    return Ok(response);
                }
                Ok(response) => last = Status::from_header_map(response.headers()).unwrap_or(last),
                Err(status) => last = status,
            }
        }
        Err(last)
    }

    async fn attempt(&self, call: &Outgoing, node: &Node) -> Result<Response<Body>, Status> {
        let request = call.signed(self, node)?;
        let exchange = async {
            let mut channel = node.channel.clone();
            let channel = channel.ready().await.map_err(unreachable_node)?;
            channel.call(request).await.map_err(unreachable_node)
        };
        match tokio::time::timeout(ATTEMPT, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::unavailable("the node did not answer in time")),
        }
    }
}

impl Outgoing {
    async fn collect(request: Request<Body>) -> Result<Self, Status> {
        let (mut parts, body) = request.into_parts();
        let body = Limited::new(body, REQUEST_BYTES_MAX + FRAME_BYTES).collect().await;
        let body = body.map_err(|_| Status::invalid_argument("the request is too large"))?.to_bytes();
        let id = uuid::Uuid::new_v4().to_string();
        parts.headers.insert("amz-sdk-invocation-id", HeaderValue::from_str(&id).expect("a UUID is ASCII"));
        let service = signing_name(parts.uri.path()).ok_or_else(|| Status::unimplemented("not a Lockstep service"))?;
        Ok(Self { parts, body, service })
    }

    fn signed(&self, shared: &Shared, node: &Node) -> Result<Request<Body>, Status> {
        let scope = Scope { region: &shared.region, service: &self.service };
        let request = Signing {
            authority: &node.authority,
            path: self.parts.uri.path(),
            target: None,
            payload: self.body.get(FRAME_BYTES..).unwrap_or_default(),
        };
        let signature = sign(&shared.credentials, &scope, &request, now());
        let mut parts = self.parts.clone();
        parts.headers.extend(signature);
        let body = Full::new(self.body.clone()).map_err(|never| match never {});
        Ok(Request::from_parts(parts, Body::new(body)))
    }
}

/// `/lockstep.kms.v1.KmsService/Encrypt` is signed for `kms`.
fn signing_name(path: &str) -> Option<String> {
    let package = path.strip_prefix("/lockstep.")?;
    Some(package.split('.').next()?.to_owned())
}

/// How long the caller waits: what [`tonic::Request::set_timeout`] wrote, a number of at most eight digits and a unit.
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>
fn deadline(request: &Request<Body>) -> Option<Duration> {
    let text = request.headers().get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number = number.parse::<u32>().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(3600) * number,
        "M" => Duration::from_secs(60) * number,
        "S" => Duration::from_secs(number.into()),
        "m" => Duration::from_millis(number.into()),
        "u" => Duration::from_micros(number.into()),
        "n" => Duration::from_nanos(number.into()),
        _ => return None,
    })
}

/// A unary refusal has its status in the headers. Only "unavailable" is worth another node.
fn says_unavailable(response: &Response<Body>) -> bool {
    Status::from_header_map(response.headers()).is_some_and(|status| status.code() == Code::Unavailable)
}

fn unreachable_node(cause: tonic::transport::Error) -> Status {
    Status::unavailable(format!("the node cannot be reached: {cause}"))
}

#[allow(clippy::disallowed_methods, reason = "a client signs with the wall clock; there is no state to keep in step")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signing_name_comes_from_the_package() {
        for (path, name) in [
            ("/lockstep.kms.v1.KmsService/Encrypt", Some("kms")),
            ("/lockstep.secretsmanager.v1.SecretsManagerService/GetSecretValue", Some("secretsmanager")),
            ("/grpc.health.v1.Health/Check", None),
        ] {
            assert_eq!(signing_name(path).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn a_deadline_is_read_as_tonic_writes_it() {
        for wanted in [Duration::from_nanos(7), Duration::from_millis(1500), Duration::from_secs(36_000)] {
            let mut request = tonic::Request::new(());
            request.set_timeout(wanted);
            let text = request.metadata().get("grpc-timeout").expect("just set").to_str().expect("ASCII");
            let request = Request::builder().header("grpc-timeout", text).body(Body::empty()).expect("a request");
            assert_eq!(deadline(&request), Some(wanted));
        }
        for text in ["", "S", "5", "5x", "-1S", "é"] {
            let request = Request::builder().header("grpc-timeout", text).body(Body::empty()).expect("a request");
            assert_eq!(deadline(&request), None, "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_call_ends_at_its_deadline() {
        // A node that accepts and never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}", silent.local_addr().expect("a bound port"));
        let client = crate::Client::builder("us-east-1")
            .endpoint(endpoint)
            .credentials("id", "secret")
            .build()
            .expect("complete");
        let mut request = tonic::Request::new(proto::kms::v1::ListKeysRequest::default());
        request.set_timeout(Duration::from_millis(300));
        let status = client.kms().list_keys(request).await.expect_err("nobody answers");
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    }
}

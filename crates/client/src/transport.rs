//! A channel over all nodes: signs each attempt, and goes on to the next node when one does not answer.
//!
//! Every attempt at one call carries the same `amz-sdk-invocation-id`, through which the cluster acts once however often
//! a call arrives, and its number in `amz-sdk-request`, from which a node knows that another may be on its way.

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
            tokio::time::timeout(limit, shared.send(call, limit)).await.map_err(late)?
        })
    }
}

impl Shared {
    /// Within `limit`, which the caller keeps.
    async fn send(&self, call: Outgoing, limit: Duration) -> Result<Response<Body>, Status> {
        // However short the deadline, a node that is silent leaves time for another one.
        let patience = ATTEMPT.min(if self.nodes.len() > 1 { limit / 2 } else { limit });
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = Status::unavailable("no node answered");
        let attempts = ATTEMPTS_MAX.max(self.nodes.len());
        for attempt in 0..attempts {
            if attempt > 0 && attempt % self.nodes.len() == 0 {
                tokio::time::sleep(ROUND_PAUSE).await;
            }
            let number = (first + attempt) % self.nodes.len();
            let asked = Asked { shared: self, number };
            let count = HeaderValue::from_str(&format!("attempt={}; max={attempts}", attempt + 1)).expect("ASCII");
            match self.attempt(&call, count, &self.nodes[number], patience).await {
                Ok(response) if !says_unavailable(&response) => {
                    asked.answered();
                    return Ok(response);
                }
                Ok(response) => last = Status::from_header_map(response.headers()).unwrap_or(last),
                Err(status) => last = status,
            }
        }
        Err(last)
    }

    async fn attempt(
        &self,
        call: &Outgoing,
        count: HeaderValue,
        node: &Node,
        patience: Duration,
    ) -> Result<Response<Body>, Status> {
        let mut request = call.signed(self, node)?;
        request.headers_mut().insert("amz-sdk-request", count);
        let exchange = async {
            let mut channel = node.channel.clone();
            let channel = channel.ready().await.map_err(unreachable_node)?;
            channel.call(request).await.map_err(unreachable_node)
        };
        match tokio::time::timeout(patience, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::unavailable("the node did not answer in time")),
        }
    }
}

/// A node that is asked. Unless it answers it is the next call's first no more, also when this call ends before it could
/// ask another: at its deadline, or because its caller gave up.
struct Asked<'a> {
    shared: &'a Shared,
    number: usize,
}

impl Asked<'_> {
    fn answered(self) {
        self.shared.preferred.store(self.number, Ordering::Relaxed);
        std::mem::forget(self);
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let next = (self.number + 1) % self.shared.nodes.len();
        // Where another call has found one that answers, that one stays.
        let _ = self.shared.preferred.compare_exchange(self.number, next, Ordering::Relaxed, Ordering::Relaxed);
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

    /// A client of nodes that accept and never answer.
    async fn silent(count: usize) -> (crate::Client, Vec<tokio::net::TcpListener>) {
        let mut builder = crate::Client::builder("us-east-1").credentials("id", "secret");
        let mut nodes = Vec::new();
        for _ in 0..count {
            let node = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            builder = builder.endpoint(format!("http://{}", node.local_addr().expect("a bound port")));
            nodes.push(node);
        }
        (builder.build().expect("complete"), nodes)
    }

    async fn list_keys(client: &crate::Client, deadline: Duration) -> Status {
        let mut request = tonic::Request::new(proto::kms::v1::ListKeysRequest::default());
        request.set_timeout(deadline);
        client.kms().list_keys(request).await.expect_err("nobody answers")
    }

    #[tokio::test]
    async fn a_call_ends_at_its_deadline() {
        for count in [1, 2] {
            let (client, _nodes) = silent(count).await;
            let status = list_keys(&client, Duration::from_millis(300)).await;
            assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
        }
    }

    #[tokio::test]
    async fn a_silent_node_leaves_time_for_another() {
        let (client, nodes) = silent(3).await;
        let (_, asked) = tokio::join!(list_keys(&client, Duration::from_secs(2)), async {
            tokio::time::timeout(Duration::from_millis(1_900), nodes[1].accept()).await
        });
        assert!(asked.is_ok(), "the second node was not asked before the deadline");
    }

    #[tokio::test]
    async fn a_call_that_was_given_up_leaves_the_silent_node() {
        let (client, nodes) = silent(3).await;
        let long = Duration::from_secs(10);
        let given_up = tokio::time::timeout(Duration::from_millis(100), list_keys(&client, long)).await;
        assert!(given_up.is_err(), "somebody answered");
        tokio::select! {
            asked = nodes[1].accept() => drop(asked.expect("accepted")),
            status = list_keys(&client, Duration::from_secs(2)) => panic!("the second node was not asked: {status}"),
            // Half of that deadline went to the first node again.
            () = tokio::time::sleep(Duration::from_millis(900)) => panic!("the second node was not asked first"),
        }
    }
}

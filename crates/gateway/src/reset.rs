//! `POST /_lockstep/reset`: empties a development cluster, for test suites.
//!
//! It is unsigned, so it is answered on loopback alone and asks for a header that no web page of another origin can send,
//! at a host whose name nobody can point here. A gateway that was given nothing to reset does not know the path.

use crate::Gateway;
use crate::arrival::{Peer, text};
use crate::failure::Failure;
use crate::wire::headers;
use async_trait::async_trait;
use bytes::Bytes;
use events::{Event, Record, Stranger};
use http::request::Parts;
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};
use service::{Fault, FaultKind};
use std::net::IpAddr;
use std::sync::Arc;
use tonic::body::Body;

const PATH: &str = "/_lockstep/reset";
const HEADER: &str = "x-lockstep-reset";

/// Empties what the gateway serves.
#[async_trait]
pub trait Reset: Send + Sync + 'static {
    /// Empties every Region. When it returns, all of this node's services see nothing of what was there.
    ///
    /// # Errors
    /// Why not all Regions are known to be empty now.
    async fn reset(&self) -> Result<(), Fault>;
}

/// Whether a request is for this file.
pub(crate) fn is_asked_for(gateway: &Gateway, request: &Request<Incoming>) -> bool {
    gateway.reset.is_some() && request.method() == Method::POST && request.uri().path() == PATH
}

/// Answers it. The body, which says nothing, is not read.
pub(crate) async fn answer(gateway: &Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let (head, _) = request.into_parts();
    let request_id = uuid::Uuid::new_v4().to_string();
    let outcome = match refusal(peer, &head) {
        Some((status, message)) => Err((status, Fault::new(FaultKind::Denied, "AccessDeniedException", message))),
        None => reset(gateway).await.map_err(|fault| (StatusCode::SERVICE_UNAVAILABLE, fault)),
    };
    let error = outcome.as_ref().err().map(|(_, fault)| fault);
    let (status, body) = match recorded(gateway, peer, &head, &request_id, error) {
        Err(failure) => (StatusCode::INTERNAL_SERVER_ERROR, said(&failure.fault)),
        Ok(()) => match &outcome {
            Ok(()) => (StatusCode::OK, json!({})),
            Err((status, fault)) => (*status, said(fault)),
        },
    };
    let mut response = Response::new(Body::new(Full::new(Bytes::from(body.to_string()))));
    *response.status_mut() = status;
    headers::insert(response.headers_mut(), "application/json", &request_id);
    response
}

/// What keeps this caller from resetting anything.
fn refusal(peer: Peer, head: &Parts) -> Option<(StatusCode, String)> {
    let by_name = head.uri.authority().map(Authority::as_str).or_else(|| text(&head.headers, "host"));
    if !peer.ip.is_loopback() || !by_name.is_some_and(is_of_this_machine) {
        return Some((StatusCode::FORBIDDEN, "A reset is for callers on this machine.".to_owned()));
    }
    if text(&head.headers, HEADER) != Some("1") {
        return Some((StatusCode::BAD_REQUEST, format!("A reset needs the header {HEADER}: 1.")));
    }
    None
}

/// An address, or a name that means this machine everywhere: a web page can have any other name point here.
fn is_of_this_machine(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().trim_matches(['[', ']']);
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok()
}

/// A caller that hangs up does not leave some Regions as they were.
async fn reset(gateway: &Arc<Gateway>) -> Result<(), Fault> {
    let resets = gateway.reset.clone().expect("only a gateway with something to reset comes here");
    let within = gateway.limits.call_time;
    let done = tokio::spawn(async move { tokio::time::timeout(within, resets.reset()).await });
    match done.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Failure::out_of_time().fault),
        Err(cause) => {
            tracing::error!(%cause, "a reset ended early");
            Err(Failure::internal().fault)
        }
    }
}

/// Records how it ended, as every answer is.
fn recorded(
    gateway: &Gateway,
    peer: Peer,
    head: &Parts,
    request_id: &str,
    error: Option<&Fault>,
) -> Result<(), Failure> {
    let stranger = Stranger {
        request_id: request_id.to_owned(),
        received_at: gateway.clock.now(),
        region: gateway.region(None).region.clone(),
        source_ip: peer.ip,
        user_agent: text(&head.headers, "user-agent").unwrap_or_default().to_owned(),
        access_key_id: None,
    };
    let event = Event {
        service: "lockstep",
        operation: "Reset",
        parameters: Value::Null,
        response: Value::Null,
        resources: Vec::new(),
        error,
    };
    gateway.recorder.record(&Record::of_stranger(&stranger, event)).map_err(|cause| {
        tracing::error!(%cause, "an answer was withheld");
        crate::measure::withheld();
        Failure::internal()
    })
}

fn said(fault: &Fault) -> Value {
    json!({ "__type": fault.code, "message": fault.message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_mean_this_machine_everywhere_are_taken() {
        for host in ["127.0.0.1:4566", "[::1]:4566", "localhost", "localhost:1", "kms.localhost:4566"] {
            assert!(is_of_this_machine(host), "{host}");
        }
        for host in ["", "evil.example:4566", "localhost.evil.example", "notlocalhost", "a b"] {
            assert!(!is_of_this_machine(host), "{host}");
        }
    }
}

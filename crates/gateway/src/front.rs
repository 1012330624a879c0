//! Finds out which wire a request speaks, and receives its body.

use crate::arrival::{Peer, text};
use crate::failure::Failure;
use crate::health::Introspection;
use crate::wire::{grpc, json, query};
use crate::{Gateway, body, limits, measure, reset, signature};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::sync::Arc;
use tonic::body::Body;

/// Answers a request, whatever it speaks.
pub(crate) async fn answer(
    gateway: Arc<Gateway>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let content_type = text(request.headers(), header::CONTENT_TYPE.as_str()).unwrap_or_default();
    if is_grpc(content_type) {
        if Introspection::answers(request.uri().path()) {
            return gateway.introspection.answer(request.map(Body::new)).await;
        }
        return Ok(grpc::answer(&gateway, peer, request).await);
    }
    if reset::is_asked_for(&gateway, &request) {
        return Ok(reset::answer(&gateway, peer, request).await);
    }
    let is_api = request.method() == Method::POST && request.uri().path() == "/";
    let is_in_chunks = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = if is_api && content_type.starts_with("application/x-www-form-urlencoded") {
        query::answer(&gateway, peer, request).await
    } else {
        json::answer(&gateway, peer, request, is_api).await
    };
    if is_in_chunks {
        // Where a proxy in between goes by another length, what follows may be anybody's (RFC 9112, 6.1).
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

fn is_grpc(content_type: &str) -> bool {
    // `application/grpc-web` is another protocol.
    content_type.strip_prefix("application/grpc").is_some_and(|rest| !rest.starts_with("-web"))
}

impl Gateway {
    /// The body of a request, of at most `bytes_max` bytes. Its memory is wiped when its last part is dropped.
    pub(crate) async fn receive(
        &self,
        head: &Parts,
        peer: Peer,
        body: Incoming,
        bytes_max: usize,
    ) -> Result<Bytes, Failure> {
        if head.headers.len() > limits::HEADERS_MAX {
            return Err(Failure::too_many_headers()); // HTTP/2; of HTTP/1.1 nothing comes here then
        }
        if is_encoded(&head.headers) {
            return Err(Failure::encoded());
        }
        let claimed = text(&head.headers, header::AUTHORIZATION.as_str()).and_then(signature::claimed);
        let claimed = claimed.map_or("", |(access_key_id, _)| access_key_id);
        if self.admission.would_throttle(claimed) {
            measure::throttled(true);
            self.turn_away(body).await;
            return Err(Failure::throttled());
        }
        match self.rooms.open(peer.ip, claimed) {
            Some(room) => body::read(body, bytes_max, room).await,
            None => {
                measure::throttled(true);
                self.turn_away(body).await;
                Err(Failure::throttled())
            }
        }
    }

    /// Lets the sender of a body wait, while what it sends stays with it, and then takes the body off the connection.
    async fn turn_away(&self, body: Incoming) {
        self.pause().await;
        body::discard(body).await;
    }

    /// Keeps a refusal for too many calls back for a moment, the longer the busier the node is, unless too many are kept back.
    pub(crate) async fn pause(&self) {
        self.pauses.rest(self.admission.narrowness()).await;
    }
}

/// Nothing is decompressed for a caller whom nobody has authenticated yet.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|encoding| encoding != "identity")
}

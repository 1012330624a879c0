//! AWS JSON 1.0 and 1.1: `POST /` with `X-Amz-Target`.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use super::{headers, status};
use crate::Gateway;
use crate::arrival::{Arrival, Peer, Target, text};
use crate::failure::Failure;
use crate::message::Form;
use crate::pipeline::Answer;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Map, Value};
use std::sync::Arc;
use tonic::body::Body;

/// The types of body that this wire takes, and answers in.
const CONTENT_TYPES: [&str; 2] = ["application/x-amz-json-1.1", "application/x-amz-json-1.0"];

/// Answers a request of this wire; and, unless `is_api`, one of no wire at all.
pub(crate) async fn answer(
    gateway: &Arc<Gateway>,
    peer: Peer,
    request: Request<Incoming>,
    is_api: bool,
) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let content_type = content_type(&head);
    let target = if is_api && content_type.is_some() { target(&head) } else { Target::unknown(head.uri.path()) };
    let body = gateway.receive(&head, peer, incoming, target.body_bytes_max()).await;
    let answer = gateway.answer(Arrival { head, peer, form: Form::Json, target, body }).await;
    let mut response = written(answer, content_type.unwrap_or(CONTENT_TYPES[0]));
    if !is_api {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

fn content_type(head: &Parts) -> Option<&'static str> {
    let sent = text(&head.headers, header::CONTENT_TYPE.as_str())?;
    let essence = sent.split(';').next().unwrap_or_default().trim();
    CONTENT_TYPES.into_iter().find(|known| essence.eq_ignore_ascii_case(known))
}

/// `TrentService.Encrypt`, for example.
fn target(head: &Parts) -> Target {
    let named = text(&head.headers, "x-amz-target").unwrap_or_default();
    let Some((prefix, operation)) = named.rsplit_once('.') else { return Target::unknown(named) };
    let spoken = |info: &&proto::ServiceInfo| !prefix.is_empty() && info.target_prefix == prefix;
    match proto::services().into_iter().find(spoken) {
        Some(info) => Target::of(info, operation),
        None => Target::unknown(named),
    }
}

fn written(answer: Answer, content_type: &'static str) -> Response<Body> {
    let service = answer.target.service();
    let (status, body) = match answer.outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => (status::json(service, &failure), error(service, &failure)),
    };
    let mut response = Response::new(Body::new(Full::new(body)));
    *response.status_mut() = status;
    headers::insert(response.headers_mut(), content_type, &answer.request_id);
    if status == StatusCode::REQUEST_TIMEOUT {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// `__type` and the text, under the name that the service's model has for it; where no model lists the error, under both
/// names that are in use. Errors without a text have none, as AWS's InvalidCiphertextException.
fn error(service: Option<&str>, failure: &Failure) -> Bytes {
    let fault = &failure.fault;
    let mut members = Map::new();
    members.insert("__type".to_owned(), Value::from(fault.code));
    let shape = service.and_then(|service| proto::errors::lookup(service, fault.code));
    let names = shape.map_or(vec!["message", "Message"], |shape| vec![shape.message_member]);
    for name in names.into_iter().filter(|_| !fault.message.is_empty()) {
        members.insert(name.to_owned(), Value::from(fault.message.as_str()));
    }
    Bytes::from(Value::Object(members).to_string())
}

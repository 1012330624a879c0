//! gRPC: unary calls of the same operations. How they are signed: `docs/grpc.md`.
//!
//! The frame of a message is taken off here rather than by tonic's server, because a signature covers the message as it
//! was sent, and because what is wrong with a frame is answered, counted and recorded like anything else.
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use super::status;
use crate::arrival::{Arrival, Peer, Target};
use crate::failure::Failure;
use crate::message::Form;
use crate::pipeline::Answer;
use crate::{Gateway, limits};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use service::{Answered, Fault, FaultKind};
use std::collections::HashMap;
use std::sync::Arc;
use tonic::Status;
use tonic::body::Body;
use tonic_types::{ErrorDetails, StatusExt as _};

/// A byte that says whether the message is compressed, and its length in four.
const FRAME_BYTES: usize = 5;

/// Longest message of a status, in characters: clients take 8 KiB of trailers by default, in which it stands twice.
const MESSAGE_CHARS_MAX: usize = 1024;

/// How many violations a status lists, for the same reason.
const VIOLATIONS_MAX: usize = 16;

/// Answers a request of this wire.
pub(crate) async fn answer(gateway: &Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    if request.version() != Version::HTTP_2 {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
        return response;
    }
    let (head, incoming) = request.into_parts();
    let target = target(head.uri.path());
    let body = gateway.receive(&head, peer, incoming, target.body_bytes_max() + FRAME_BYTES).await.and_then(unframed);
    written(gateway.answer(Arrival { head, peer, form: Form::Protobuf, target, body }).await)
}

/// `/lockstep.kms.v1.KmsService/Encrypt`, for example.
fn target(path: &str) -> Target {
    let Some((name, operation)) = path.trim_start_matches('/').split_once('/') else { return Target::unknown(path) };
    let spoken = |info: &&proto::ServiceInfo| !name.is_empty() && info.grpc_service == name;
    match proto::services().into_iter().find(spoken) {
        Some(info) => Target::of(info, operation),
        None => Target::unknown(path),
    }
}

/// The one message of a unary request.
fn unframed(body: Bytes) -> Result<Bytes, Failure> {
    let Some((&[is_compressed, ref length @ ..], message)) = body.split_first_chunk::<FRAME_BYTES>() else {
        return Err(Failure::serialization("A unary call has one message"));
    };
    if is_compressed != 0 {
        let text = "Compressed messages are not accepted.";
        return Err(Fault::new(FaultKind::Unimplemented, crate::failure::UNSUPPORTED_MEDIA_TYPE, text).into());
    }
    if u32::from_be_bytes(*length) as usize != message.len() {
        return Err(Failure::serialization("The message is not as long as its frame says"));
    }
    Ok(body.slice(FRAME_BYTES..))
}

/// A message in its frame.
pub(crate) fn framed(message: &dyn Answered) -> Vec<u8> {
    let length = message.message_length();
    let mut bytes = Vec::with_capacity(FRAME_BYTES + length);
    bytes.push(0);
    bytes.extend_from_slice(&u32::try_from(length).expect("answers are far below 4 GiB").to_be_bytes());
    message.append_message(&mut bytes);
    bytes
}

fn written(answer: Answer) -> Response<Body> {
    let mut response = match answer.outcome {
        Ok(frame) => {
            let mut trailers = HeaderMap::new();
            trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
            let body = Full::new(frame).with_trailers(std::future::ready(Some(Ok(trailers))));
            let mut response = Response::new(Body::new(body));
            response.headers_mut().insert(header::CONTENT_TYPE, tonic::metadata::GRPC_CONTENT_TYPE);
            response
        }
        Err(failure) => refusal(answer.target.service(), &failure).into_http(),
    };
    let request_id = HeaderValue::from_str(&answer.request_id).expect("a UUID is plain text");
    response.headers_mut().insert("x-amzn-requestid", request_id);
    response
}

/// The status of an error: AWS's text, and AWS's code in `google.rpc.ErrorInfo`.
fn refusal(service: Option<&str>, failure: &Failure) -> Status {
    let fault = &failure.fault;
    let mut details = ErrorDetails::with_error_info(fault.code, service.unwrap_or("lockstep"), HashMap::new());
    if matches!(fault.kind, FaultKind::Exhausted | FaultKind::Unavailable) {
        details.set_retry_info(Some(limits::RETRY_DELAY));
    }
    for violation in failure.violations.iter().take(VIOLATIONS_MAX) {
        details.add_bad_request_violation(&violation.member, &violation.description);
    }
    // Where AWS sends no text, the code is better than nothing.
    let text = if fault.message.is_empty() { fault.code } else { &fault.message };
    let message: String = text.chars().take(MESSAGE_CHARS_MAX).collect();
    Status::with_error_details(status::grpc(failure), message, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_holds_one_whole_plain_message() {
        let rows: [(&[u8], Option<&[u8]>); 8] = [
            (&[0, 0, 0, 0, 0], Some(&[])),
            (&[0, 0, 0, 0, 2, 7, 8], Some(&[7, 8])),
            (&[], None),
            (&[0, 0, 0, 0], None),
            (&[0, 0, 0, 0, 2, 7], None),
            (&[0, 0, 0, 0, 1, 7, 8], None),
            (&[0, 0xff, 0xff, 0xff, 0xff, 7], None),
            (&[1, 0, 0, 0, 1, 7], None),
        ];
        for (body, expected) in rows {
            assert_eq!(unframed(Bytes::from_static(body)).ok().as_deref(), expected, "{body:?}");
        }
    }

    #[test]
    fn paths_name_operations() {
        let known = |service, operation| Target::Known { service, operation };
        assert_eq!(target("/lockstep.kms.v1.KmsService/Encrypt"), known("kms", "Encrypt"));
        assert_eq!(target("/lockstep.kms.v1.KmsService/Nonsense"), Target::unknown("Nonsense"));
        for path in ["", "/", "//", "/lockstep.none.v1.None/Encrypt", "/lockstep.sts.v1.StsService/GetCallerIdentity"] {
            assert_eq!(target(path), Target::unknown(path), "{path}");
        }
    }
}

//! The status of an error: HTTP's for AWS JSON, HTTP's for AWS Query, gRPC's.

use crate::failure::{self, Failure};
use http::StatusCode;
use service::FaultKind;
use tonic::Code;

/// On AWS JSON nearly every refusal is 400; what differs stands in AWS's model.
pub(crate) fn json(service: Option<&str>, failure: &Failure) -> StatusCode {
    modelled(service, failure).or_else(|| transport(failure)).unwrap_or(match failure.fault.kind {
        FaultKind::Unavailable | FaultKind::Reauthorize => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    })
}

/// AWS Query says 403 to those whom it does not know or does not permit, unless their signature cannot even be read.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
pub(crate) fn query(service: Option<&str>, failure: &Failure) -> StatusCode {
    match failure.fault.kind {
        FaultKind::Unauthenticated if failure.fault.code == "IncompleteSignatureException" => StatusCode::BAD_REQUEST,
        FaultKind::Unauthenticated | FaultKind::Denied => StatusCode::FORBIDDEN,
        _ => json(service, failure),
    }
}

/// On gRPC the kind decides.
pub(crate) fn grpc(failure: &Failure) -> Code {
    if [failure::TOO_LARGE, failure::TOO_MANY_HEADERS].contains(&failure.fault.code) {
        return Code::ResourceExhausted;
    }
    match failure.fault.kind {
        FaultKind::Invalid => Code::InvalidArgument,
        FaultKind::NotFound => Code::NotFound,
        FaultKind::AlreadyExists => Code::AlreadyExists,
        FaultKind::State => Code::FailedPrecondition,
        FaultKind::Denied => Code::PermissionDenied,
        FaultKind::Unauthenticated => Code::Unauthenticated,
        FaultKind::Exhausted => Code::ResourceExhausted,
        FaultKind::Unimplemented => Code::Unimplemented,
        FaultKind::Unavailable | FaultKind::Reauthorize => Code::Unavailable,
        FaultKind::Internal => Code::Internal,
    }
}

fn modelled(service: Option<&str>, failure: &Failure) -> Option<StatusCode> {
    let shape = proto::errors::lookup(service?, failure.fault.code)?;
    StatusCode::from_u16(shape.http_status).ok()
}

/// What HTTP itself has a status for.
fn transport(failure: &Failure) -> Option<StatusCode> {
    match failure.fault.code {
        failure::TOO_LARGE => Some(StatusCode::PAYLOAD_TOO_LARGE),
        failure::TOO_MANY_HEADERS => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        failure::TOO_SLOW => Some(StatusCode::REQUEST_TIMEOUT),
        failure::UNSUPPORTED_MEDIA_TYPE => Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        _ => None,
    }
}

//! What a call ends with when it does not end well: an AWS error and what the wires tell besides its text.

use access::AuthError;
use service::{Fault, FaultKind};

/// An AWS error on its last steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Code, text and kind.
    pub fault: Fault,
    /// What is wrong with the request, member by member; gRPC tells it as `BadRequest`.
    pub violations: Vec<Violation>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The member, as AWS's messages spell it.
    pub member: String,
    /// AWS's text.
    pub description: String,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { fault, violations: Vec::new() }
    }
}

impl From<AuthError> for Failure {
    fn from(cause: AuthError) -> Self {
        let kind = match cause {
            AuthError::Unavailable => FaultKind::Unavailable,
            _ => FaultKind::Unauthenticated,
        };
        Fault::new(kind, cause.json_code(), cause.to_string()).into()
    }
}

impl From<access::Exceeded> for Failure {
    fn from(cause: access::Exceeded) -> Self {
        Fault::new(FaultKind::Exhausted, "ThrottlingException", cause.to_string()).into()
    }
}

impl Failure {
    /// No such operation, or none that is built.
    pub fn unknown_operation() -> Self {
        Fault::new(FaultKind::Unimplemented, UNKNOWN_OPERATION, "").into()
    }

    /// The body cannot be read as what the operation asks for.
    pub fn serialization(text: impl Into<String>) -> Self {
        Fault::new(FaultKind::Invalid, SERIALIZATION, text).into()
    }

    /// The body is longer than the operation takes.
    pub fn too_large() -> Self {
        Fault::new(FaultKind::Invalid, TOO_LARGE, "The request is larger than this operation takes.").into()
    }

    /// The body comes too slowly.
    pub fn too_slow() -> Self {
        Fault::new(FaultKind::Invalid, TOO_SLOW, "The request was not received in time.").into()
    }

    /// The body ended before it was complete.
    pub fn broken_off() -> Self {
        Self::serialization("The request body ended before it was complete.")
    }

    /// The body is compressed or encoded in another way.
    pub fn encoded() -> Self {
        Fault::new(FaultKind::Invalid, UNSUPPORTED_MEDIA_TYPE, "Encoded request bodies are not accepted.").into()
    }

    /// The account, or the node, has too many calls under way.
    pub fn throttled() -> Self {
        Fault::new(FaultKind::Exhausted, "ThrottlingException", "Rate exceeded").into()
    }

    /// Whether it says that there are too many calls: of this account by rate or by number, or of all.
    pub fn is_throttled(&self) -> bool {
        self.fault.kind == FaultKind::Exhausted && self.fault.code == "ThrottlingException"
    }

    /// Whether it says that the call was not done, and is not to be repeated as it is.
    pub fn is_final(&self) -> bool {
        !self.is_throttled() && !matches!(self.fault.kind, FaultKind::Unavailable | FaultKind::Internal)
    }

    /// The head of the request has more lines than it may.
    pub fn too_many_headers() -> Self {
        Fault::new(FaultKind::Invalid, TOO_MANY_HEADERS, "The request has too many header lines.").into()
    }

    /// The call took longer than a call may; what it proposed may or may not take place.
    pub fn out_of_time() -> Self {
        Fault::from(replica::Unavailable::Unknown).into()
    }

    /// Our defect. The cause is in the log.
    pub fn internal() -> Self {
        Fault::from(replica::Unavailable::Poison).into()
    }
}

/// Code of [`Failure::unknown_operation`].
pub(crate) const UNKNOWN_OPERATION: &str = "UnknownOperationException";
/// Code of [`Failure::serialization`].
pub(crate) const SERIALIZATION: &str = "SerializationException";
/// Code of [`Failure::too_large`].
pub(crate) const TOO_LARGE: &str = "RequestEntityTooLargeException";
/// Code of [`Failure::too_slow`].
pub(crate) const TOO_SLOW: &str = "RequestTimeoutException";
/// Code of [`Failure::too_many_headers`].
pub(crate) const TOO_MANY_HEADERS: &str = "RequestHeaderSectionTooLargeException";
/// Code of [`Failure::encoded`].
pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "UnsupportedMediaTypeException";

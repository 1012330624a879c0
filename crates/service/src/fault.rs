//! An AWS error on its way to the wire.

use replica::{ProposeError, Unavailable};

/// What kind of failure an error is: decides the HTTP status and the gRPC status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The request is malformed or out of range. HTTP 400, INVALID_ARGUMENT.
    Invalid,
    /// What it names does not exist. HTTP 400, NOT_FOUND.
    NotFound,
    /// What it creates exists. HTTP 400, ALREADY_EXISTS.
    AlreadyExists,
    /// The resource's state forbids it. HTTP 400, FAILED_PRECONDITION.
    State,
    /// The caller is known but not permitted. HTTP 400, PERMISSION_DENIED.
    Denied,
    /// The caller is not established. HTTP 400 or 403, UNAUTHENTICATED.
    Unauthenticated,
    /// A quota or rate is used up. HTTP 400, RESOURCE_EXHAUSTED.
    Exhausted,
    /// The operation is not offered here. HTTP 400, UNIMPLEMENTED.
    Unimplemented,
    /// No quorum; a repeat may succeed. HTTP 503, UNAVAILABLE.
    Unavailable,
    /// Our defect. HTTP 500, INTERNAL.
    Internal,
    /// Not for the wire: the gateway runs the call again from its authorization.
    Reauthorize,
}

/// An AWS error: code, message and kind. The message is for the caller and reveals nothing of the inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// AWS's code, such as `NotFoundException`.
    pub code: &'static str,
    /// AWS's text; empty where AWS sends none.
    pub message: String,
    /// Decides the status.
    pub kind: FaultKind,
}

impl Fault {
    /// An error with AWS's code and text.
    pub fn new(kind: FaultKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), kind }
    }

    /// A ValidationException.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, "ValidationException", message)
    }
}

impl From<Unavailable> for Fault {
    fn from(cause: Unavailable) -> Self {
        match cause {
            Unavailable::NoLeader | Unavailable::Unknown => Fault::new(
                FaultKind::Unavailable,
                "ServiceUnavailableException",
                "The service is temporarily unavailable. Try again.",
            ),
            Unavailable::Overloaded => Fault::new(FaultKind::Exhausted, "ThrottlingException", "Rate exceeded"),
            Unavailable::DiskFull => Fault::new(
                FaultKind::Unavailable,
                "ServiceUnavailableException",
                "The service's disk is full: it is read-only until there is room.",
            ),
            Unavailable::Poison => {
                Fault::new(FaultKind::Internal, "InternalFailure", "The request failed because of an internal error.")
            }
        }
    }
}

impl From<ProposeError> for Fault {
    fn from(cause: ProposeError) -> Self {
        match cause {
            ProposeError::Unavailable(cause) => cause.into(),
            ProposeError::Reauthorize => Fault::new(FaultKind::Reauthorize, "ServiceUnavailableException", ""),
        }
    }
}

impl From<access::Denied> for Fault {
    fn from(denied: access::Denied) -> Self {
        match denied {
            access::Denied::Credential => access::AuthError::UnknownKey.into(),
            access::Denied::Policy { .. } => Fault::new(FaultKind::Denied, "AccessDeniedException", denied.to_string()),
        }
    }
}

/// With the code of the JSON wire; the Query wire has [`access::AuthError::query_code`].
impl From<access::AuthError> for Fault {
    fn from(error: access::AuthError) -> Self {
        let kind = match error {
            access::AuthError::Unavailable => FaultKind::Unavailable,
            _ => FaultKind::Unauthenticated,
        };
        Fault::new(kind, error.json_code(), error.to_string())
    }
}

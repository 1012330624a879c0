//! A request as its wire delivered it: nothing authenticated, nothing decoded.

use crate::failure::Failure;
use crate::limits;
use crate::message::Form;
use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use std::net::IpAddr;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}

/// The operation that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// One of AWS's model, built or not.
    Known {
        /// The service's signing name.
        service: &'static str,
        /// AWS's name.
        operation: &'static str,
    },
    /// Anything else.
    Unknown {
        /// What the request said, shortened.
        named: String,
    },
}

impl Target {
    /// A target that is not in the model.
    pub fn unknown(named: &str) -> Self {
        let shown = named.chars().filter(|letter| !letter.is_control());
        Self::Unknown { named: shown.take(limits::UNKNOWN_OPERATION_CHARS_MAX).collect() }
    }

    /// The operation of `service` that is called `operation`.
    pub fn of(service: &'static proto::ServiceInfo, operation: &str) -> Self {
        match service.operations.iter().find(|info| info.name == operation) {
            Some(info) => Self::Known { service: service.name, operation: info.name },
            None => Self::unknown(operation),
        }
    }

    /// The service's signing name, where it is known.
    pub fn service(&self) -> Option<&'static str> {
        match self {
            Self::Known { service, .. } => Some(service),
            Self::Unknown { .. } => None,
        }
    }

    /// Longest body that the operation takes, in bytes.
    pub fn body_bytes_max(&self) -> usize {
        match self.service() {
            Some("kms") => limits::BODY_BYTES_MAX_KMS,
            _ => limits::BODY_BYTES_MAX,
        }
    }
}

/// A request as its wire delivered it. It holds plaintexts, so it has no Debug.
pub(crate) struct Arrival {
    /// Method, path and headers.
    pub head: Parts,
    /// Who sent it.
    pub peer: Peer,
    /// How its body is written, and how the answer is.
    pub form: Form,
    /// What it asks for.
    pub target: Target,
    /// The message, or why there is none. On gRPC without its frame.
    pub body: Result<Bytes, Failure>,
}

impl Arrival {
    /// The text of a header; `None` when it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.head.headers, name)
    }

    /// The message; empty when there is none.
    pub fn message(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }
}

/// The text of a header; `None` when it is missing or not text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

//! The parts of a request that a signature covers, in no wire's own types.

use crate::AuthError;

/// A request as it came in, before anything was decoded.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// The path as sent, percent-encoding untouched.
    pub path: &'a str,
    /// What follows `?`, as sent; empty when nothing does.
    pub query: &'a str,
    /// Every header line in the order sent: the name in lower case, the value's bytes. HTTP/2's `:authority` comes as
    /// `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// What was found of the body.
    pub payload: PayloadHash,
    /// The service that the target belongs to, as its signing name (`kms`). `None` when the request names no service:
    /// then the scope's own stands, and the caller compares [`crate::Verified::service`].
    pub service: Option<&'a str>,
}

/// What a signature has to cover of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadHash {
    /// SHA-256 of the body as sent; on gRPC of the message without its five-byte frame.
    Sha256([u8; 32]),
    /// The client sent `x-amz-content-sha256: UNSIGNED-PAYLOAD` over a transport that allows it: gRPC over TLS, or a
    /// dev cluster's loopback. Never JSON.
    Unsigned,
}

impl PayloadHash {
    /// As the canonical request and the header `x-amz-content-sha256` have it.
    pub(super) fn text(&self) -> String {
        match self {
            PayloadHash::Sha256(hash) => super::canonical::hex_text(hash),
            PayloadHash::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
        }
    }
}

impl<'a> SignedRequest<'a> {
    /// Every value of the header `name`, in the order sent.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(n, _)| *n == name).map(|&(_, value)| value)
    }

    /// The only value of the header `name`, as text; `None` when it was not sent.
    ///
    /// # Errors
    /// [`AuthError::HeaderNotSingle`] when it was sent twice, or is not ASCII.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&'a str>, AuthError> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii());
        match (text, values.next()) {
            (Some(text), None) => Ok(Some(text.trim_ascii())),
            _ => Err(AuthError::HeaderNotSingle { header: name }),
        }
    }
}

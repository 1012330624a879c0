//! Every way in which a caller stays unknown, with AWS's codes and texts.
//!
//! The codes differ by protocol: JSON services and gRPC use one spelling, Query services (STS, IAM) another.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>

use std::fmt;

/// Why a request is not authenticated. Its `Display` is AWS's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthError {
    /// There is no `Authorization` header.
    Missing,
    /// The signature is in the query string, which this API does not take.
    QueryAuthentication,
    /// A header that may come once came more than once, or is not plain text.
    HeaderNotSingle {
        /// Its name.
        header: &'static str,
    },
    /// Another algorithm than `AWS4-HMAC-SHA256`, SigV4A among them.
    Algorithm {
        /// The one that was named.
        algorithm: String,
    },
    /// A part of `Authorization` is no `key=value`, or a key comes twice.
    Pair {
        /// Base64 of the SHA-256 of that part.
        digest: String,
    },
    /// `Authorization` lacks parameters, or the request lacks a date.
    Incomplete {
        /// Of `Credential`, `Signature`, `SignedHeaders`, those that are missing.
        missing: Vec<&'static str>,
        /// Neither `X-Amz-Date` nor `Date` was sent.
        undated: bool,
        /// Base64 of the SHA-256 of the header.
        digest: String,
    },
    /// `Credential` is not of the form `key/date/region/service/aws4_request`.
    Credential {
        /// As sent.
        credential: String,
    },
    /// The date is in neither form that AWS knows.
    Date {
        /// As sent.
        date: String,
    },
    /// `Credential` names another scope than this one's.
    Scope {
        /// AWS's sentences, one per part that is wrong.
        faults: Vec<String>,
    },
    /// A header has to be signed and is not.
    NotSigned {
        /// Its name in lower case.
        header: String,
    },
    /// The signature is too old.
    Expired {
        /// Its date, `20150830T123600Z`.
        signed_at: String,
        /// The earliest date that would do.
        earliest: String,
        /// This node's clock.
        now: String,
    },
    /// The signature's date is too far ahead.
    NotYetCurrent {
        /// Its date.
        signed_at: String,
        /// The latest date that would do.
        latest: String,
        /// This node's clock.
        now: String,
    },
    /// No such access key, or it is switched off, or the session token is not its own.
    UnknownKey,
    /// The signature is not that of this request under this key.
    Mismatch,
    /// This node cannot check signatures now.
    Unavailable,
}

impl AuthError {
    /// The code on the JSON wire and on gRPC.
    pub fn json_code(&self) -> &'static str {
        self.codes().0
    }

    /// The code on the Query wire.
    pub fn query_code(&self) -> &'static str {
        self.codes().1
    }

    fn codes(&self) -> (&'static str, &'static str) {
        use AuthError as E;
        match self {
            E::Missing | E::QueryAuthentication => {
                ("MissingAuthenticationTokenException", "MissingAuthenticationToken")
            }
            E::HeaderNotSingle { .. }
            | E::Algorithm { .. }
            | E::Pair { .. }
            | E::Incomplete { .. }
            | E::Credential { .. }
            | E::Date { .. } => ("IncompleteSignatureException", "IncompleteSignature"),
            E::Scope { .. } | E::NotSigned { .. } | E::Expired { .. } | E::NotYetCurrent { .. } | E::Mismatch => {
                ("InvalidSignatureException", "SignatureDoesNotMatch")
            }
            E::UnknownKey => ("UnrecognizedClientException", "InvalidClientTokenId"),
            E::Unavailable => ("ServiceUnavailableException", "ServiceUnavailable"),
        }
    }
}

impl std::error::Error for AuthError {}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use AuthError as E;
        let skew = crate::limits::CLOCK_SKEW_MINUTES_MAX;
        match self {
            E::Missing | E::QueryAuthentication => f.write_str("Missing Authentication Token"),
            E::HeaderNotSingle { header } => write!(f, "The header '{header}' must be sent once and in ASCII."),
            E::Algorithm { algorithm } => write!(f, "Unsupported AWS 'algorithm': '{algorithm}'."),
            E::Pair { digest } => write!(
                f,
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
                 with Base64): '{digest}'."
            ),
            E::Incomplete { missing, undated, digest } => {
                for parameter in missing {
                    write!(f, "Authorization header requires '{parameter}' parameter. ")?;
                }
                if *undated {
                    let dates = "existence of either a 'X-Amz-Date' or a 'Date' header";
                    write!(f, "Authorization header requires {dates}. ")?;
                }
                write!(f, "(Hashed with SHA-256 and encoded with Base64) Authorization={digest}")
            }
            E::Credential { credential } => write!(
                f,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            ),
            E::Date { date } => write!(
                f,
                "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            E::Scope { faults } => f.write_str(&faults.join(" ")),
            E::NotSigned { header } => write!(f, "'{header}' must be a 'SignedHeader' in the AWS Authorization."),
            E::Expired { signed_at, earliest, now } => {
                write!(f, "Signature expired: {signed_at} is now earlier than {earliest} ({now} - {skew} min.)")
            }
            E::NotYetCurrent { signed_at, latest, now } => {
                write!(f, "Signature not yet current: {signed_at} is still later than {latest} ({now} + {skew} min.)")
            }
            E::UnknownKey => f.write_str("The security token included in the request is invalid."),
            E::Mismatch => f.write_str(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.",
            ),
            E::Unavailable => f.write_str("The service is temporarily unavailable. Try again."),
        }
    }
}

//! The check of one request: parse, date, scope, coverage, key, signature; in this order, so that each refusal is AWS's.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::authorization::Authorization;
use super::canonical::{self, Paths};
use super::date::{self, SignedDate};
use super::request::SignedRequest;
use crate::{AuthError, Caller, Credentials, Found, limits};
use replica::{Region, Timestamp, View};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Checks signatures for one Region.
#[derive(Clone)]
pub struct Verifier {
    region: Region,
    credentials: Arc<dyn Credentials>,
    paths: Paths,
}

/// A request whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who signed.
    pub caller: Caller,
    /// The service that the scope names, as its signing name (`kms`).
    pub service: String,
}

impl Verifier {
    /// A verifier for requests that are scoped to `region`, with the access keys that `credentials` knows.
    pub fn new(region: Region, credentials: Arc<dyn Credentials>) -> Self {
        Self { region, credentials, paths: Paths::Normalized }
    }

    /// Takes paths as they were sent, which among AWS's services S3 alone does. The others remove `.`, `..` and
    /// repeated slashes before they sign.
    #[must_use]
    pub fn with_paths_as_sent(self) -> Self {
        Self { paths: Paths::AsSent, ..self }
    }

    /// Who signed `request`, as of `view`, at `now` by this node's clock. `view` may be behind: an operation looks at
    /// the credential again behind its read barrier, and [`AuthError::UnknownKey`] is final only when `view` is from
    /// behind one, for the key may have been made a moment ago on another node.
    ///
    /// # Errors
    /// [`AuthError`]
    pub fn verify(&self, view: &dyn View, request: &SignedRequest, now: Timestamp) -> Result<Verified, AuthError> {
        let authorization = Authorization::of(request)?;
        let signed_at = date::of(request)?;
        self.check_scope(&authorization, &signed_at, request.service)?;
        check_freshness(&signed_at, now)?;
        check_coverage(&authorization, request)?;
        let token = request.single("x-amz-security-token")?;
        let string_to_sign = canonical::string_to_sign(request, &authorization, &signed_at, self.paths);
        let caller = match self.credentials.find(view, authorization.access_key_id, token) {
            Found::DevRoot { caller } => caller,
            Found::Key { caller, signer } => {
                let Authorization { date, region, service, .. } = authorization;
                let expected = signer
                    .sign(date, region, service, string_to_sign.as_bytes())
                    .map_err(|_| AuthError::Unavailable)?;
                compare(&expected, authorization.signature)?;
                caller
            }
            Found::Unknown | Found::Inactive => {
                // The same work as for a known key, so that time does not tell which ids exist.
                let expected = crypto::hmac_sha256(&[0; 32], string_to_sign.as_bytes());
                let _ = compare(&expected, authorization.signature);
                return Err(AuthError::UnknownKey);
            }
        };
        Ok(Verified { caller, service: authorization.service.to_owned() })
    }

    fn check_scope(
        &self,
        authorization: &Authorization,
        signed_at: &SignedDate,
        service: Option<&str>,
    ) -> Result<(), AuthError> {
        let mut faults = Vec::new();
        let (day, sent) = (signed_at.day(), signed_at.basic());
        if authorization.date != day {
            let named = authorization.date;
            faults.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{named}' \
                 != '{day}', from '{sent}'."
            ));
        }
        if authorization.region != self.region.as_str() {
            let named = authorization.region;
            faults.push(format!("Credential should be scoped to a valid region, not '{named}'."));
        }
        if let Some(service) = service.filter(|service| authorization.service != *service) {
            faults.push(format!("Credential should be scoped to correct service: '{service}'."));
        }
        if authorization.terminator != canonical::TERMINATOR {
            let named = authorization.terminator;
            faults.push(format!(
                "Credential should be scoped with a valid terminator: '{}', not '{named}'.",
                canonical::TERMINATOR
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(AuthError::Scope { faults }) }
    }
}

fn check_freshness(signed_at: &SignedDate, now: Timestamp) -> Result<(), AuthError> {
    const SKEW_MILLIS: u64 = limits::CLOCK_SKEW_MINUTES_MAX * 60 * 1000;
    let (signed, at) = (signed_at.basic().to_owned(), signed_at.timestamp());
    let earliest = Timestamp::from_millis(now.as_millis().saturating_sub(SKEW_MILLIS));
    let latest = now.plus_millis(SKEW_MILLIS);
    if at < earliest {
        let (earliest, now) = (date::basic(earliest), date::basic(now));
        return Err(AuthError::Expired { signed_at: signed, earliest, now });
    }
    if at > latest {
        let (latest, now) = (date::basic(latest), date::basic(now));
        return Err(AuthError::NotYetCurrent { signed_at: signed, latest, now });
    }
    Ok(())
}

/// Headers that something is decided by: two of one name would let signer and reader choose different ones.
const SINGLE_HEADERS: [&str; 4] = ["host", "x-amz-target", "x-amz-security-token", "content-type"];

/// Whether the signature covers what it must: the host, the date, every `x-amz-` header, and the body that came.
fn check_coverage(authorization: &Authorization, request: &SignedRequest) -> Result<(), AuthError> {
    for name in SINGLE_HEADERS {
        request.single(name)?;
    }
    let signed = |name: &str| authorization.signed_headers.contains(&name);
    let not_signed = |name: &str| Err(AuthError::NotSigned { header: name.to_owned() });
    if !signed("host") {
        return not_signed("host");
    }
    if request.single("x-amz-date")?.is_none() && !signed("date") {
        return not_signed("date");
    }
    for (name, _) in request.headers {
        // Some SDKs leave this one out on purpose; it says nothing that is acted upon.
        let must_be = name.starts_with("x-amz-") && *name != "x-amz-user-agent";
        if must_be && !signed(name) {
            return not_signed(name);
        }
    }
    let sent = request.single("x-amz-content-sha256")?;
    let found = request.payload.text();
    let required = matches!(request.payload, super::PayloadHash::Unsigned);
    match sent {
        Some(sent) if sent != found => Err(AuthError::Mismatch),
        None if required => not_signed("x-amz-content-sha256"),
        _ => Ok(()),
    }
}

/// Compares in time that does not depend on where the two differ.
fn compare(expected: &[u8; 32], signature: &str) -> Result<(), AuthError> {
    let equal = canonical::hex_text(expected).as_bytes().ct_eq(signature.as_bytes());
    if bool::from(equal) { Ok(()) } else { Err(AuthError::Mismatch) }
}

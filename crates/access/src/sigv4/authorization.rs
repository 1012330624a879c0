//! The header `Authorization`, taken apart.

use super::request::SignedRequest;
use crate::{AuthError, limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The only algorithm: symmetric Signature Version 4.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub access_key_id: &'a str,
    /// `YYYYMMDD`, as the scope names it.
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    pub terminator: &'a str,
    /// In lower case, ascending, none twice.
    pub signed_headers: Vec<&'a str>,
    /// As sent: lower-case hex, if it is one at all.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the one header of `request`.
    pub fn of(request: &SignedRequest<'a>) -> Result<Self, AuthError> {
        let header = request.single("authorization")?;
        if names_query_authentication(request.query) {
            return Err(AuthError::QueryAuthentication);
        }
        let header = header.filter(|header| !header.is_empty()).ok_or(AuthError::Missing)?;
        let (algorithm, parameters) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(AuthError::Algorithm { algorithm: algorithm.to_owned() });
        }
        let found = Parameters::read(parameters)?;
        let undated = request.values("x-amz-date").chain(request.values("date")).next().is_none();
        let (Some(credential), Some(signature), Some(signed_headers), false) =
            (found.credential, found.signature, found.signed_headers, undated)
        else {
            return Err(AuthError::Incomplete { missing: found.missing(), undated, digest: digest(header) });
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts[..] else {
            return Err(AuthError::Credential { credential: credential.to_owned() });
        };
        let signed_headers = read_signed_headers(signed_headers)?;
        Ok(Self { access_key_id, date, region, service, terminator, signed_headers, signature })
    }
}

#[derive(Default)]
struct Parameters<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, AuthError> {
        let mut found = Self::default();
        for part in text.split(',').map(str::trim_ascii).filter(|part| !part.is_empty()) {
            let bad = || AuthError::Pair { digest: digest(part) };
            let (key, value) = part.split_once('=').ok_or_else(bad)?;
            let slot = match key {
                "Credential" => &mut found.credential,
                "Signature" => &mut found.signature,
                "SignedHeaders" => &mut found.signed_headers,
                _ => return Err(bad()),
            };
            if slot.replace(value).is_some() {
                return Err(bad());
            }
        }
        Ok(found)
    }

    fn missing(&self) -> Vec<&'static str> {
        let named =
            [("Credential", self.credential), ("Signature", self.signature), ("SignedHeaders", self.signed_headers)];
        named.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
    }
}

/// The list must be as the signer had to write it: lower case, ascending, none twice. Any other list cannot have been
/// what was signed.
fn read_signed_headers(list: &str) -> Result<Vec<&str>, AuthError> {
    let names: Vec<&str> = list.split(';').collect();
    let ascending = names.windows(2).all(|pair| pair[0] < pair[1]);
    let lower = names.iter().all(|name| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase()));
    if !ascending || !lower || names.len() > limits::SIGNED_HEADERS_MAX {
        return Err(AuthError::Mismatch);
    }
    Ok(names)
}

/// Whether the query string carries a signature of its own (a presigned URL).
fn names_query_authentication(query: &str) -> bool {
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names.into_iter().any(|name| {
        name.eq_ignore_ascii_case("X-Amz-Signature")
            || name.eq_ignore_ascii_case("X-Amz-Credential")
            || name.eq_ignore_ascii_case("X-Amz-Algorithm")
    })
}

/// AWS names the parts of a header that it refuses by their digest.
pub(super) fn digest(text: &str) -> String {
    STANDARD.encode(crypto::sha256(text.as_bytes()))
}

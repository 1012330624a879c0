//! Signing a gRPC call: AWS Signature Version 4 in the metadata, over the message without its five-byte frame.
//!
//! The canonical request is that of a POST of the message to the gRPC path, with the headers `host`,
//! `x-amz-content-sha256` and `x-amz-date` signed. Key derivation and the signature itself are `aws-sigv4`'s.

use aws_lc_rs::digest::{SHA256, digest};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderMap, HeaderValue};
use std::time::SystemTime;
use zeroize::Zeroizing;

const SIGNED_HEADERS: &str = "host;x-amz-content-sha256;x-amz-date";

/// An access key.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Zeroizing<String>,
}

/// What a signature is made for.
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The headers that sign `message`, sent to `path` at `authority`, at `now`.
pub(crate) fn sign(
    credentials: &Credentials,
    scope: &Scope<'_>,
    (authority, path): (&str, &str),
    message: &[u8],
    now: SystemTime,
) -> HeaderMap {
    let time = jiff::Timestamp::try_from(now).expect("the clock is within the years that jiff knows");
    let amz_date = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let Scope { region, service } = scope;
    let credential_scope = format!("{}/{region}/{service}/aws4_request", &amz_date[..8]);
    let payload = sha256_hex(message);
    let canonical = format!(
        "POST\n{path}\n\nhost:{authority}\nx-amz-content-sha256:{payload}\nx-amz-date:{amz_date}\n\n\
         {SIGNED_HEADERS}\n{payload}"
    );
    let to_sign = format!("AWS4-HMAC-SHA256\n{amz_date}\n{credential_scope}\n{}", sha256_hex(canonical.as_bytes()));
    let key = generate_signing_key(&credentials.secret_access_key, now, region, service);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{credential_scope}, SignedHeaders={SIGNED_HEADERS}, Signature={}",
        credentials.access_key_id,
        calculate_signature(key, to_sign.as_bytes()),
    );
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("authorization", authorization), ("x-amz-content-sha256", payload), ("x-amz-date", amz_date)]
    {
        headers.insert(name, HeaderValue::from_str(&value).expect("a signature is visible ASCII"));
    }
    headers
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

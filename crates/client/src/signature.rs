//! Signing a gRPC call: AWS Signature Version 4 in the metadata, over the message without its five-byte frame.
//!
//! The canonical request is that of a POST of the message to the gRPC path, with the headers `host`,
//! `x-amz-content-sha256` and `x-amz-date` signed. Key derivation and the signature itself are `aws-sigv4`'s.

use aws_lc_rs::digest::{SHA256, digest};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderMap, HeaderValue};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// An access key.
#[derive(Clone)]
pub struct Credentials {
    /// Names the key.
    pub access_key_id: String,
    /// What signs.
    pub secret_access_key: Zeroizing<String>,
}

/// What a signature is made for.
pub struct Scope<'a> {
    /// The Region that the cluster serves.
    pub region: &'a str,
    /// The service as signatures name it, such as `kms`.
    pub service: &'a str,
}

/// One request, as far as a signature covers it.
pub struct Signing<'a> {
    /// The `:authority` or `Host` that it is sent to.
    pub authority: &'a str,
    /// Its path; there is no query.
    pub path: &'a str,
    /// `X-Amz-Target`, on the AWS JSON wire.
    pub target: Option<&'a str>,
    /// The body; on gRPC the message without its five-byte frame.
    pub payload: &'a [u8],
}

/// The headers that sign a POST at `now`. For callers with a channel of their own.
pub fn sign(credentials: &Credentials, scope: &Scope<'_>, request: &Signing<'_>, now: SystemTime) -> HeaderMap {
    let time = jiff::Timestamp::try_from(now).expect("the clock is within the years that jiff knows");
    let amz_date = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let payload = sha256_hex(request.payload);
    let mut covered = vec![("host", request.authority), ("x-amz-content-sha256", &payload), ("x-amz-date", &amz_date)];
    covered.extend(request.target.map(|target| ("x-amz-target", target)));
    let names: Vec<&str> = covered.iter().map(|(name, _)| *name).collect();
    let signed_headers = names.join(";");
    let lines: String = covered.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("POST\n{}\n\n{lines}\n{signed_headers}\n{payload}", request.path);

    let Scope { region, service } = scope;
    let credential_scope = format!("{}/{region}/{service}/aws4_request", &amz_date[..8]);
    let to_sign = format!("AWS4-HMAC-SHA256\n{amz_date}\n{credential_scope}\n{}", sha256_hex(canonical.as_bytes()));
    let key = generate_signing_key(&credentials.secret_access_key, now, region, service);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{credential_scope}, SignedHeaders={signed_headers}, Signature={}",
        credentials.access_key_id,
        calculate_signature(key, to_sign.as_bytes()),
    );

    let mut headers = HeaderMap::new();
    let mut insert = |name: &'static str, value: &str| {
        headers.insert(name, HeaderValue::from_str(value).expect("a signed header is visible ASCII"));
    };
    insert("authorization", &authorization);
    insert("x-amz-content-sha256", &payload);
    insert("x-amz-date", &amz_date);
    if let Some(target) = request.target {
        insert("x-amz-target", target);
    }
    headers
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

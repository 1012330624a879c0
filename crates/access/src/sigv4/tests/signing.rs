//! What the tests of this folder share: requests as a client would send them, signed by AWS's own signer.

use crate::{AuthError, Caller, CallerKind, Credentials, Found, Signer, SignerUnavailable};
use crate::{PayloadHash, SignedRequest, Verified, Verifier};
use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use replica::testing::Tables;
use replica::{Partition, Timestamp, View};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

pub(super) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_440_938_160_000);

/// One known access key, perhaps a temporary one, and what becomes of all others.
#[derive(Clone, Default)]
pub(super) struct OneKey {
    pub token: Option<String>,
    pub inactive: bool,
    pub locked: bool,
    pub dev: bool,
}

impl Credentials for OneKey {
    fn find(&self, _view: &dyn View, access_key_id: &str, session_token: Option<&str>) -> Found {
        let root = |kind| {
            let region = "us-east-1".parse().expect("a Region");
            Caller::root(kind, "111122223333".parse().expect("account"), &Partition::of(&region), access_key_id)
        };
        match access_key_id {
            ACCESS_KEY_ID if session_token != self.token.as_deref() => Found::Unknown,
            ACCESS_KEY_ID if self.inactive => Found::Inactive,
            ACCESS_KEY_ID => {
                Found::Key { caller: root(CallerKind::Root), signer: Box::new(Plain { locked: self.locked }) }
            }
            _ if self.dev => Found::DevRoot { caller: root(CallerKind::DevRoot) },
            _ => Found::Unknown,
        }
    }
}

struct Plain {
    locked: bool,
}

impl Signer for Plain {
    fn sign(&self, date: &str, region: &str, service: &str, text: &[u8]) -> Result<[u8; 32], SignerUnavailable> {
        if self.locked {
            return Err(SignerUnavailable);
        }
        let mut key = crypto::hmac_sha256(format!("AWS4{SECRET}").as_bytes(), date.as_bytes());
        for part in [region, service, "aws4_request"] {
            key = crypto::hmac_sha256(&key, part.as_bytes());
        }
        Ok(crypto::hmac_sha256(&key, text))
    }
}

/// A request as it travels.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub payload: PayloadHash,
    pub service: Option<&'static str>,
}

impl Sent {
    /// An Encrypt of the JSON wire, not signed yet.
    pub fn json() -> Self {
        let headers = [
            ("host", "kms.us-east-1.amazonaws.com"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "TrentService.Encrypt"),
        ];
        Self {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.into())).into(),
            payload: PayloadHash::Sha256(crypto::sha256(b"{}")),
            service: Some("kms"),
        }
    }

    pub fn value(&self, name: &str) -> String {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name).expect("the header was sent");
        String::from_utf8(value.clone()).expect("a text")
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.add(name, value);
    }

    pub fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| n != name);
    }

    pub fn verify(&self, verifier: &Verifier, now: Timestamp) -> Result<Verified, AuthError> {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
        let Self { method, path, query, payload, service, .. } = self;
        let (payload, service) = (*payload, *service);
        let request = SignedRequest { method, path, query, headers: &headers, payload, service };
        verifier.verify(&Tables::default(), &request, now)
    }
}

/// How AWS's signer is to sign.
#[derive(Clone)]
pub(super) struct Signing {
    pub at: Timestamp,
    pub region: &'static str,
    pub service: &'static str,
    pub access_key_id: &'static str,
    pub secret: &'static str,
    pub token: Option<String>,
    pub checksum_header: bool,
    pub unsigned_headers: Vec<&'static str>,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            at: NOW,
            region: "us-east-1",
            service: "kms",
            access_key_id: ACCESS_KEY_ID,
            secret: SECRET,
            token: None,
            checksum_header: false,
            unsigned_headers: vec![],
        }
    }
}

impl Signing {
    /// `sent` with the headers that the signer adds.
    pub fn sign(&self, mut sent: Sent) -> Sent {
        let credentials = AwsCredentials::new(self.access_key_id, self.secret, self.token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        if self.checksum_header {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let excluded = settings.excluded_headers.get_or_insert_default();
        excluded.extend(self.unsigned_headers.iter().map(|&name| name.into()));
        let params: SigningParams = v4::SigningParams::builder()
            .identity(&credentials)
            .region(self.region)
            .name(self.service)
            .time(UNIX_EPOCH + Duration::from_millis(self.at.as_millis()))
            .settings(settings)
            .build()
            .expect("complete parameters")
            .into();
        let query = if sent.query.is_empty() { String::new() } else { format!("?{}", sent.query) };
        let uri = format!("https://{}{}{query}", sent.value("host"), sent.path);
        let texts = sent.headers.iter().map(|(n, v)| (n.as_str(), std::str::from_utf8(v).expect("a text")));
        let body = match sent.payload {
            PayloadHash::Sha256(hash) => SignableBody::Precomputed(hex::encode(hash)),
            PayloadHash::Unsigned => SignableBody::UnsignedPayload,
        };
        let request = SignableRequest::new(&sent.method, uri, texts, body).expect("a request");
        let (instructions, _signature) = sign(request, &params).expect("a signature").into_parts();
        let added: Vec<(String, String)> =
            instructions.headers().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
        for (name, value) in added {
            sent.set(&name, &value);
        }
        sent
    }
}

/// A verifier for us-east-1.
pub(super) fn verifier(keys: OneKey) -> Verifier {
    Verifier::new("us-east-1".parse().expect("a Region"), Arc::new(keys))
}

//! Signs as an AWS SDK does.

use crate::world::{ACCESS_KEY_ID, DATE, REGION, SECRET, TIME};

/// What is signed, and the part of it that a test spoils.
#[derive(Clone)]
pub struct Signing<'a> {
    pub access_key_id: &'a str,
    pub secret: &'a str,
    pub time: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    pub path: &'a str,
    /// Besides `host` and `x-amz-date`: in lower case.
    pub headers: Vec<(&'a str, &'a str)>,
    pub payload_hash: Option<&'a str>,
}

impl<'a> Signing<'a> {
    /// A good signature for `service`.
    pub fn of(service: &'a str) -> Self {
        Self {
            access_key_id: ACCESS_KEY_ID,
            secret: SECRET,
            time: TIME,
            region: REGION,
            service,
            path: "/",
            headers: Vec::new(),
            payload_hash: None,
        }
    }

    /// The headers to send, signature and date among them, `host` not.
    pub fn headers(&self, host: &str, body: &[u8]) -> Vec<(String, String)> {
        let mut signed = self.headers.clone();
        signed.extend([("host", host), ("x-amz-date", self.time)]);
        signed.sort_unstable();
        let names: Vec<_> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let hash = self.payload_hash.map_or_else(|| hex::encode(crypto::sha256(body)), str::to_owned);
        let canonical = format!("POST\n{}\n\n{lines}\n{names}\n{hash}", self.path);
        let scope = format!("{DATE}/{}/{}/aws4_request", self.region, self.service);
        let digest = hex::encode(crypto::sha256(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", self.time);
        let signature = hex::encode(sign(self.secret, DATE, self.region, self.service, text.as_bytes()));
        let credential = format!("{}/{scope}", self.access_key_id);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        let mut sent =
            vec![("authorization".to_owned(), authorization), ("x-amz-date".to_owned(), self.time.to_owned())];
        sent.extend(self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        sent
    }
}

/// HMAC-SHA256 under SigV4's derived key.
pub fn sign(secret: &str, date: &str, region: &str, service: &str, text: &[u8]) -> [u8; 32] {
    let mut key = crypto::hmac_sha256(format!("AWS4{secret}").as_bytes(), date.as_bytes());
    for part in [region, service, "aws4_request"] {
        key = crypto::hmac_sha256(&key, part.as_bytes());
    }
    crypto::hmac_sha256(&key, text)
}

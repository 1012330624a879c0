//! AWS's own test suite. Every signed request of it is accepted but one, whose refusal is on purpose.

use super::signing::{NOW, OneKey, Sent, verifier};
use crate::sigv4::canonical::{Paths, canonical_request};
use crate::{AuthError, PayloadHash, SignedRequest};

const SUITE: &str = include_str!("../../../testdata/aws-signing-test-suite-v4.txt");

/// Cases that came into the suite from elsewhere, with a signature whose key is not told: their paths and queries are
/// compared.
const WITHOUT_KEY: [&str; 2] = ["double-encode-path", "double-url-encode"];
/// The session token was added after signing, for services that want it so. Ours want it signed.
const TOKEN_NOT_SIGNED: &str = "post-sts-header-after";

struct Case {
    name: String,
    paths: Paths,
    sent: Sent,
    canonical: String,
}

fn cases() -> Vec<Case> {
    SUITE.split("\n=== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (title, rest) = text.split_once('\n').expect("a title");
    let (name, paths) = title.split_once(' ').expect("a name and how paths are read");
    let (request, canonical) = rest.split_once("\n---\n").expect("a canonical request");
    Case {
        name: name.to_owned(),
        paths: if paths == "as-sent" { Paths::AsSent } else { Paths::Normalized },
        sent: sent(request),
        canonical: canonical.trim_end().to_owned(),
    }
}

fn sent(request: &str) -> Sent {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let (first, lines) = head.split_once('\n').expect("a request line");
    let (method, target) = first.trim_end_matches(" HTTP/1.1").split_once(' ').expect("a method");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for line in lines.lines() {
        match line.split_once(':').filter(|_| !line.starts_with(' ')) {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.into())),
            None => headers.last_mut().expect("a header to continue").1.extend(format!("\n{line}").into_bytes()),
        }
    }
    let payload = PayloadHash::Sha256(crypto::sha256(body.as_bytes()));
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    Sent { method, path, query, headers, payload, service: None }
}

#[test]
fn every_canonical_request_is_the_suites() {
    let cases = cases();
    assert_eq!(cases.len(), 40);
    for Case { name, paths, sent, canonical } in cases {
        let headers: Vec<(&str, &[u8])> = sent.headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
        let Sent { method, path, query, payload, .. } = &sent;
        let request = SignedRequest { method, path, query, headers: &headers, payload: *payload, service: None };
        let signed: Vec<&str> = canonical.lines().nth_back(1).expect("a list of headers").split(';').collect();
        let ours = String::from_utf8(canonical_request(&request, &signed, paths)).expect("a text");
        if WITHOUT_KEY.contains(&name.as_str()) {
            assert!(ours.lines().take(3).eq(canonical.lines().take(3)), "{name}: {ours}");
        } else {
            assert_eq!(ours, canonical, "{name}");
        }
    }
}

#[test]
fn every_signature_of_the_suite_is_accepted() {
    for Case { name, paths, sent, .. } in cases() {
        if WITHOUT_KEY.contains(&name.as_str()) {
            continue;
        }
        let has_token = sent.headers.iter().any(|(n, _)| n == "x-amz-security-token");
        let token = has_token.then(|| sent.value("x-amz-security-token"));
        let verifier = verifier(OneKey { token, ..OneKey::default() });
        let verifier = if paths == Paths::AsSent { verifier.with_paths_as_sent() } else { verifier };
        let found = sent.verify(&verifier, NOW);
        if name == TOKEN_NOT_SIGNED {
            let header = "x-amz-security-token".to_owned();
            assert_eq!(found.err(), Some(AuthError::NotSigned { header }), "{name}");
        } else {
            assert_eq!(found.map(|v| v.service), Ok("service".to_owned()), "{name}");
        }
    }
}

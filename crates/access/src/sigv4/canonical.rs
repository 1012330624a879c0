//! The canonical request and the string to sign.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::authorization::{ALGORITHM, Authorization};
use super::date::SignedDate;
use super::request::SignedRequest;
use std::fmt::Write as _;

/// What every scope ends with.
pub(super) const TERMINATOR: &str = "aws4_request";

/// Room for most canonical requests.
const CANONICAL_BYTES_TYPICAL: usize = 1024;

/// How a service reads paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paths {
    /// Without `.`, `..` and repeated slashes.
    Normalized,
    /// Byte by byte.
    AsSent,
}

/// The text that the signature is the HMAC of.
pub(super) fn string_to_sign(
    request: &SignedRequest,
    authorization: &Authorization,
    signed_at: &SignedDate,
    paths: Paths,
) -> String {
    let Authorization { date, region, service, terminator, signed_headers, .. } = authorization;
    let request = canonical_request(request, signed_headers, paths);
    let hash = hex_text(&crypto::sha256(&request));
    format!("{ALGORITHM}\n{}\n{date}/{region}/{service}/{terminator}\n{hash}", signed_at.basic())
}

/// Bytes and not text, because header values need not be UTF-8.
pub(super) fn canonical_request(request: &SignedRequest, signed_headers: &[&str], paths: Paths) -> Vec<u8> {
    let (path, query) = (canonical_path(request.path, paths), canonical_query(request.query));
    let mut out = Vec::with_capacity(CANONICAL_BYTES_TYPICAL);
    for line in [request.method, &path, &query] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    for name in signed_headers {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        for (position, value) in request.values(name).enumerate() {
            if position > 0 {
                out.push(b',');
            }
            push_words(&mut out, value);
        }
        out.push(b'\n');
    }
    for line in [&signed_headers.join(";"), &request.payload.text()] {
        out.push(b'\n');
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// A hash in lower-case hex. `hex::encode` collects it letter by letter, which takes longer than to hash.
pub(super) fn hex_text(hash: &[u8; 32]) -> String {
    let mut digits = vec![0; 2 * hash.len()];
    hex::encode_to_slice(hash, &mut digits).expect("there are two digits per byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// Appends `value` without white space at its ends and with one blank for each run inside it.
fn push_words(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The path, encoded once more than it was sent: a `%` of the request becomes `%25`.
fn canonical_path(path: &str, paths: Paths) -> String {
    let path = if path.is_empty() { "/" } else { path };
    match paths {
        Paths::AsSent => encode(path.as_bytes(), true),
        Paths::Normalized => encode(normalize(path).as_bytes(), true),
    }
}

/// RFC 3986, 5.2.4, and without empty segments.
fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let directory = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    let end = if directory && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// Names and values decoded and encoded again in AWS's way, ascending by name, then by value.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((encode(&decode(name), false), encode(&decode(value), false)));
    }
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Percent-encodes everything but RFC 3986's unreserved letters, and slashes where `slashes` says so.
fn encode(bytes: &[u8], slashes: bool) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (slashes && byte == b'/');
        if plain {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a String takes all that is written");
        }
    }
    out
}

/// Undoes percent-encoding and the `+` of forms; a `%` that no two hex digits follow stands for itself.
fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.first_chunk::<2>().filter(|_| first == b'%').and_then(|pair| hex_byte(*pair));
        match (first, escaped) {
            (_, Some(byte)) => out.push(byte),
            (b'+', None) => out.push(b' '),
            (byte, None) => out.push(byte),
        }
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    out
}

fn hex_byte(pair: [u8; 2]) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(pair, &mut byte).ok()?;
    Some(byte[0])
}

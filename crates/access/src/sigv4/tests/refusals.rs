//! Each way to be refused, with AWS's codes and text.

use super::signing::{ACCESS_KEY_ID, NOW, OneKey, Sent, Signing, verifier};
use crate::{AuthError, CallerKind, PayloadHash};
use replica::Timestamp;

const DOES_NOT_MATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
                              signing method. Consult the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

#[track_caller]
fn check_at(sent: &Sent, keys: OneKey, now: Timestamp, json_code: &str, query_code: &str, message: &str) {
    let error = sent.verify(&verifier(keys), now).expect_err("a refusal");
    assert_eq!((error.json_code(), error.query_code(), error.to_string().as_str()), (json_code, query_code, message));
}

#[track_caller]
fn check(sent: &Sent, json_code: &str, message: &str) {
    let query_code = match json_code {
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "UnrecognizedClientException" => "InvalidClientTokenId",
        other => other.trim_end_matches("Exception"),
    };
    check_at(sent, OneKey::default(), NOW, json_code, query_code, message);
}

fn signed() -> Sent {
    Signing::default().sign(Sent::json())
}

/// A signed request whose header `Authorization` is changed.
fn authorization(change: impl Fn(&str) -> String) -> Sent {
    let mut sent = signed();
    sent.set("authorization", &change(&sent.value("authorization")));
    sent
}

fn replaced(from: &str, to: &str) -> Sent {
    let sent = authorization(|header| header.replacen(from, to, 1));
    assert_ne!(sent.value("authorization"), signed().value("authorization"), "{from} is in the header");
    sent
}

#[test]
fn what_is_not_signed_at_all_lacks_a_token() {
    let (code, message) = ("MissingAuthenticationTokenException", "Missing Authentication Token");
    check(&Sent::json(), code, message);
    check(&authorization(|_| String::new()), code, message);
    let presigned = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A&X-Amz-Signature=0";
    check(&Sent { query: presigned.to_owned(), ..Sent::json() }, code, message);
    check(&Sent { query: presigned.to_owned(), ..signed() }, code, message);
}

#[test]
fn an_authorization_of_another_form_is_incomplete() {
    let code = "IncompleteSignatureException";
    let twice = "The header 'authorization' must be sent once and in ASCII.";
    let mut sent = signed();
    sent.add("authorization", &signed().value("authorization"));
    check(&sent, code, twice);
    check(&authorization(|header| format!("{header}\u{e9}")), code, twice);
    for algorithm in ["AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256", "Bearer"] {
        let message = format!("Unsupported AWS 'algorithm': '{algorithm}'.");
        check(&replaced("AWS4-HMAC-SHA256", algorithm), code, &message);
    }
    let pair = |part: &str| {
        let digest = super::super::authorization::digest(part);
        format!(
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
             with Base64): '{digest}'."
        )
    };
    check(&authorization(|header| format!("{header}, x")), code, &pair("x"));
    check(&authorization(|header| format!("{header}, Signature=0")), code, &pair("Signature=0"));
    check(&authorization(|header| format!("{header}, Extra=0")), code, &pair("Extra=0"));
    let message = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ";
    let short = format!("{ACCESS_KEY_ID}/20150830/kms/aws4_request");
    check(&replaced("/us-east-1", ""), code, &format!("{message}'{short}'"));
}

#[test]
fn what_authorization_lacks_is_listed() {
    let mut sent = Sent::json();
    sent.set("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host");
    check(
        &sent,
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 \
         and encoded with Base64) Authorization=T6TlTF0tP7OEirEb+CC+gAdhBAW19reUS2EXKW3XV6M=",
    );
}

#[test]
fn dates_of_another_form_are_refused() {
    let mut sent = signed();
    sent.set("x-amz-date", "2015-08-30T12:36:00Z");
    check(
        &sent,
        "IncompleteSignatureException",
        "Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. See \
         http://en.wikipedia.org/wiki/ISO_8601",
    );
}

#[test]
fn a_signature_holds_for_five_minutes_to_either_side() {
    let at = |seconds: i64| Timestamp::from_millis(NOW.as_millis().saturating_add_signed(seconds * 1000));
    let verifier = verifier(OneKey::default());
    for (seconds, accepted) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        assert_eq!(signed().verify(&verifier, at(seconds)).is_ok(), accepted, "{seconds}");
    }
    let (json, query) = ("InvalidSignatureException", "SignatureDoesNotMatch");
    let expired =
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z (20150830T124200Z - 5 min.)";
    check_at(&signed(), OneKey::default(), at(360), json, query, expired);
    let early = "Signature not yet current: 20150830T123600Z is still later than 20150830T123500Z (20150830T123000Z + \
                 5 min.)";
    check_at(&signed(), OneKey::default(), at(-360), json, query, early);
}

#[test]
fn a_signature_of_the_day_before_holds_over_midnight() {
    let midnight = Timestamp::from_millis(1_440_979_200_000);
    let before = Timestamp::from_millis(midnight.as_millis() - 1000);
    let sent = Signing { at: before, ..Signing::default() }.sign(Sent::json());
    assert!(sent.value("authorization").contains("/20150830/"));
    let verified = sent.verify(&verifier(OneKey::default()), midnight.plus_millis(60_000));
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn another_scope_is_named() {
    let code = "InvalidSignatureException";
    let region = Signing { region: "eu-west-1", ..Signing::default() }.sign(Sent::json());
    check(&region, code, "Credential should be scoped to a valid region, not 'eu-west-1'.");
    let service = Signing { service: "ssm", ..Signing::default() }.sign(Sent::json());
    check(&service, code, "Credential should be scoped to correct service: 'kms'.");
    let both = Signing { region: "eu-west-1", service: "ssm", ..Signing::default() }.sign(Sent::json());
    check(
        &both,
        code,
        "Credential should be scoped to a valid region, not 'eu-west-1'. Credential should be scoped to correct \
         service: 'kms'.",
    );
    check(
        &replaced("aws4_request", "aws5_request"),
        code,
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
    );
    check(
        &replaced("/20150830/", "/20150831/"),
        code,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != \
         '20150830', from '20150830T123600Z'.",
    );
}

#[test]
fn what_must_be_signed_and_is_not_is_named() {
    let code = "InvalidSignatureException";
    for header in ["x-amz-target", "x-amz-anything"] {
        let mut sent = Sent::json();
        sent.set(header, "TrentService.Encrypt");
        let sent = Signing { unsigned_headers: vec![header], ..Signing::default() }.sign(sent);
        check(&sent, code, &format!("'{header}' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let mut later = signed();
    later.add("x-amz-security-token", "of another key");
    check(&later, code, "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.");
    let host = replaced(";host", "");
    check(&host, code, "'host' must be a 'SignedHeader' in the AWS Authorization.");
    let mut dated = replaced(";x-amz-date", "");
    check(&dated, code, "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization.");
    dated.remove("x-amz-date");
    dated.add("date", "Sun, 30 Aug 2015 12:36:00 GMT");
    check(&dated, code, "'date' must be a 'SignedHeader' in the AWS Authorization.");
}

#[test]
fn headers_that_are_acted_upon_come_once() {
    for name in ["host", "x-amz-date", "x-amz-target", "content-type"] {
        let mut sent = signed();
        sent.add(name, &sent.value(name));
        let message = format!("The header '{name}' must be sent once and in ASCII.");
        check(&sent, "IncompleteSignatureException", &message);
    }
}

#[test]
fn a_list_of_signed_headers_that_no_signer_writes_does_not_match() {
    let code = "InvalidSignatureException";
    let list = "content-type;host;x-amz-date;x-amz-target";
    for other in [
        "host;content-type;x-amz-date;x-amz-target",
        "content-type;host;host;x-amz-date;x-amz-target",
        "Content-Type;host;x-amz-date;x-amz-target",
        "content-type;;host;x-amz-date;x-amz-target",
        "content-type;host;x-absent;x-amz-date;x-amz-target",
    ] {
        check(&replaced(list, other), code, DOES_NOT_MATCH);
    }
    let long: Vec<String> = (0..200).map(|n| format!("a{n:03}")).collect();
    check(&replaced(list, &format!("{};{list}", long.join(";"))), code, DOES_NOT_MATCH);
}

#[test]
fn the_body_must_be_what_was_signed() {
    let code = "InvalidSignatureException";
    let other = PayloadHash::Sha256(crypto::sha256(b"{ }"));
    check(&Sent { payload: other, ..signed() }, code, DOES_NOT_MATCH);
    let with_header = Signing { checksum_header: true, ..Signing::default() }.sign(Sent::json());
    check(&Sent { payload: other, ..with_header }, code, DOES_NOT_MATCH);
    // The signature is good, and the header says another hash than the one that it covers.
    let mut contradicting = Sent::json();
    contradicting.add("x-amz-content-sha256", &hex::encode(crypto::sha256(b"another")));
    check(&Signing::default().sign(contradicting), code, DOES_NOT_MATCH);
    // Signed as UNSIGNED-PAYLOAD where the transport does not allow it: the gateway gives the hash.
    let unsigned = Sent { payload: PayloadHash::Unsigned, ..Sent::json() };
    let unsigned = Signing { checksum_header: true, ..Signing::default() }.sign(unsigned);
    assert_eq!(unsigned.value("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
    check(&Sent { payload: Sent::json().payload, ..unsigned }, code, DOES_NOT_MATCH);
    let silent = Sent { payload: PayloadHash::Unsigned, ..signed() };
    check(&silent, code, "'x-amz-content-sha256' must be a 'SignedHeader' in the AWS Authorization.");
}

#[test]
fn an_access_key_must_be_known_active_and_come_with_its_token() {
    let (json, query) = ("UnrecognizedClientException", "InvalidClientTokenId");
    let unknown = Signing { access_key_id: "AKIDANOTHER", ..Signing::default() }.sign(Sent::json());
    check(&unknown, json, INVALID_TOKEN);
    let inactive = OneKey { inactive: true, ..OneKey::default() };
    check_at(&signed(), inactive, NOW, json, query, INVALID_TOKEN);
    let token = |token: &str| Some(token.to_owned());
    let other = Signing { token: token("other"), ..Signing::default() }.sign(Sent::json());
    check(&other, json, INVALID_TOKEN);
    let wants = OneKey { token: token("own"), ..OneKey::default() };
    check_at(&other, wants.clone(), NOW, json, query, INVALID_TOKEN);
    check_at(&signed(), wants, NOW, json, query, INVALID_TOKEN);
}

#[test]
fn a_secret_that_does_not_open_is_not_the_callers_fault() {
    let error = signed().verify(&verifier(OneKey { locked: true, ..OneKey::default() }), NOW);
    assert_eq!(error, Err(AuthError::Unavailable));
}

#[test]
fn a_dev_cluster_takes_unknown_keys_and_verifies_known_ones() {
    let dev = || verifier(OneKey { dev: true, ..OneKey::default() });
    let unknown = Signing { access_key_id: "test", secret: "test", ..Signing::default() }.sign(Sent::json());
    let kind = unknown.verify(&dev(), NOW).map(|verified| verified.caller.kind);
    assert_eq!(kind, Ok(CallerKind::DevRoot));
    let forged = Signing { secret: "test", ..Signing::default() }.sign(Sent::json());
    assert_eq!(forged.verify(&dev(), NOW), Err(AuthError::Mismatch));
    assert_eq!(Sent::json().verify(&dev(), NOW), Err(AuthError::Missing));
}

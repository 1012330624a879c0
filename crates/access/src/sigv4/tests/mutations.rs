//! Every request that differs in one bit from a signed one is refused.

use super::signing::{NOW, OneKey, Sent, Signing, verifier};
use crate::{PayloadHash, Verifier};

fn signed() -> (Sent, Verifier) {
    let token = Some("IQoJb3JpZ2luX2VjE".to_owned());
    let path = "/lockstep.kms.v1.KmsService/Encrypt".to_owned();
    let sent = Sent { path, query: "a=b&c=d".to_owned(), ..Sent::json() };
    let sent = Signing { token: token.clone(), checksum_header: true, ..Signing::default() }.sign(sent);
    (sent, verifier(OneKey { token, ..OneKey::default() }))
}

/// `bytes` with each bit flipped in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// `text` with each bit flipped in turn, where the outcome is a text.
fn flipped_texts(text: &str) -> impl Iterator<Item = String> {
    flips(text.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok())
}

#[test]
fn one_bit_of_a_header_changed_is_refused() {
    let (sent, verifier) = signed();
    assert!(sent.verify(&verifier, NOW).is_ok());
    let mut names: Vec<&str> = sent.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "authorization",
        "content-type",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    ];
    assert_eq!(names, expected, "all of them are signed");
    for (position, (name, value)) in sent.headers.iter().enumerate() {
        for flipped in flips(value) {
            let mut changed = sent.clone();
            changed.headers[position].1 = flipped.clone();
            assert!(changed.verify(&verifier, NOW).is_err(), "{name}: {}", flipped.escape_ascii());
        }
        for flipped in flipped_texts(name) {
            let mut changed = sent.clone();
            changed.headers[position].0 = flipped.clone();
            assert!(changed.verify(&verifier, NOW).is_err(), "{flipped:?} for {name}");
        }
    }
}

#[test]
fn one_bit_of_the_target_or_the_body_changed_is_refused() {
    let (sent, verifier) = signed();
    let refused = |changed: Sent| assert!(changed.verify(&verifier, NOW).is_err(), "{changed:?}");
    flipped_texts(&sent.method).for_each(|method| refused(Sent { method, ..sent.clone() }));
    flipped_texts(&sent.path).for_each(|path| refused(Sent { path, ..sent.clone() }));
    flipped_texts(&sent.query).for_each(|query| refused(Sent { query, ..sent.clone() }));
    let PayloadHash::Sha256(hash) = sent.payload else { unreachable!("the sample has a hash") };
    for flipped in flips(&hash) {
        let payload = PayloadHash::Sha256(flipped.try_into().expect("as long as before"));
        refused(Sent { payload, ..sent.clone() });
        let mut without_header = Sent { payload, ..sent.clone() };
        without_header.remove("x-amz-content-sha256");
        refused(without_header);
    }
}

#[test]
fn a_signature_cut_lengthened_or_in_capitals_is_refused() {
    let (sent, verifier) = signed();
    let header = sent.value("authorization");
    let (before, signature) = header.rsplit_once('=').expect("a signature");
    for other in [&signature[..63], "", &format!("{signature}0"), &signature.to_uppercase()] {
        let mut changed = sent.clone();
        changed.set("authorization", &format!("{before}={other}"));
        assert!(changed.verify(&verifier, NOW).is_err(), "{other}");
    }
}

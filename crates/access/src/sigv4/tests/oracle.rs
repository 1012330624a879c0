//! AWS's signer as an oracle: what it signs is accepted, and only under its own key.

use super::signing::{NOW, OneKey, Sent, Signing, verifier};
use crate::{AuthError, PayloadHash};
use proptest::prelude::*;

fn check(sent: Sent, signing: &Signing) {
    let sent = signing.sign(sent);
    let keys = OneKey { token: signing.token.clone(), ..OneKey::default() };
    let found = sent.verify(&verifier(keys), NOW).expect("what AWS's signer signs is accepted");
    assert_eq!((found.service.as_str(), found.caller.access_key_id.as_str()), ("kms", signing.access_key_id));
    let other = Signing { secret: "another", ..signing.clone() }.sign(sent);
    let keys = OneKey { token: signing.token.clone(), ..OneKey::default() };
    assert_eq!(other.verify(&verifier(keys), NOW), Err(AuthError::Mismatch));
}

#[test]
fn the_requests_of_sdks_are_accepted() {
    let token = Some("IQoJb3JpZ2luX2VjE/+=".to_owned());
    let plain = Signing::default();
    check(Sent::json(), &plain);
    check(Sent::json(), &Signing { token: token.clone(), ..plain.clone() });
    check(Sent::json(), &Signing { checksum_header: true, ..plain.clone() });
    let mut retry = Sent::json();
    retry.add("amz-sdk-invocation-id", "4e5d7dd3-6b32-4a3b-8ac2-7f8c9a0b1c2d");
    retry.add("amz-sdk-request", "attempt=2; max=3");
    retry.add("user-agent", "aws-cli/1.44.5 md/awscrt#0.1");
    check(retry.clone(), &plain);
    // The JavaScript SDK of version 2 leaves these out of the signature.
    check(retry, &Signing { unsigned_headers: vec!["content-type", "user-agent"], ..plain.clone() });
    let mut grpc = Sent { path: "/lockstep.kms.v1.KmsService/Encrypt".to_owned(), ..Sent::json() };
    grpc.set("content-type", "application/grpc");
    grpc.remove("x-amz-target");
    check(grpc.clone(), &plain);
    grpc.payload = PayloadHash::Unsigned;
    check(grpc, &Signing { checksum_header: true, ..plain });
}

proptest! {
    #[test]
    fn whatever_awss_signer_signs_is_accepted(
        method in "GET|POST|PUT",
        path in "(/[a-zA-Z0-9._~-]{0,4}|/%[0-9A-F]{2}|/[.]{1,2}){0,6}",
        query in "([a-zA-Z0-9._~-]{1,3}=(%[0-7][0-9A-F]|[a-z+]){0,4}(&[a-z]{1,2}(=[a-z]{0,2})?){0,3})?",
        values in proptest::collection::vec("[ -~]{0,12}", 0..3),
        body in any::<[u8; 32]>(),
        checksum_header in any::<bool>(),
        token in proptest::option::of("[a-zA-Z0-9/+=]{1,40}"),
    ) {
        let mut sent = Sent { method, path, query, payload: PayloadHash::Sha256(body), ..Sent::json() };
        for (position, value) in values.iter().enumerate() {
            sent.add(&format!("x-test-{position}"), value);
        }
        check(sent, &Signing { checksum_header, token, ..Signing::default() });
    }
}

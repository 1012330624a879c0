//! AWS JSON: what is asked, and what is answered.

use crate::http_client::Request;
use crate::world::World;
use expect_test::{Expect, expect};
use replica::Unavailable;
use replica::cluster::Birth;
use std::sync::atomic::Ordering;

async fn check(world: &World, request: Request, expected: Expect) {
    expected.assert_eq(&world.send(request).await.summary().replace(MISMATCH, "(mismatch)"));
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                        Secret Access Key and signing method. Consult the service documentation for details.";
const ENCRYPT: &str = "TrentService.Encrypt";
const GOOD: &str = r#"{"KeyId":"k","Plaintext":"YWJj"}"#;

#[tokio::test]
async fn operations_answer_in_the_form_that_they_are_asked() {
    let world = World::new().await;
    let response = world.send(world.json(ENCRYPT, GOOD)).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.headers["content-type"], "application/x-amz-json-1.1");
    assert_eq!(response.headers["cache-control"], "no-cache, no-store, must-revalidate, private");
    assert_eq!(response.headers["content-length"], response.body.len().to_string());
    check(&world, world.json(ENCRYPT, GOOD), expect![[r#"200 {"CiphertextBlob":"Y2Jh","KeyId":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}"#]]).await;
    let old = world.json_signed(ENCRYPT, GOOD, |signing| signing.headers[0].1 = "application/x-amz-json-1.0", "kms");
    assert_eq!(world.send(old).await.headers["content-type"], "application/x-amz-json-1.0");
    check(&world, world.json("TrentService.EnableKey", "{}"), expect!["400 ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"]).await;
    world.toy.gate.add_permits(1);
    check(&world, world.json("TrentService.EnableKey", r#"{"KeyId":"k"}"#), expect!["200 {}"]).await;
}

#[tokio::test]
async fn errors_are_spelled_as_their_service_spells_them() {
    let world = World::new().await;
    check(
        &world,
        world.json("TrentService.DescribeKey", r#"{"KeyId":"k"}"#),
        expect!["400 NotFoundException: Key 'k' does not exist"],
    )
    .await;
    let kms = world.send(world.json("TrentService.DescribeKey", r#"{"KeyId":"k"}"#)).await;
    expect![[r#"{"__type":"NotFoundException","message":"Key 'k' does not exist"}"#]].assert_eq(&kms.body);
    let ssm = world.send(world.json("AmazonSSM.GetParameter", r#"{"Name":"n"}"#)).await;
    expect![[r#"{"__type":"ParameterNotFound","message":"no such parameter"}"#]].assert_eq(&ssm.body);
    let common = world.send(world.json("AmazonSSM.GetParameter", "{}")).await;
    expect![[r#"{"__type":"ValidationException","Message":"1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"}"#]].assert_eq(&common.body);
}

#[tokio::test]
async fn what_is_no_known_operation_is_refused_before_anything_else() {
    let world = World::new().await;
    let good = || world.json(ENCRYPT, GOOD);
    for target in ["TrentService.Nonsense", "TrentService", "Trent.Encrypt", ".Encrypt", "", "TrentService.encrypt"] {
        check(&world, good().header("x-amz-target", target), expect!["400 UnknownOperationException: -"]).await;
    }
    check(&world, good().without("x-amz-target"), expect!["400 UnknownOperationException: -"]).await;
    // In the model, and not built.
    check(&world, world.json("TrentService.ListGrants", "{}"), expect!["400 UnknownOperationException: -"]).await;
    for content_type in ["application/json", "text/plain", "application/cbor", ""] {
        check(&world, good().header("content-type", content_type), expect!["400 UnknownOperationException: -"]).await;
    }
    for line in ["GET / HTTP/1.1", "PUT / HTTP/1.1", "POST /x HTTP/1.1", "GET /healthz HTTP/1.1"] {
        check(&world, Request { line, ..good() }, expect!["404 UnknownOperationException: -"]).await;
    }
}

#[tokio::test]
async fn bodies_that_are_no_message_are_refused() {
    let world = World::new().await;
    let deep = format!(r#"{{"KeyId":"k","X":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let rows = [
        ("{", expect!["400 SerializationException: The request body is not valid JSON"]),
        ("nonsense", expect!["400 SerializationException: The request body is not valid JSON"]),
        (r#"{"KeyId":"k"} x"#, expect!["400 SerializationException: The request body is not valid JSON"]),
        (
            r#"{"KeyId":"k","KeyId":"l"}"#,
            expect!["400 SerializationException: The request body has an object with a duplicate key"],
        ),
        (deep.as_str(), expect!["400 SerializationException: The request body is nested deeper than 32 levels"]),
        (r#"{"KeyId":7}"#, expect!["400 SerializationException: NUMBER_VALUE can not be converted to a String"]),
        (r#"{"KeyId":["k"]}"#, expect!["400 SerializationException: Start of list found where not expected"]),
        (r#"["KeyId"]"#, expect!["400 SerializationException: Start of list found where not expected"]),
        ("null", expect!["400 SerializationException: NULL_VALUE found where not expected"]),
        (
            r#"{"KeyId":"k","Plaintext":"not base64!"}"#,
            expect!["400 SerializationException: STRING_VALUE is not valid base64"],
        ),
        (r#"{"KeyId":"k","Plaintext":"YWJ"}"#, expect!["400 SerializationException: STRING_VALUE is not valid base64"]),
        (
            r#"{"KeyId":"k","EncryptionContext":{"a":1}}"#,
            expect![
                "400 ValidationException: 1 validation error detected: Value null at 'plaintext' failed to satisfy constraint: Member must not be null"
            ],
        ),
        (r#"{"KeyId":"\ud800"}"#, expect!["400 SerializationException: The request body is not valid JSON"]),
        (
            "",
            expect![
                "400 ValidationException: 2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value null at 'plaintext' failed to satisfy constraint: Member must not be null"
            ],
        ),
        (
            "{}",
            expect![
                "400 ValidationException: 2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value null at 'plaintext' failed to satisfy constraint: Member must not be null"
            ],
        ),
        (
            r#"{"KeyId":"","Plaintext":""}"#,
            expect![
                "400 ValidationException: 2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1"
            ],
        ),
        (
            r#"{"KeyId":null,"Plaintext":"YWJj","Unknown":1}"#,
            expect![
                "400 ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"
            ],
        ),
        (
            r#"{"KeyId":"k","Plaintext":"YWJj","EncryptionAlgorithm":"ROT13"}"#,
            expect![
                "400 ValidationException: 1 validation error detected: Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]"
            ],
        ),
    ];
    for (body, expected) in rows {
        check(&world, world.json(ENCRYPT, body), expected).await;
    }
    check(
        &world,
        world.json(ENCRYPT, b"{\"KeyId\":\"\xff\"}"),
        expect!["400 SerializationException: The request body is not valid JSON"],
    )
    .await;
}

#[tokio::test]
async fn callers_who_are_not_established_are_refused() {
    let world = World::new().await;
    let good = || world.json(ENCRYPT, GOOD);
    check(
        &world,
        good().without("authorization"),
        expect!["400 MissingAuthenticationTokenException: Missing Authentication Token"],
    )
    .await;
    check(
        &world,
        good().header("authorization", "nonsense"),
        expect!["400 IncompleteSignatureException: Unsupported AWS 'algorithm': 'nonsense'."],
    )
    .await;
    check(&world, good().header("authorization", "AWS4-HMAC-SHA256 Credential=a"), expect!["400 IncompleteSignatureException: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=520Nq5bS80gLhTcgcZzjkP74XCXMcdxItgMCiiN4K6U="]).await;
    check(
        &world,
        good().header("x-amz-security-token", "t"),
        expect![
            "400 InvalidSignatureException: 'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."
        ],
    )
    .await;
    let other_body = Request { body: GOOD.replace('k', "l").into_bytes(), ..good() };
    check(&world, other_body, expect!["400 InvalidSignatureException: (mismatch)"]).await;
    let other_target = good().header("x-amz-target", "TrentService.DescribeKey");
    check(&world, other_target, expect!["400 InvalidSignatureException: (mismatch)"]).await;
    let spoilt = |spoil: fn(&mut crate::signing::Signing<'_>)| world.json_signed(ENCRYPT, GOOD, spoil, "kms");
    check(&world, spoilt(|s| s.secret = "wrong"), expect!["400 InvalidSignatureException: (mismatch)"]).await;
    check(
        &world,
        spoilt(|s| s.access_key_id = "AKIDOTHER"),
        expect!["400 UnrecognizedClientException: The security token included in the request is invalid."],
    )
    .await;
    check(
        &world,
        spoilt(|s| s.service = "ssm"),
        expect!["400 InvalidSignatureException: Credential should be scoped to correct service: 'kms'."],
    )
    .await;
    check(
        &world,
        spoilt(|s| s.region = "ap-south-1"),
        expect!["400 InvalidSignatureException: Credential should be scoped to a valid region, not 'ap-south-1'."],
    )
    .await;
    check(&world, spoilt(|s| s.time = "20261121T184402Z"), expect!["400 InvalidSignatureException: Signature expired: 20261121T184402Z is now earlier than 20261121T184403Z (20261121T184903Z - 5 min.)"]).await;
    check(&world, spoilt(|s| s.time = "20261121T185404Z"), expect!["400 InvalidSignatureException: Signature not yet current: 20261121T185404Z is still later than 20261121T185403Z (20261121T184903Z + 5 min.)"]).await;
    check(&world, spoilt(|s| s.headers.pop().map(drop).unwrap_or(())), expect!["400 UnknownOperationException: -"])
        .await;
    // Only gRPC may leave its payload unsigned.
    let unsigned = spoilt(|s| {
        s.headers.insert(0, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
        s.payload_hash = Some("UNSIGNED-PAYLOAD");
    });
    check(&world, unsigned, expect!["400 InvalidSignatureException: (mismatch)"]).await;
    let records = world.recorder.records();
    assert!(records.iter().all(|record| record.error_code.is_some() && record.user_identity.arn.is_none()));
}

#[tokio::test]
async fn an_access_key_made_a_moment_ago_on_another_node_is_known() {
    let world = World::new().await;
    let stranger = || world.json_signed(ENCRYPT, GOOD, |signing| signing.access_key_id = "AKIDOTHER", "kms");
    world.replica.behind.store(true, Ordering::SeqCst);
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.status, 200, "known behind the barrier");
    let unknown = "400 UnrecognizedClientException: The security token included in the request is invalid.";
    assert_eq!(world.send(stranger()).await.summary(), unknown);
    world.replica.cut_off.store(true, Ordering::SeqCst);
    let unavailable = "503 ServiceUnavailableException: The service is temporarily unavailable. Try again.";
    assert_eq!(world.send(stranger()).await.summary(), unavailable, "no barrier, no verdict");
    let wrong = world.json_signed(ENCRYPT, GOOD, |signing| signing.secret = "wrong", "kms");
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.summary(), unavailable);
    world.replica.behind.store(false, Ordering::SeqCst);
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.status, 200, "whoever is known here needs no barrier");
    assert_eq!(
        world.send(wrong).await.summary(),
        unavailable,
        "time tells a wrong secret from an unknown key by nothing"
    );
}

#[tokio::test]
async fn who_is_not_established_learns_nothing_of_the_body() {
    let world = World::new().await;
    let request = Request { body: b"{".to_vec(), ..world.json(ENCRYPT, GOOD) };
    check(&world, request, expect!["400 InvalidSignatureException: (mismatch)"]).await;
}

#[tokio::test]
async fn bodies_that_are_too_large_or_encoded_are_refused() {
    let world = World::new().await;
    let large = |size: usize| format!(r#"{{"KeyId":"{}"}}"#, "k".repeat(size));
    check(
        &world,
        world.json(ENCRYPT, large(65_000)).without("authorization"),
        expect!["400 MissingAuthenticationTokenException: Missing Authentication Token"],
    )
    .await;
    check(
        &world,
        world.json(ENCRYPT, large(65_536)),
        expect!["413 RequestEntityTooLargeException: The request is larger than this operation takes."],
    )
    .await;
    check(
        &world,
        world.json(ENCRYPT, large(4_000_000)),
        expect!["413 RequestEntityTooLargeException: The request is larger than this operation takes."],
    )
    .await;
    check(&world, world.json("AmazonSSM.GetParameter", large(1_000_000)), expect!["400 ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"]).await;
    check(
        &world,
        world.json("AmazonSSM.GetParameter", large(1_048_576)),
        expect!["413 RequestEntityTooLargeException: The request is larger than this operation takes."],
    )
    .await;
    check(
        &world,
        world.json(ENCRYPT, GOOD).header("content-encoding", "gzip"),
        expect!["415 UnsupportedMediaTypeException: Encoded request bodies are not accepted."],
    )
    .await;
}

#[tokio::test]
async fn a_panic_is_an_internal_failure_of_one_call() {
    let world = World::new().await;
    check(
        &world,
        world.json("TrentService.CancelKeyDeletion", r#"{"KeyId":"k"}"#),
        expect!["500 InternalFailure: The request failed because of an internal error."],
    )
    .await;
    assert_eq!(world.last_record(), "Root AKIDEXAMPLE kms.amazonaws.com CancelKeyDeletion InternalFailure");
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.status, 200);
}

#[tokio::test]
async fn a_call_starts_again_when_permissions_change_and_not_for_ever() {
    let world = World::new().await;
    let request = || world.json("TrentService.DisableKey", r#"{"KeyId":"k"}"#);
    world.toy.reauthorizations.store(3, Ordering::SeqCst);
    check(&world, request(), expect!["200 {}"]).await;
    world.toy.reauthorizations.store(100, Ordering::SeqCst);
    check(
        &world,
        request(),
        expect!["503 ServiceUnavailableException: The service is temporarily unavailable. Try again."],
    )
    .await;
    assert_eq!(world.toy.reauthorizations.load(Ordering::SeqCst), 96, "four attempts");
}

#[tokio::test]
async fn attempts_of_one_call_propose_under_one_id() {
    let world = World::new().await;
    let id = async |invocation: Option<&str>, body: &str| {
        let request = world.json("TrentService.CreateKey", body);
        let request = match invocation {
            Some(id) => request.header("amz-sdk-invocation-id", id),
            None => request,
        };
        world.send(request).await.body
    };
    let first = id(Some("a"), "{}").await;
    assert_eq!(first, id(Some("a"), "{}").await, "the same call again");
    assert_ne!(first, id(Some("b"), "{}").await, "another call");
    assert_ne!(first, id(Some("a"), r#"{"Description":"x"}"#).await, "another body");
    assert_ne!(id(None, "{}").await, id(None, "{}").await, "nothing says that these are one call");
    assert_ne!(id(Some(""), "{}").await, id(Some(""), "{}").await, "an empty id says nothing");
}

#[tokio::test]
async fn a_repeat_is_refused_once_no_other_attempt_can_act() {
    let world = World::new().await;
    let send = async |operation: &str, body: &str, attempt: &str| {
        let request = world.json(&format!("TrentService.{operation}"), body);
        let request = request.header("amz-sdk-invocation-id", "a").header("amz-sdk-request", attempt);
        let before = world.replica.proposed.lock().unwrap().len();
        let summary = world.send(request).await.summary();
        (summary, world.replica.proposed.lock().unwrap()[before..].to_vec())
    };
    let change = async |attempt| send("DeleteAlias", r#"{"AliasName":"alias/a"}"#, attempt).await;
    let refusal = "400 NotFoundException: Alias alias/a is not found".to_owned();
    assert_eq!(change("attempt=1; max=3").await, (refusal.clone(), vec![]), "nothing came before the first");
    let (second, third) = (change("attempt=2; max=3").await, change("attempt=3; max=3").await);
    assert_eq!((&second.0, second.1.len()), (&refusal, 1));
    assert_eq!(third, second, "under the same id");
    let (_, fenced) = send("DescribeKey", r#"{"KeyId":"k"}"#, "attempt=2; max=3").await;
    assert_eq!(fenced, vec![], "a read does nothing late");
    let (_, fenced) = send("DeleteAlias", "{}", "attempt=2; max=3").await;
    assert_eq!(fenced, vec![], "no attempt of what is no request came any further");

    let id = second.1[0];
    let late = replica::propose(&*world.replica, id, vec![], Birth::default()).await;
    assert_eq!(late.unwrap_err(), Unavailable::Unknown.into(), "the first attempt, should it still come");
    world.replica.cut_off.store(true, Ordering::SeqCst);
    let (unsure, _) = change("attempt=4; max=4").await;
    assert_eq!(unsure, "503 ServiceUnavailableException: The service is temporarily unavailable. Try again.");
}

#[tokio::test]
async fn the_scope_of_the_signature_chooses_the_region() {
    let world = World::new().await;
    for region in [crate::world::REGION, crate::world::OTHER_REGION] {
        let request = world.json_signed(ENCRYPT, GOOD, |signing| signing.region = region, "kms");
        assert_eq!(world.send(request).await.status, 200, "{region}");
        assert_eq!(world.recorder.records().pop().unwrap().aws_region, region);
    }
}

//! gRPC: the same operations, errors and signatures.

use crate::grpc_client::{Connection, framed};
use crate::signing::Signing;
use crate::world::{World, until};
use expect_test::{Expect, expect};
use gateway::Limits;
use prost::Message as _;
use proto::kms::v1::kms_service_client::KmsServiceClient;
use proto::kms::v1::{DescribeKeyRequest, EncryptRequest, EncryptResponse};
use std::sync::atomic::Ordering;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

const ENCRYPT: &str = "/lockstep.kms.v1.KmsService/Encrypt";

fn encrypt() -> EncryptRequest {
    EncryptRequest { key_id: Some("k".to_owned()), plaintext: Some("abc".into()), ..Default::default() }
}

fn signed(path: &str) -> Option<Signing<'_>> {
    let service = path.split('.').nth(1).unwrap();
    Some(Signing { path, ..Signing::of(service) })
}

async fn check(connection: &Connection, path: &str, message: &impl prost::Message, expected: Expect) {
    expected.assert_eq(&connection.call(path, message, signed(path)).await.summary());
}

async fn channel(world: &World) -> Channel {
    Endpoint::from_shared(format!("http://{}", world.address)).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn one_registration_answers_on_every_wire() {
    let world = World::new().await;
    let connection = Connection::open(&world).await;
    let answer = connection.call(ENCRYPT, &encrypt(), signed(ENCRYPT)).await;
    assert_eq!(answer.code, Code::Ok);
    let message = EncryptResponse::decode(answer.message).unwrap();
    assert_eq!(message.ciphertext_blob.as_deref(), Some(&b"cba"[..]));
    let json = world.send(world.json("TrentService.Encrypt", r#"{"KeyId":"k","Plaintext":"YWJj"}"#)).await;
    assert_eq!(json.body.as_bytes(), proto::json::encode(&message));
    let records = world.recorder.records();
    assert_eq!(records[0].request_parameters, records[1].request_parameters);
    assert_eq!(records[0].resources, records[1].resources);
}

#[tokio::test]
async fn a_signed_call_of_a_generated_client_is_answered() {
    let world = World::new().await;
    let mut client = KmsServiceClient::new(channel(&world).await);
    let mut request = tonic::Request::new(encrypt());
    let signing = signed(ENCRYPT).unwrap();
    for (name, value) in signing.headers(&world.address.to_string(), &encrypt().encode_to_vec()) {
        let name: tonic::metadata::AsciiMetadataKey = name.parse().unwrap();
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    let answer = client.encrypt(request).await.unwrap();
    assert!(answer.metadata().contains_key("x-amzn-requestid"));
    assert_eq!(answer.into_inner().ciphertext_blob.as_deref(), Some(&b"cba"[..]));
    let unsigned = client.encrypt(encrypt()).await.unwrap_err();
    assert_eq!(unsigned.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn errors_carry_awss_code_and_details() {
    let world = World::new().await;
    let connection = Connection::open(&world).await;
    let describe = DescribeKeyRequest { key_id: Some("k".to_owned()), ..Default::default() };
    check(
        &connection,
        "/lockstep.kms.v1.KmsService/DescribeKey",
        &describe,
        expect!["NotFound: Key 'k' does not exist [kms NotFoundException]"],
    )
    .await;
    check(&connection, ENCRYPT, &EncryptRequest::default(), expect!["InvalidArgument: 2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value null at 'plaintext' failed to satisfy constraint: Member must not be null [kms ValidationException] [keyId: Member must not be null] [plaintext: Member must not be null]"]).await;
    let unknown_value = EncryptRequest { encryption_algorithm: Some(99), ..encrypt() };
    check(&connection, ENCRYPT, &unknown_value, expect!["InvalidArgument: 1 validation error detected: Value '99' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE] [kms ValidationException] [encryptionAlgorithm: Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]]"]).await;
    check(
        &connection,
        "/lockstep.kms.v1.KmsService/ListGrants",
        &(),
        expect!["Unimplemented: UnknownOperationException [kms UnknownOperationException]"],
    )
    .await;
    check(
        &connection,
        "/lockstep.kms.v1.KmsService/Nonsense",
        &(),
        expect!["Unimplemented: UnknownOperationException [lockstep UnknownOperationException]"],
    )
    .await;
    check(
        &connection,
        "/lockstep.none.v1.NoneService/Nonsense",
        &(),
        expect!["Unimplemented: UnknownOperationException [lockstep UnknownOperationException]"],
    )
    .await;
    check(
        &connection,
        "/lockstep.kms.v1.KmsService/CancelKeyDeletion",
        &describe,
        expect!["Internal: The request failed because of an internal error. [kms InternalFailure]"],
    )
    .await;
    world.toy.reauthorizations.store(100, Ordering::SeqCst);
    check(
        &connection,
        "/lockstep.kms.v1.KmsService/DisableKey",
        &describe,
        expect![
            "Unavailable: The service is temporarily unavailable. Try again. [kms ServiceUnavailableException] [retry]"
        ],
    )
    .await;
    let name = proto::ssm::v1::GetParameterRequest { name: Some("n".to_owned()), ..Default::default() };
    check(
        &connection,
        "/lockstep.ssm.v1.SsmService/GetParameter",
        &name,
        expect!["NotFound: no such parameter [ssm ParameterNotFound]"],
    )
    .await;
}

#[tokio::test]
async fn frames_that_hold_no_plain_message_are_refused() {
    let world = World::new().await;
    let connection = Connection::open(&world).await;
    let good = encrypt().encode_to_vec();
    let rows = [
        (Vec::new(), expect!["InvalidArgument: A unary call has one message [kms SerializationException]"]),
        (
            framed(1, &good),
            expect!["Unimplemented: Compressed messages are not accepted. [kms UnsupportedMediaTypeException]"],
        ),
        (
            [framed(0, &good), framed(0, &good)].concat(),
            expect!["InvalidArgument: The message is not as long as its frame says [kms SerializationException]"],
        ),
        (
            framed(0, &good)[..10].to_vec(),
            expect!["InvalidArgument: The message is not as long as its frame says [kms SerializationException]"],
        ),
        (
            [&[0, 0xff, 0xff, 0xff, 0xff], &good[..]].concat(),
            expect!["InvalidArgument: The message is not as long as its frame says [kms SerializationException]"],
        ),
        (framed(0, &[0xff; 20]), expect!["InvalidArgument: The message is malformed [kms SerializationException]"]),
        (
            framed(0, &vec![0; 65 * 1024]),
            expect![
                "ResourceExhausted: The request is larger than this operation takes. [kms RequestEntityTooLargeException]"
            ],
        ),
    ];
    for (body, expected) in rows {
        let message = body.get(5..).unwrap_or_default();
        let headers = signed(ENCRYPT).unwrap().headers(&world.address.to_string(), message);
        expected.assert_eq(&connection.send(ENCRYPT, body, &headers).await.summary());
    }
    assert_eq!(world.recorder.records().len(), 7, "refusals of frames are recorded too");
}

#[tokio::test]
async fn a_signature_covers_path_authority_and_message() {
    let world = World::new().await;
    let connection = Connection::open(&world).await;
    let authority = world.address.to_string();
    let body = encrypt().encode_to_vec();
    let good = signed(ENCRYPT).unwrap();
    let spoilt = [
        Vec::new(),
        Signing { path: "/lockstep.kms.v1.KmsService/Decrypt", ..good.clone() }.headers(&authority, &body),
        Signing { service: "ssm", ..good.clone() }.headers(&authority, &body),
        good.headers("localhost:4566", &body),
        good.headers(&authority, b"another message"),
        good.headers(&authority, &framed(0, &body)),
    ];
    for headers in spoilt {
        let answer = connection.send(ENCRYPT, framed(0, &body), &headers).await;
        assert_eq!(answer.code, Code::Unauthenticated, "{}", answer.summary());
    }
    let hash = hex::encode(crypto::sha256(&body));
    let stated = Signing { headers: vec![("x-amz-content-sha256", &hash)], ..good };
    let answer = connection.send(ENCRYPT, framed(0, &body), &stated.headers(&authority, &body)).await;
    assert_eq!(answer.code, Code::Ok, "{}", answer.summary());
}

#[tokio::test]
async fn a_payload_stays_unsigned_only_where_nobody_can_change_it() {
    for (dev, expected) in [(true, Code::Ok), (false, Code::Unauthenticated)] {
        let world = World::with(Limits::default(), dev).await;
        let unsigned = Signing {
            headers: vec![("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
            payload_hash: Some("UNSIGNED-PAYLOAD"),
            ..signed(ENCRYPT).unwrap()
        };
        let answer = Connection::open(&world).await.call(ENCRYPT, &encrypt(), Some(unsigned)).await;
        assert_eq!(answer.code, expected, "dev: {dev}: {}", answer.summary());
    }
}

#[tokio::test]
async fn health_follows_readiness() {
    let world = World::new().await;
    let mut client = HealthClient::new(channel(&world).await);
    let mut check = async |service: &str| {
        let request = HealthCheckRequest { service: service.to_owned() };
        client.check(request).await.map(|answer| answer.into_inner().status())
    };
    for service in ["", "lockstep.kms.v1.KmsService", "lockstep.ssm.v1.SsmService"] {
        until("serving", async || check(service).await.ok() == Some(ServingStatus::Serving)).await;
    }
    world.ready.unready.store(true, Ordering::SeqCst);
    for service in ["", "lockstep.kms.v1.KmsService", "lockstep.ssm.v1.SsmService"] {
        until("not serving", async || check(service).await.ok() == Some(ServingStatus::NotServing)).await;
    }
    assert_eq!(check("nonsense").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_the_services() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let world = World::new().await;
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = ServerReflectionRequest { host: String::new(), message_request };
    let mut client = ServerReflectionClient::new(channel(&world).await);
    let answers = client.server_reflection_info(tokio_stream::iter([request])).await.unwrap();
    let answer = answers.into_inner().next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!("{answer:?}") };
    let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    expect![[r#"
        [
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "lockstep.kms.v1.KmsService",
            "lockstep.secretsmanager.v1.SecretsManagerService",
            "lockstep.ssm.v1.SsmService",
        ]
    "#]]
    .assert_debug_eq(&names);
}

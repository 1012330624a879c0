//! Request rates: who calls too often is told so on either wire, in time to save the work. The clock of these tests stands
//! still, so what is taken does not come back.

use crate::grpc_client::Connection;
use crate::signing::Signing;
use crate::world::World;
use expect_test::expect;
use proto::kms::v1::CreateKeyRequest;

const CREATE: &str = "TrentService.CreateKey";
const PATH: &str = "/lockstep.kms.v1.KmsService/CreateKey";

#[tokio::test]
async fn who_calls_too_often_is_throttled_with_awss_text() {
    let world = World::rated().await;
    for _ in 0..5 {
        assert_eq!(world.send(world.json(CREATE, "{}")).await.status, 200);
    }
    let kms = "400 ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your \
               calls.";
    assert_eq!(world.send(world.json(CREATE, "{}")).await.summary(), kms);
    assert_eq!(world.last_record(), "Root AKIDEXAMPLE kms.amazonaws.com CreateKey ThrottlingException");
    assert_eq!(world.send(world.json(CREATE, "not JSON")).await.summary(), kms, "nothing was read for it");
    // Another operation has its own rate.
    assert!(!world.send(world.json("TrentService.DescribeKey", "{}")).await.summary().contains("Throttling"));
}

#[tokio::test]
async fn operations_of_a_group_share_their_rate() {
    let world = World::rated().await;
    let get = || world.json("AmazonSSM.GetParameter", r#"{"Name":"n"}"#);
    for _ in 0..40 {
        assert!(world.send(get()).await.summary().contains("ParameterNotFound"));
    }
    expect!["400 ThrottlingException: Rate exceeded"].assert_eq(&world.send(get()).await.summary());
}

#[tokio::test]
async fn grpc_says_when_to_come_again() {
    let world = World::rated().await;
    let connection = Connection::open(&world).await;
    let call = async || {
        let signing = Signing { path: PATH, ..Signing::of("kms") };
        connection.call(PATH, &CreateKeyRequest::default(), Some(signing)).await
    };
    for _ in 0..5 {
        assert_eq!(call().await.code, tonic::Code::Ok);
    }
    expect![
        "ResourceExhausted: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls. [kms ThrottlingException] [retry]"
    ]
    .assert_eq(&call().await.summary());
}

#[tokio::test]
async fn a_stranger_takes_nothing_from_an_account() {
    let world = World::rated().await;
    for _ in 0..10 {
        let forged = world.json(CREATE, "{}").header("x-amz-date", "20261121T184904Z");
        assert!(!world.send(forged).await.summary().contains("Throttling"));
    }
    assert_eq!(world.send(world.json(CREATE, "{}")).await.status, 200);
}

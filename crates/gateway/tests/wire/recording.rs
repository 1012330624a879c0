//! Every answer is recorded before it goes out, or does not go out.

use crate::world::{World, until};
use expect_test::expect;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_record_says_what_was_asked_and_nothing_secret() {
    let world = World::new().await;
    let body = r#"{"KeyId":"k","Plaintext":"c2VjcmV0","EncryptionContext":{"a":"b"},"GrantTokens":["t0ken"]}"#;
    let request = world.json("TrentService.Encrypt", body).header("user-agent", "aws-cli/2");
    let response = world.send(request).await;
    let mut record = world.recorder.records().pop().unwrap();
    assert_eq!(record.request_id, response.headers["x-amzn-requestid"]);
    (record.event_id, record.request_id) = ("e".to_owned(), "r".to_owned());
    expect![[r#"
        {
          "eventVersion": "1.11",
          "userIdentity": {
            "type": "Root",
            "principalId": "111122223333",
            "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333",
            "accessKeyId": "AKIDEXAMPLE"
          },
          "eventTime": "2026-11-21T18:49:03Z",
          "eventSource": "kms.amazonaws.com",
          "eventName": "Encrypt",
          "awsRegion": "us-east-1",
          "sourceIPAddress": "127.0.0.1",
          "userAgent": "aws-cli/2",
          "requestParameters": {
            "keyId": "k",
            "encryptionContext": {
              "a": "b"
            }
          },
          "responseElements": null,
          "requestID": "r",
          "eventID": "e",
          "readOnly": true,
          "resources": [
            {
              "accountId": "111122223333",
              "type": "AWS::KMS::Key",
              "ARN": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            }
          ],
          "eventType": "AwsApiCall",
          "managementEvent": true,
          "recipientAccountId": "111122223333",
          "eventCategory": "Management"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&record).unwrap());
}

#[tokio::test]
async fn a_record_of_a_change_has_the_answer_too() {
    let world = World::new().await;
    world.send(world.json("TrentService.CreateKey", r#"{"Description":"d"}"#)).await;
    let record = world.recorder.records().pop().unwrap();
    assert!(!record.read_only);
    assert_eq!(record.request_parameters["description"], "d");
    assert_eq!(record.response_elements["keyMetadata"]["Arn"], crate::toy::KEY_ARN);
    assert_eq!(record.resources[0].arn, crate::toy::KEY_ARN);
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_is_withheld() {
    let world = World::new().await;
    let encrypt = || world.json("TrentService.Encrypt", r#"{"KeyId":"k","Plaintext":"YWJj"}"#);
    world.recorder.set_failing(true);
    let withheld = world.send(encrypt()).await;
    expect!["500 InternalFailure: The request failed because of an internal error."].assert_eq(&withheld.summary());
    let refusal = world.json("TrentService.DescribeKey", r#"{"KeyId":"k"}"#);
    assert_eq!(world.send(refusal).await.status, 500, "refusals too");
    assert_eq!(world.send(encrypt().without("authorization")).await.status, 500, "refusals at the door too");
    world.recorder.set_failing(false);
    assert_eq!(world.send(encrypt()).await.status, 200);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_the_record() {
    let world = World::new().await;
    let request = world.json("TrentService.EnableKey", r#"{"KeyId":"k"}"#);
    let mut head = format!("{}\r\nhost: {}\r\ncontent-length: {}\r\n", request.line, world.address, request.body.len());
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    stream.write_all(&request.body).await.unwrap();
    until("the call began", async || world.toy.waiting.load(std::sync::atomic::Ordering::SeqCst) == 1).await;
    drop(stream);
    // The server reads the end of the connection before it answers another one.
    assert_eq!(world.send(world.json("TrentService.DescribeKey", r#"{"KeyId":"k"}"#)).await.status, 400);
    world.toy.gate.add_permits(1);
    let recorded = async || world.last_record() == "Root AKIDEXAMPLE kms.amazonaws.com EnableKey OK";
    until("the record of the call", recorded).await;
}

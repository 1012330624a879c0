//! What is bounded is refused beyond its bound, and the rest is served on.

use crate::grpc_client::Connection;
use crate::signing::Signing;
use crate::world::{World, until};
use expect_test::expect;
use gateway::Limits;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ENABLE: (&str, &str) = ("TrentService.EnableKey", r#"{"KeyId":"k"}"#);
const DESCRIBE: (&str, &str) = ("TrentService.DescribeKey", r#"{"KeyId":"k"}"#);

#[tokio::test]
async fn one_call_too_many_is_throttled() {
    let world = World::with(Limits { calls_max: 1, waiting_max: 0, ..Limits::default() }, false).await;
    let enable = world.send(world.json(ENABLE.0, ENABLE.1));
    let then = async {
        until("the first call", async || world.toy.waiting.load(Ordering::SeqCst) == 1).await;
        let throttled = world.send(world.json(DESCRIBE.0, DESCRIBE.1)).await;
        world.toy.gate.add_permits(1);
        throttled
    };
    let (enabled, throttled) = tokio::join!(enable, then);
    expect!["400 ThrottlingException: Rate exceeded"].assert_eq(&throttled.summary());
    assert_eq!(enabled.status, 200);
    assert!(world.send(world.json(DESCRIBE.0, DESCRIBE.1)).await.summary().contains("NotFoundException"));
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_answered_in_time() {
    let world = World::with(Limits { call_time: Duration::from_millis(50), ..Limits::default() }, false).await;
    expect!["503 ServiceUnavailableException: The service is temporarily unavailable. Try again."]
        .assert_eq(&world.send(world.json(ENABLE.0, ENABLE.1)).await.summary());
}

#[tokio::test]
async fn one_connection_too_many_is_closed() {
    let world =
        World::with(Limits { connections_per_ip_max: 2, loopback_exempt: false, ..Limits::default() }, false).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(TcpStream::connect(world.address).await.unwrap());
    }
    let mut third = TcpStream::connect(world.address).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(5), third.read(&mut [0])).await;
    assert_eq!(closed.expect("closed at once").unwrap_or(0), 0, "closed without a word");
    drop(held);
    until("the places are given back", async || {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.is_ok()
            && stream.read(&mut [0]).await.is_ok_and(|read| read == 1)
    })
    .await;
}

#[tokio::test]
async fn heads_are_bounded() {
    let world = World::new().await;
    let raw = async |head: String| {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer.lines().next().unwrap_or_default().to_owned()
    };
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    assert_eq!(
        raw(format!("POST / HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await,
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
    let long = "y".repeat(40_000);
    let answer = raw(format!("POST / HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n")).await;
    assert!(answer.contains("431") || answer.is_empty(), "{answer}");
    assert_eq!(raw("nonsense\r\n\r\n".to_owned()).await, "HTTP/1.1 400 Bad Request");
    let smuggled = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n";
    assert_eq!(raw(smuggled.to_owned()).await, "HTTP/1.1 400 Bad Request");
}

#[tokio::test]
async fn open_calls_are_answered_at_shutdown_and_new_ones_are_not_taken() {
    let mut world = World::new().await;
    let stop = world.stop.take().unwrap();
    let shutdown = async {
        until("the call began", async || world.toy.waiting.load(Ordering::SeqCst) == 1).await;
        stop.send(()).unwrap();
        until("the port is closed", async || TcpStream::connect(world.address).await.is_err()).await;
        world.toy.gate.add_permits(1);
    };
    let (response, ()) = tokio::join!(world.send(world.json(ENABLE.0, ENABLE.1)), shutdown);
    assert_eq!(response.status, 200);
    tokio::time::timeout(Duration::from_secs(5), world.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn one_connection_carries_many_calls_at_once_and_those_beyond_the_share_wait() {
    let world = World::new().await;
    let connection = Connection::open(&world).await;
    let path = "/lockstep.kms.v1.KmsService/EnableKey";
    let message = proto::kms::v1::EnableKeyRequest { key_id: Some("k".to_owned()) };
    let signing = || Some(Signing { path, ..Signing::of("kms") });
    let calls: Vec<_> = (0..200).map(|_| connection.call(path, &message, signing())).collect();
    let open = async {
        until("a share of the calls", async || world.toy.waiting.load(Ordering::SeqCst) >= 32).await;
        assert!(world.toy.waiting.load(Ordering::SeqCst) <= Limits::default().calls_per_account_max);
        world.toy.gate.add_permits(200);
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(calls), open);
    assert!(answers.iter().all(|answer| answer.code == tonic::Code::Ok));
}

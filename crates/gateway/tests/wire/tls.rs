//! The same port over TLS.

use crate::grpc_client::Connection;
use crate::signing::Signing;
use crate::world::World;
use gateway::Limits;
use proto::kms::v1::EncryptRequest;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::Code;

fn configs() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let certificate = made.cert.der().clone();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec()];
    (Arc::new(server), Arc::new(client))
}

#[tokio::test]
async fn over_tls_a_payload_may_stay_unsigned() {
    let (server, client) = configs();
    let world = World::over(Some(server), Limits::default(), false).await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let stream = TlsConnector::from(client).connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let connection = Connection::over(&world, stream).await;
    let path = "/lockstep.kms.v1.KmsService/Encrypt";
    let unsigned = Signing {
        path,
        headers: vec![("x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
        payload_hash: Some("UNSIGNED-PAYLOAD"),
        ..Signing::of("kms")
    };
    let message = EncryptRequest { key_id: Some("k".to_owned()), plaintext: Some("abc".into()), ..Default::default() };
    let answer = connection.call(path, &message, Some(unsigned)).await;
    assert_eq!(answer.code, Code::Ok, "{}", answer.summary());
}

#[tokio::test]
async fn what_is_not_tls_gets_no_answer() {
    let world = World::over(Some(configs().0), Limits::default(), false).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the connection is closed");
    assert!(!answer.starts_with(b"HTTP"));
}

/// A ClientHello of TLS 1.0 with one cipher suite and no extension.
fn hello_of_tls_1_0() -> Vec<u8> {
    let mut hello = vec![3, 1];
    hello.extend([7; 32]); // random
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]); // no session; TLS_RSA_WITH_AES_128_CBC_SHA; no compression
    let length = u8::try_from(hello.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat()
}

#[tokio::test]
async fn handshakes_that_do_not_succeed_end_in_time() {
    let world = World::over(Some(configs().0), Limits::default(), false).await;
    let rows: [(&str, Vec<u8>); 6] = [
        ("nothing", Vec::new()),
        ("half a record", vec![22, 3, 1]),
        ("a record that never ends", [&[22, 3, 3, 0x40, 0][..], &[1; 100]].concat()),
        ("garbage", vec![0xff; 20_000]),
        ("TLS 1.0", hello_of_tls_1_0()),
        ("an alert", vec![21, 3, 3, 0, 2, 2, 40]),
    ];
    let attempt = async |(what, sent): (&str, Vec<u8>)| {
        let begun = std::time::Instant::now();
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let _ = stream.write_all(&sent).await;
        let mut answer = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok() && begun.elapsed() < Duration::from_secs(7), "{what} lasted {:?}", begun.elapsed());
        assert!(answer.is_empty() || answer[0] == 21, "{what} is answered by no more than an alert: {answer:?}");
    };
    futures::future::join_all(rows.into_iter().map(attempt)).await;
    assert!(world.recorder.records().is_empty());
}

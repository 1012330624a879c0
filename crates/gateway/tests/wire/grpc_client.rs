//! gRPC over HTTP/2 by hand, so that a test can send what no library would.

use crate::signing::Signing;
use crate::world::World;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// One HTTP/2 connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub code: Code,
    pub status: Status,
    pub message: Bytes,
    pub headers: HeaderMap,
}

impl Connection {
    pub async fn open(world: &World) -> Self {
        Self::over(world, TcpStream::connect(world.address).await.unwrap()).await
    }

    /// Over a stream to the world's port.
    pub async fn over(world: &World, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, authority: world.address.to_string() }
    }

    /// Calls `path` with a message, signed or not.
    pub async fn call(&self, path: &str, message: &impl prost::Message, signing: Option<Signing<'_>>) -> Answer {
        let message = message.encode_to_vec();
        let headers = signing.map(|signing| signing.headers(&self.authority, &message)).unwrap_or_default();
        self.send(path, framed(0, &message), &headers).await
    }

    /// Sends a body as it is.
    pub async fn send(&self, path: &str, body: Vec<u8>, headers: &[(String, String)]) -> Answer {
        let mut request = Request::post(format!("http://{}{path}", self.authority));
        request = request.header("content-type", "application/grpc").header("te", "trailers");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let response = self.sender.clone().send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        assert_eq!(head.status, 200, "gRPC says all else in its own status");
        assert_eq!(head.headers["content-type"], "application/grpc");
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let status = Status::from_header_map(&head.headers).or_else(|| Status::from_header_map(&trailers));
        let status = status.expect("a status in headers or trailers");
        let body = body.to_bytes();
        let message = if body.is_empty() { body } else { body.slice(5..) };
        Answer { code: status.code(), status, message, headers: head.headers }
    }
}

impl Answer {
    /// The status and its details, in one line.
    pub fn summary(&self) -> String {
        let id = self.headers["x-amzn-requestid"].to_str().unwrap();
        assert_eq!(id.len(), 36, "{id}");
        let details = self.status.get_error_details();
        let mut line = format!("{:?}: {}", self.code, self.status.message());
        if let Some(info) = details.error_info() {
            line += &format!(" [{} {}]", info.domain, info.reason);
        }
        if details.retry_info().is_some() {
            line += " [retry]";
        }
        for violation in details.bad_request().iter().flat_map(|request| &request.field_violations) {
            line += &format!(" [{}: {}]", violation.field, violation.description);
        }
        line
    }
}

/// A message behind gRPC's five bytes.
pub fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flag], &length[..], message].concat()
}

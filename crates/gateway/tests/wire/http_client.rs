//! HTTP/1.1 by hand, so that a test can send what no library would.

use crate::signing::Signing;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request, in pieces that tests change.
pub struct Request {
    pub line: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl World {
    /// A signed AWS JSON request.
    pub fn json(&self, target: &str, body: impl AsRef<[u8]>) -> Request {
        let service = match target.split('.').next() {
            Some("AmazonSSM") => "ssm",
            _ => "kms",
        };
        self.json_signed(target, body, |_| {}, service)
    }

    /// The same, with the signature spoilt by `spoil`.
    pub fn json_signed<'a>(
        &self,
        target: &'a str,
        body: impl AsRef<[u8]>,
        spoil: impl FnOnce(&mut Signing<'a>),
        service: &'a str,
    ) -> Request {
        let mut signing = Signing::of(service);
        signing.headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        spoil(&mut signing);
        let body = body.as_ref().to_vec();
        Request { line: "POST / HTTP/1.1", headers: signing.headers(&self.address.to_string(), &body), body }
    }

    /// Sends it and reads the answer to its end.
    pub async fn send(&self, request: Request) -> Response {
        let mut head = format!("{}\r\nhost: {}\r\nconnection: close\r\n", request.line, self.address);
        let is_framed = request.headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding");
        if !is_framed {
            head += &format!("content-length: {}\r\n", request.body.len());
        }
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        stream.write_all(&request.body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Response::read(&String::from_utf8(answer).unwrap())
    }
}

impl Request {
    /// With one more header, or another value for one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self
    }
}

impl Response {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    /// The status and what the body says, in one line. Every error must say its code, and every answer its id.
    pub fn summary(&self) -> String {
        let id = self.headers.get("x-amzn-requestid").expect("every answer has an id");
        assert_eq!(id.len(), 36, "{id}");
        let body: Value = serde_json::from_str(&self.body).expect("every answer is JSON");
        let Some(code) = body.get("__type") else { return format!("{} {body}", self.status) };
        let text = body.get("message").or(body.get("Message")).and_then(Value::as_str).unwrap_or("-");
        format!("{} {}: {text}", self.status, code.as_str().unwrap())
    }
}

//! HTTP/2 frame by frame (RFC 9113), so that a test can send what no library would.

use crate::world::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// A connection that has said its preface and its settings.
pub struct Raw(pub TcpStream);

/// One frame that came.
pub struct Frame {
    pub kind: u8,
    pub payload: Vec<u8>,
}

/// `:method POST`, `:scheme http`, `:path /`, and `:authority x`, in HPACK (RFC 7541).
pub const GOOD_HEAD: [u8; 6] = [0x83, 0x86, 0x84, 0x41, 0x01, b'x'];

impl Raw {
    pub async fn open(world: &World) -> Self {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut raw = Self(stream);
        raw.send(SETTINGS, 0, 0, &[]).await.unwrap();
        raw
    }

    pub async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        self.0.write_all(&frame(kind, flags, stream, payload)).await
    }

    /// The next frame; `None` when the connection is closed.
    pub async fn receive(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], payload })
    }

    /// Reads on until the other side says that it goes, or goes; the error code of its GOAWAY.
    pub async fn farewell(&mut self) -> Option<u32> {
        while let Some(frame) = self.receive().await {
            if frame.kind == GOAWAY {
                return frame.payload.get(4..8).map(|code| u32::from_be_bytes(code.try_into().unwrap()));
            }
        }
        None
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A header field that is in no table.
pub fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&integer(text.len())[..], text.as_bytes()].concat();
    [&[0][..], &text(name), &text(value)].concat()
}

/// A length with a prefix of seven bits (RFC 7541, 5.1).
fn integer(value: usize) -> Vec<u8> {
    let Some(mut rest) = value.checked_sub(127) else { return vec![u8::try_from(value).unwrap()] };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

//! What no client sends, on a real socket: each is refused in AWS's form or ends its connection, in bounded time, and others
//! are answered meanwhile.

use crate::http_client::Request;
use crate::raw_http2::{self as http2, Raw};
use crate::signing::Signing;
use crate::world::World;
use gateway::Limits;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

const ENCRYPT: &str = "TrentService.Encrypt";
const GOOD: &str = r#"{"KeyId":"k","Plaintext":"YWJj"}"#;

/// Runs an attack, and a well-behaved client beside it, each of whose calls is answered soon.
async fn beside_a_client<T>(world: &World, attack: impl Future<Output = T>) -> T {
    let client = async {
        loop {
            let call = tokio::time::timeout(Duration::from_secs(2), world.send(world.json(ENCRYPT, GOOD)));
            assert_eq!(call.await.expect("answered meanwhile").status, 200);
            tokio::time::sleep(Duration::from_millis(50)).await; // a client that is not in a hurry
        }
    };
    let done = tokio::select! {
        done = attack => done,
        () = client => unreachable!("it goes on"),
    };
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.status, 200, "and afterwards");
    done
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.address).await.unwrap()
}

/// What is answered until the connection is closed, and after how long that is. At most half a minute.
async fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection is never closed");
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

/// The head of a signed request, for a body that a test sends as it likes.
fn signed_head(world: &World, body: &str, framing: &str) -> String {
    let mut signing = Signing::of("kms");
    signing.headers = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", ENCRYPT)];
    let headers = signing.headers(&world.address.to_string(), body.as_bytes());
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("POST / HTTP/1.1\r\nhost: {}\r\n{lines}{framing}\r\n\r\n", world.address)
}

#[tokio::test]
async fn heads_that_come_slowly_or_not_at_all_end_their_connection() {
    let world = World::new().await;
    // What is sent at once, what is sent again and again, and how long that may go on at most.
    let rows: [(&[u8], &[u8], u64); 5] = [
        (b"POST / HTTP/1.1\r\nhost: x\r\n", b"x: y\r\n", 6),
        (b"POST / HTTP/1.1\r\nhost: x\r\nx: ", b"y", 6),
        (b"", b"", 21),
        (b"PRI * HT", b"", 21),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", b"", 21),
    ];
    let slow = async |(first, again, seconds_max): (&[u8], &[u8], u64)| {
        let (mut reading, mut writing) = connect(&world).await.into_split();
        writing.write_all(first).await.unwrap();
        let begun = Instant::now();
        let drip = async {
            while writing.write_all(again).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await; // the attack itself
            }
            std::future::pending::<()>().await;
        };
        let closed = async { while reading.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {} };
        tokio::select! {
            () = closed => {}
            () = drip => {}
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
        }
        let lasted = begun.elapsed();
        assert!(lasted < Duration::from_secs(seconds_max), "{first:?} lasted {lasted:?}");
    };
    beside_a_client(&world, futures::future::join_all(rows.into_iter().map(slow))).await;
}

#[tokio::test]
async fn a_head_of_http2_that_never_ends_ends_its_connection() {
    let world = World::new().await;
    let attack = async {
        let mut raw = Raw::open(&world).await;
        raw.send(http2::HEADERS, http2::END_STREAM, 1, &http2::GOOD_HEAD).await.unwrap();
        let begun = Instant::now();
        let _ = tokio::time::timeout(Duration::from_secs(30), raw.farewell()).await.expect("closed");
        assert!(begun.elapsed() < Duration::from_secs(21), "{:?}", begun.elapsed());
    };
    beside_a_client(&world, attack).await;
}

#[tokio::test]
async fn bodies_that_come_slowly_are_given_up() {
    let world = World::new().await;
    let rows: [(&str, bool); 3] = [("", false), ("{\"KeyId\"", false), ("{", true)];
    let slow = async |(first, drips): (&str, bool)| {
        let head = signed_head(&world, GOOD, "content-length: 60000");
        let (reading, mut writing) = connect(&world).await.into_split();
        writing.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
        let drip = tokio::spawn(async move {
            while drips && writing.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await; // the attack itself: 20 bytes a second
            }
            std::future::pending::<()>().await;
        });
        let begun = Instant::now();
        let mut answer = String::new();
        let mut reading = tokio::io::BufReader::new(reading);
        let read = tokio::time::timeout(Duration::from_secs(20), reading.read_to_string(&mut answer)).await;
        drip.abort();
        assert!(read.is_ok() && begun.elapsed() < Duration::from_secs(8), "{first:?} lasted {:?}", begun.elapsed());
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("RequestTimeoutException"), "{answer}");
    };
    beside_a_client(&world, futures::future::join_all(rows.into_iter().map(slow))).await;
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_end_their_connection() {
    const STREAMS: u32 = 20_000;
    let world = World::new().await;
    let attack = async {
        let mut raw = Raw::open(&world).await;
        let mut sent = 0;
        for number in 0..STREAMS {
            let stream = 2 * number + 1;
            let pair = [
                http2::frame(http2::HEADERS, http2::END_HEADERS, stream, &http2::GOOD_HEAD),
                http2::frame(http2::RST_STREAM, 0, stream, &8_u32.to_be_bytes()),
            ];
            if raw.0.write_all(&pair.concat()).await.is_err() {
                break;
            }
            sent += 1;
        }
        let code = tokio::time::timeout(Duration::from_secs(10), raw.farewell()).await.expect("closed");
        assert!(matches!(code, None | Some(11)), "GOAWAY with {code:?}, not ENHANCE_YOUR_CALM");
        assert!(sent < STREAMS || code.is_some(), "nothing stopped it");
    };
    beside_a_client(&world, attack).await;
}

#[tokio::test]
async fn continuations_without_end_end_their_connection() {
    const FRAMES: usize = 10_000;
    let world = World::new().await;
    let attack = async {
        let mut raw = Raw::open(&world).await;
        raw.send(http2::HEADERS, http2::END_STREAM, 1, &http2::GOOD_HEAD).await.unwrap();
        let lines = http2::field("x", &"y".repeat(4_000)).repeat(4);
        let mut sent = 0;
        while sent < FRAMES && raw.send(http2::CONTINUATION, 0, 1, &lines).await.is_ok() {
            sent += 1;
        }
        assert!(sent < FRAMES, "{FRAMES} frames of 16 KiB were taken");
    };
    beside_a_client(&world, attack).await;
}

#[tokio::test]
async fn header_lists_of_http2_are_bounded() {
    let world = World::new().await;
    let answer = async |fields: Vec<u8>| {
        let mut raw = Raw::open(&world).await;
        let mut block = http2::GOOD_HEAD.to_vec();
        block.extend(fields);
        let mut pieces = block.chunks(16_000).peekable();
        let mut kind = http2::HEADERS;
        while let Some(piece) = pieces.next() {
            let last = if pieces.peek().is_none() { http2::END_HEADERS } else { 0 };
            raw.send(kind, last | if kind == http2::HEADERS { http2::END_STREAM } else { 0 }, 1, piece).await.unwrap();
            kind = http2::CONTINUATION;
        }
        loop {
            let frame = raw.receive().await?;
            if frame.kind == http2::HEADERS {
                return Some(frame.payload);
            }
        }
    };
    // The status as text, or as HPACK's code for that text (RFC 7541, appendix B).
    let says_431 = |payload: &[u8]| {
        payload.windows(3).any(|text| text == b"431") || payload.windows(3).any(|coded| coded == [0x69, 0x90, 0xff])
    };
    let named = [
        http2::field("content-type", "application/x-amz-json-1.1"),
        http2::field("x-amz-target", ENCRYPT),
        http2::field("x-amz-date", "20261121T184903Z"),
    ];
    for (lines, refused) in [
        (http2::field("x", "y").repeat(97), false),
        (http2::field("x", "y").repeat(98), true),
        (http2::field("x", &"y".repeat(4_000)).repeat(3), false),
        (http2::field("x", &"y".repeat(4_000)).repeat(5), true),
    ] {
        let found = answer([named.concat(), lines].concat()).await.expect("an answer");
        assert_eq!(says_431(&found), refused, "{found:?}");
    }
}

#[tokio::test]
async fn idle_connections_take_places_and_nothing_else() {
    let limits = Limits { loopback_exempt: false, ..Limits::default() };
    let world = World::with(limits, false).await;
    let mut held = Vec::new();
    for _ in 0..2_000 {
        held.push(connect(&world).await);
    }
    // Beyond 256 they were closed at once; another address has its own.
    let mut closed = 0;
    for stream in &mut held {
        let read = tokio::time::timeout(Duration::from_millis(5), stream.read(&mut [0])).await;
        closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
    }
    assert_eq!(held.len() - closed, 256);
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = socket.connect(world.address).await.unwrap();
    let request = signed_head(&world, GOOD, &format!("content-length: {}\r\nconnection: close", GOOD.len()));
    other.write_all(format!("{request}{GOOD}").as_bytes()).await.unwrap();
    assert!(until_closed(other).await.0.starts_with("HTTP/1.1 200"));
    // And those that say nothing give their places back.
    for stream in held {
        until_closed(stream).await;
    }
    assert_eq!(world.send(world.json(ENCRYPT, GOOD)).await.status, 200);
}

#[tokio::test]
async fn thousands_of_idle_connections_are_borne() {
    const CONNECTIONS: usize = 5_000;
    let world = World::new().await;
    let attack = async {
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push(connect(&world).await);
        }
        held
    };
    let held = beside_a_client(&world, attack).await;
    assert_eq!(held.len(), CONNECTIONS);
}

#[tokio::test]
async fn encoded_bodies_are_not_decoded() {
    let world = World::new().await;
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, identity"] {
        let bomb = Request { body: vec![0x1f; 60_000], ..world.json(ENCRYPT, GOOD) };
        let answer = world.send(bomb.header("content-encoding", encoding)).await;
        assert_eq!(
            answer.summary(),
            "415 UnsupportedMediaTypeException: Encoded request bodies are not accepted.",
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn lengths_that_lie_smuggle_nothing() {
    let world = World::new().await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = GOOD.len();
    // The framing, what follows the head, and what the first answer is; nothing may be answered after it.
    let rows = [
        (format!("content-length: {length}\r\ntransfer-encoding: chunked"), format!("0\r\n\r\n{smuggled}"), "400"),
        (format!("transfer-encoding: chunked\r\ncontent-length: {length}"), format!("0\r\n\r\n{smuggled}"), "400"),
        ("transfer-encoding: chunked".to_owned(), format!("{length:x}\r\n{GOOD}\r\n0\r\n\r\n{smuggled}"), "200"),
        ("transfer-encoding: xchunked".to_owned(), format!("0\r\n\r\n{smuggled}"), "400"),
        ("transfer-encoding: chunked, identity".to_owned(), format!("0\r\n\r\n{smuggled}"), "400"),
        ("transfer-encoding: chunked".to_owned(), format!("ffffffffffffffffff\r\n{smuggled}"), "400"),
        ("transfer-encoding: chunked".to_owned(), format!("-1\r\n{smuggled}"), "400"),
        ("content-length: -1".to_owned(), smuggled.to_owned(), "400"),
        ("content-length: 99999999999999999999".to_owned(), smuggled.to_owned(), "400"),
        (format!("content-length: {length}, {}", length + 1), smuggled.to_owned(), "400"),
        (format!("content-length: {length}\r\ncontent-length: 0"), smuggled.to_owned(), "400"),
    ];
    for (framing, rest, status) in rows {
        let mut stream = connect(&world).await;
        let head = signed_head(&world, GOOD, &framing);
        stream.write_all(format!("{head}{rest}").as_bytes()).await.unwrap();
        let (answer, _) = until_closed(stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{framing} {rest:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing} {rest:?}: {answer}");
    }
    let records = world.recorder.records();
    assert!(records.iter().all(|record| !record.event_name.contains("smuggled")), "a smuggled request was seen");
}

#[tokio::test]
async fn bodies_that_end_early_or_late_are_not_taken_for_others() {
    let world = World::new().await;
    let mut early = connect(&world).await;
    let head = signed_head(&world, GOOD, &format!("content-length: {}", GOOD.len() + 5));
    early.write_all(format!("{head}{GOOD}").as_bytes()).await.unwrap();
    early.shutdown().await.unwrap();
    let (answer, lasted) = until_closed(early).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(lasted < Duration::from_secs(8));
    let mut late = connect(&world).await;
    let head = signed_head(&world, GOOD, &format!("content-length: {}", GOOD.len()));
    late.write_all(format!("{head}{GOOD}and more\r\n\r\n").as_bytes()).await.unwrap();
    let (answer, _) = until_closed(late).await;
    let statuses: Vec<_> = answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "400"], "what follows is no request");
}

#[tokio::test]
async fn a_frame_of_four_gigabytes_is_cut_off() {
    let world = World::new().await;
    let attack = async {
        let mut raw = Raw::open(&world).await;
        let mut block = vec![0x83, 0x86, 0x41, 0x01, b'x'];
        block.extend(http2::field(":path", "/lockstep.kms.v1.KmsService/Encrypt"));
        block.extend(http2::field("content-type", "application/grpc"));
        raw.send(http2::HEADERS, http2::END_HEADERS, 1, &block).await.unwrap();
        let begun = Instant::now();
        let mut sent = 0_usize;
        let mut piece = vec![0, 0xff, 0xff, 0xff, 0xff];
        piece.resize(16_000, 7);
        // The flow control's window stops a sender that nobody reads; this one does not care.
        while sent < 1 << 28 && raw.send(http2::DATA, 0, 1, &piece).await.is_ok() {
            sent += piece.len();
        }
        assert!(sent < 1 << 28, "256 MiB were taken");
        assert!(begun.elapsed() < Duration::from_secs(15));
    };
    beside_a_client(&world, attack).await;
}

#[tokio::test]
async fn bodies_of_json_that_are_traps_are_refused() {
    let world = World::new().await;
    let deep = |open: &str, close: &str| format!(r#"{{"KeyId":{}1{}}}"#, open.repeat(10_000), close.repeat(10_000));
    let malformed = "400 SerializationException: The request body is not valid JSON";
    let too_deep = "400 SerializationException: The request body is nested deeper than 32 levels";
    let twice = "400 SerializationException: The request body has an object with a duplicate key";
    let number = "400 SerializationException: NUMBER_VALUE can not be converted to a String";
    let rows: [(String, &str); 18] = [
        (r#"{"KeyId":"k","\u004beyId":"l","Plaintext":"YQ=="}"#.into(), twice),
        (r#"{"EncryptionContext":{"a":"1","a":"2"}}"#.into(), twice),
        (deep("[", "]"), too_deep),
        (deep(r#"{"a":"#, "}"), too_deep),
        ("[".repeat(60_000), too_deep),
        (r#"{"KeyId":1e400}"#.into(), malformed),
        (r#"{"KeyId":-0}"#.into(), number),
        (format!(r#"{{"KeyId":{}}}"#, "9".repeat(60_000)), malformed),
        (r#"{"KeyId":NaN}"#.into(), malformed),
        (r#"{"KeyId":Infinity}"#.into(), malformed),
        (r#"{"KeyId":0x10}"#.into(), malformed),
        (r#"{"KeyId":"\udfff"}"#.into(), malformed),
        ("{\"KeyId\":\"\0\"}".into(), malformed),
        ("\u{feff}{}".into(), malformed),
        (r#"{"KeyId":"k",}"#.into(), malformed),
        (r#"{"KeyId":"k"}{}"#.into(), malformed),
        (r#"{'KeyId':'k'}"#.into(), malformed),
        (r#"{"KeyId":"k"}\u0000"#.into(), malformed),
    ];
    for (body, expected) in rows {
        let begun = Instant::now();
        let answer = world.send(world.json(ENCRYPT, &body)).await;
        assert_eq!(answer.summary(), expected, "{}", &body[..body.len().min(80)]);
        assert!(begun.elapsed() < Duration::from_secs(2), "{}", &body[..body.len().min(80)]);
    }
    for bytes in [&b"{\"KeyId\":\"\xc3\x28\"}"[..], b"\xff\xfe{\0}\0", b"{\"KeyId\":\"\xed\xa0\x80\"}"] {
        assert_eq!(world.send(world.json(ENCRYPT, bytes)).await.summary(), malformed, "{bytes:?}");
    }
    assert!(world.recorder.records().iter().all(|record| record.error_code.is_some()), "each is recorded as refused");
}

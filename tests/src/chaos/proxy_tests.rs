//! Each of the proxy's faults bites, between two ends that do nothing else.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Instant;

/// An end that sends back what it gets, in a thread of its own; where it listens, and all that it got.
fn echo() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, got) = (listener.local_addr().expect("bound").to_string(), Arc::<Mutex<Vec<u8>>>::default());
    let all = Arc::clone(&got);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, all) = (stream.expect("accepted"), Arc::clone(&all));
            std::thread::spawn(move || {
                let mut piece = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    all.lock().expect("no panic").extend_from_slice(&piece[..count]);
                    if stream.write_all(&piece[..count]).is_err() || piece[..count].contains(&b'!') {
                        return;
                    }
                }
            });
        }
    });
    (address, got)
}

/// What comes back for `text`, and after how long.
fn ask(stream: &mut TcpStream, text: &[u8], answer_bytes: usize) -> (Vec<u8>, Duration) {
    let begun = Instant::now();
    stream.write_all(text).expect("sent");
    let mut answer = vec![0; answer_bytes];
    stream.read_exact(&mut answer).expect("answered");
    (answer, begun.elapsed())
}

#[test]
fn bytes_are_held_up_each_way_and_keep_their_order() {
    let (target, _) = echo();
    let proxy = Proxy::start("127.0.0.1:0", &target, 7).expect("listens");
    let mut stream = TcpStream::connect(proxy.address()).expect("connects");
    let millis = Duration::from_millis;
    for (there, back, jitter) in [(0, 0, 0), (80, 0, 0), (0, 80, 0), (60, 90, 0), (30, 30, 50)] {
        proxy.delay(millis(there), millis(back), millis(jitter));
        let held_up = proxy.held_up();
        let (answer, took) = ask(&mut stream, b"in this order", 13);
        assert_eq!(answer, b"in this order");
        assert!(took >= millis(there + back), "{there}, {back}: {took:?}");
        assert_eq!(proxy.held_up() > held_up, there + back + jitter > 0);
    }
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn bytes_are_sent_twice_and_out_of_order() {
    let (target, _) = echo();
    let proxy = Proxy::start("127.0.0.1:0", &target, 7).expect("listens");
    let mut stream = TcpStream::connect(proxy.address()).expect("connects");
    proxy.tamper(Some(Tampering::Duplicate));
    assert_eq!(ask(&mut stream, b"one", 6).0, b"oneone");
    assert_eq!(proxy.tampered(), 1);
    proxy.tamper(Some(Tampering::Reorder));
    stream.write_all(b"one").expect("sent");
    crate::until("the first is held", Duration::from_secs(5), || (proxy.tampered() == 2).then_some(())).expect("held");
    assert_eq!(ask(&mut stream, b"two", 6).0, b"twoone");
    assert_eq!(proxy.tampered(), 3);
    proxy.tamper(None);
    assert_eq!(ask(&mut stream, b"three", 5).0, b"three");
}

#[test]
fn a_connection_is_replayed_and_pointed_elsewhere() {
    let ((target, got), (other, other_got)) = (echo(), echo());
    let proxy = Proxy::start("127.0.0.1:0", &target, 7).expect("listens");
    let mut stream = TcpStream::connect(proxy.address()).expect("connects");
    assert!(proxy.replay(Duration::from_secs(5)).is_err(), "there is nothing to replay yet");
    ask(&mut stream, b"begin!", 6);
    let (sent, answer) = proxy.replay(Duration::from_secs(5)).expect("replayed");
    assert_eq!((sent, answer.as_slice()), (6, b"begin!".as_slice()));
    assert_eq!(*got.lock().expect("no panic"), b"begin!begin!");
    proxy.point_at(&other).expect("an address");
    proxy.break_all();
    assert_eq!(stream.read(&mut [0]).expect("closed, not broken off"), 0);
    let mut stream = TcpStream::connect(proxy.address()).expect("connects");
    ask(&mut stream, b"elsewhere", 9);
    assert_eq!(*other_got.lock().expect("no panic"), b"elsewhere");
    stream.shutdown(Shutdown::Both).expect("open until now");
}

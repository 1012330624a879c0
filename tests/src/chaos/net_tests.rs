//! Each fault of the network bites, between programs that do nothing else.

use super::*;
use crate::until;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const PORT: u16 = 7000;
/// A node that sends back what it gets, and connects to others when it is asked to, in the least that is on every machine.
const ECHO: &str = include_str!("../../shim/echo.py");

/// A process in a node's place.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(network: &Network, number: usize) -> Node {
    let place = network.place(number).expect("a place");
    let mut command = Command::new(&place.wrapper[0]);
    command.args(&place.wrapper[1..]).args(["python3", "-c", ECHO, &address(number), &PORT.to_string()]);
    Node(command.stdin(Stdio::null()).spawn().expect("python3 starts"))
}

/// Asks `from` to send `bytes` bytes to `to` and get them back; how long it took, or `None` when they were not.
fn sends(from: usize, to: usize, bytes: usize) -> Option<Duration> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect((address(from), PORT)).expect("the test reaches every node");
    stream.write_all(format!("{} {bytes}\n", address(to)).as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    (answer == "well").then(|| begun.elapsed())
}

#[test]
fn faults_of_the_network_bite_and_are_counted() -> Result<()> {
    if !is_inside() {
        return inside("chaos::net::tests::faults_of_the_network_bite_and_are_counted");
    }
    // The second of a program finds nothing of the first.
    drop(Network::new(3)?);
    let network = Network::new(3)?;
    let _nodes: Vec<Node> = (0..3).map(|number| start(&network, number)).collect();
    for number in 0..3 {
        let up = || TcpStream::connect((address(number), PORT)).ok();
        until("a node listens", Duration::from_secs(20), up)?;
    }
    check_cuts(&network)?;

    let lost = network.lost()?;
    network.lose(30)?;
    assert!((0..20).any(|_| sends(0, 1, 100_000).is_some()), "seven of ten packets arrive");
    assert!(network.lost()? > lost);
    network.heal()?;

    // 64 kilobytes there and back, of which the way to node 1 is narrow: two seconds at least.
    network.narrow(1, Some(256))?;
    let slow = sends(0, 1, 64_000).context("arrives in the end")?;
    assert!(slow > Duration::from_millis(1_500), "{slow:?}");
    assert!(network.held_up(1)? > 0);
    network.narrow(1, None)?;
    let quick = sends(0, 1, 64_000).context("arrives")?;
    assert!(quick < Duration::from_secs(1), "{quick:?}");
    done();
    Ok(())
}

fn check_cuts(network: &Network) -> Result<()> {
    let reaches = |expected: &[(usize, usize)]| {
        for from in 0..3 {
            for to in (0..3).filter(|to| *to != from) {
                assert_eq!(sends(from, to, 10).is_some(), expected.contains(&(from, to)), "{from} to {to}");
            }
        }
    };
    let all = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
    reaches(&all);
    assert_eq!(network.lost()?, 0);
    network.partition(&[&[0], &[1, 2]])?;
    reaches(&[(1, 2), (2, 1)]);
    let lost = network.lost()?;
    assert!(lost > 0);
    // A connection needs both directions.
    network.cut(&[(0, 1)])?;
    reaches(&[(0, 2), (2, 0), (1, 2), (2, 1)]);
    assert!(network.lost()? > lost);
    assert!(network.lost_at(1)? > 0);
    network.heal()?;
    reaches(&all);
    Ok(())
}

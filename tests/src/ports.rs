//! Ports for whatever a test starts. No port is handed out twice while a test program runs, nor by two that run at once:
//! between looking for a port and listening on it seconds may pass, and a node that was killed comes back to its own.
//!
//! They lie below the range from which the system takes ports for outgoing connections, and below that of `lockstep dev`.

use anyhow::{Context, Result, ensure};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// Where the ports begin, and how many there are: up to the first one of `lockstep dev`.
const FIRST: u16 = 3_840;
const COUNT: u16 = 6_400;
/// So many ports belong to the test program that listens on the first one of them.
const BLOCK: u16 = 64;

static MINE: Mutex<Mine> = Mutex::new(Mine { held: Vec::new(), next: 0, left: 0 });

/// What this program may hand out.
struct Mine {
    /// The first port of each of its blocks; never accepts anything.
    held: Vec<TcpListener>,
    next: u16,
    left: u16,
}

/// Ports that nobody listens on now and nobody else is given.
///
/// # Errors
/// When there are no more.
pub fn free_ports(count: usize) -> Result<Vec<u16>> {
    let mut mine = MINE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        let port = mine.take()?;
        if is_free(port) {
            found.push(port);
        }
    }
    Ok(found)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

impl Mine {
    fn take(&mut self) -> Result<u16> {
        if self.left == 0 {
            self.take_block()?;
        }
        let port = self.next;
        (self.next, self.left) = (port + 1, self.left - 1);
        Ok(port)
    }

    fn take_block(&mut self) -> Result<()> {
        let blocks = COUNT / BLOCK;
        ensure!(self.held.len() < usize::from(blocks), "this program has had every port");
        // A program that was started a moment ago has begun elsewhere, and so this one is soon done.
        let start = u16::try_from(std::process::id() % u32::from(blocks)).expect("below the number of blocks");
        let firsts = (0..blocks).map(|step| FIRST + (start + step) % blocks * BLOCK);
        let mut found = firsts.filter_map(|first| Some((first, TcpListener::bind(("127.0.0.1", first)).ok()?)));
        let (first, listener) = found.next().context("other programs have every port")?;
        self.held.push(listener);
        (self.next, self.left) = (first + 1, BLOCK - 1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_port_is_given_twice_also_when_nobody_listens_on_it() {
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(|| free_ports(30).expect("free ports"))).collect();
        let given: Vec<u16> = threads.into_iter().flat_map(|thread| thread.join().expect("ends")).collect();
        assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 8 * 30);
        assert!(given.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)));
        // The block of each is this program's own.
        assert!(given.iter().all(|port| !is_free(port - (port - FIRST) % BLOCK)));
    }
}

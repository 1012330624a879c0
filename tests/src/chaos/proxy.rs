//! A proxy between nodes: it holds bytes up, in either direction, and can send them twice, in another order, or once more on
//! a connection of their own. This kernel has no such queue of its own, and TLS makes garbage of what was tampered with:
//! the node that gets it must refuse it and go on.

use super::tools::resolved;
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Bytes read at once: what a TLS record holds.
const PIECE_BYTES: usize = 16 << 10;
/// Bytes of a connection's beginning that are kept, to be sent again.
const KEPT_BYTES: usize = 64 << 10;

/// A proxy before one address. Its connections end with it.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// What is done to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Each piece is sent twice.
    Duplicate,
    /// Each piece is sent after the one behind it.
    Reorder,
}

struct Shared {
    behind: Mutex<Behind>,
    held_up: AtomicU64,
    tampered: AtomicU64,
    connections: AtomicU64,
    /// Changes when all connections have to go.
    generation: watch::Sender<u64>,
}

struct Behind {
    target: SocketAddr,
    delays: (Duration, Duration),
    jitter: Duration,
    tampering: Option<Tampering>,
    dice: StdRng,
    /// How the first connection began.
    beginning: Vec<u8>,
    is_kept: bool,
}

impl Proxy {
    /// A proxy on `address` (port 0: any) before `target`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start(address: &str, target: &str, seed: u64) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address)).with_context(|| format!("a proxy on {address}"))?;
        let shared = Arc::new(Shared {
            behind: Mutex::new(Behind {
                target: resolved(target)?,
                delays: Default::default(),
                jitter: Duration::ZERO,
                tampering: None,
                dice: StdRng::seed_from_u64(seed),
                beginning: Vec::new(),
                is_kept: false,
            }),
            held_up: AtomicU64::new(0),
            tampered: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            generation: watch::Sender::new(0),
        });
        let address = listener.local_addr()?;
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { shared, address, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Holds up what goes there, and what comes back, by so much and up to `jitter` more, in the order in which it was sent.
    pub fn delay(&self, there: Duration, back: Duration, jitter: Duration) {
        let mut behind = self.shared.behind();
        (behind.delays, behind.jitter) = ((there, back), jitter);
    }

    /// Tampers with what goes there, until it is `None`.
    pub fn tamper(&self, tampering: Option<Tampering>) {
        self.shared.behind().tampering = tampering;
    }

    /// New connections go to another address.
    ///
    /// # Errors
    /// When it is none.
    pub fn point_at(&self, target: &str) -> Result<()> {
        self.shared.behind().target = resolved(target)?;
        Ok(())
    }

    /// Breaks every connection that there is.
    pub fn break_all(&self) {
        self.shared.generation.send_modify(|generation| *generation += 1);
    }

    /// Sends the beginning of an earlier connection once more, on a new one; how many bytes, and what came back before the
    /// other end closed it.
    ///
    /// # Errors
    /// When there was no connection, or the target cannot be reached, or keeps the connection open.
    pub fn replay(&self, patience: Duration) -> Result<(usize, Vec<u8>)> {
        let (target, bytes) = {
            let behind = self.shared.behind();
            (behind.target, behind.beginning.clone())
        };
        anyhow::ensure!(!bytes.is_empty(), "there was no connection to replay");
        let runtime = self.runtime.as_ref().expect("there until it is dropped");
        let answer = runtime.block_on(async {
            let mut stream = TcpStream::connect(target).await?;
            // The other end may close it before it has read everything.
            let _ = stream.write_all(&bytes).await;
            let mut answer = Vec::new();
            match tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await {
                Ok(Ok(_)) => Ok(answer),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(answer),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
            }
        });
        Ok((bytes.len(), answer.context("a replayed connection")?))
    }

    /// Pieces that were held up so far.
    pub fn held_up(&self) -> u64 {
        self.shared.held_up.load(Ordering::Relaxed)
    }

    /// Pieces that were tampered with so far.
    pub fn tampered(&self) -> u64 {
        self.shared.tampered.load(Ordering::Relaxed)
    }

    /// Connections that were accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Waiting for its tasks is not allowed where another runtime may be running.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn behind(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a piece that was read now is due.
    fn due(&self, way: Way) -> Instant {
        let mut behind = self.behind();
        let delay = if way == Way::There { behind.delays.0 } else { behind.delays.1 };
        let jitter = behind.jitter;
        let held_up = delay + if jitter.is_zero() { jitter } else { behind.dice.random_range(Duration::ZERO..jitter) };
        if !held_up.is_zero() {
            self.held_up.fetch_add(1, Ordering::Relaxed);
        }
        Instant::now() + held_up
    }

    fn keep(&self, is_first: bool, piece: &[u8]) {
        let mut behind = self.behind();
        if is_first && behind.beginning.len() < KEPT_BYTES {
            behind.beginning.extend_from_slice(piece);
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(near: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    let mut generation = shared.generation.subscribe();
    let (target, is_first) = {
        let mut behind = shared.behind();
        (behind.target, !std::mem::replace(&mut behind.is_kept, true))
    };
    let far = TcpStream::connect(target).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let there = carry(near_in, far_out, Arc::clone(&shared), Way::There, is_first);
    let back = carry(far_in, near_out, shared, Way::Back, false);
    // Either end that goes takes the other one along: nodes do not half close.
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = generation.changed() => {}
    }
    Ok(())
}

/// Carries bytes one way until either end goes.
async fn carry(mut from: OwnedReadHalf, to: OwnedWriteHalf, shared: Arc<Shared>, way: Way, is_first: bool) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let writing = write(receiver, to);
    let reading = async move {
        let mut piece = vec![0; PIECE_BYTES];
        let mut held: Option<Vec<u8>> = None;
        while let Ok(count @ 1..) = from.read(&mut piece).await {
            shared.keep(is_first, &piece[..count]);
            let tampering = if way == Way::There { shared.behind().tampering } else { None };
            let due = shared.due(way);
            if tampering.is_some() {
                shared.tampered.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(pieces) = tamper(tampering, piece[..count].to_vec(), &mut held)
                && send(&sender, due, pieces).is_err()
            {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}

/// What is sent in a piece's place; `None` when it waits for the next one.
fn tamper(tampering: Option<Tampering>, piece: Vec<u8>, held: &mut Option<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    match (tampering, held.take()) {
        (Some(Tampering::Duplicate), None) => Some(vec![piece.clone(), piece]),
        (Some(Tampering::Reorder), None) => {
            *held = Some(piece);
            None
        }
        (_, Some(former)) => Some(vec![piece, former]),
        (None, None) => Some(vec![piece]),
    }
}

type Due = (Instant, Vec<u8>);

fn send(sender: &UnboundedSender<Due>, due: Instant, pieces: Vec<Vec<u8>>) -> Result<(), ()> {
    pieces.into_iter().try_for_each(|piece| sender.send((due, piece)).map_err(drop))
}

async fn write(mut pieces: UnboundedReceiver<Due>, mut to: OwnedWriteHalf) {
    while let Some((due, piece)) = pieces.recv().await {
        sleep_until(due).await;
        if to.write_all(&piece).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;

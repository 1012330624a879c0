//! Asks each zone, ten times a second, whether it is ready. A process that is paused or wedged accepts connections, for
//! the system does that; only an answer shows that it lives.

use super::limits;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How a zone was when it was last asked, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Health {
    /// It answers requests.
    Ready = 0,
    /// It lives, and would answer 503.
    Unready = 1,
    /// It has not been asked, or has missed an answer.
    Unknown = 2,
    /// It has not answered for a while, though the system accepts for it.
    Silent = 3,
    /// Nobody listens.
    Down = 4,
}

/// A zone as the front sees it.
pub struct Target {
    /// Where its clients' port is.
    pub clients: SocketAddr,
    metrics: SocketAddr,
    health: AtomicU8,
    /// Counts how often the zone was given up; connections made before are cut.
    given_up: watch::Sender<u64>,
}

impl Target {
    /// A zone that has not been asked yet.
    pub fn new(clients: SocketAddr, metrics: SocketAddr) -> Arc<Self> {
        let health = AtomicU8::new(Health::Unknown as u8);
        Arc::new(Self { clients, metrics, health, given_up: watch::Sender::new(0) })
    }

    /// How it was when it was last asked.
    pub fn health(&self) -> Health {
        match self.health.load(Ordering::Acquire) {
            0 => Health::Ready,
            1 => Health::Unready,
            2 => Health::Unknown,
            3 => Health::Silent,
            _ => Health::Down,
        }
    }

    /// Notes what was found out about the zone.
    pub fn set(&self, health: Health) {
        let before = self.health.swap(health as u8, Ordering::AcqRel);
        if health >= Health::Silent && before < Health::Silent as u8 {
            self.given_up.send_modify(|times| *times += 1);
        }
    }

    /// Fires when the zone is given up from now on.
    pub fn given_up(&self) -> watch::Receiver<u64> {
        self.given_up.subscribe()
    }

    /// Asks for as long as the command lives.
    pub async fn watch(self: Arc<Self>) {
        let mut silences = 0;
        let mut tick = tokio::time::interval(limits::HEALTH_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let found = match tokio::time::timeout(limits::HEALTH_WITHIN, ask(self.metrics)).await {
                Ok(Ok(200)) => Health::Ready,
                Ok(Ok(_)) => Health::Unready,
                Ok(Err(cause)) if cause.kind() == std::io::ErrorKind::ConnectionRefused => Health::Down,
                Ok(Err(_)) | Err(_) => Health::Unknown,
            };
            silences = if found == Health::Unknown { silences + 1 } else { 0 };
            self.set(if silences >= limits::SILENCES_MAX { Health::Silent } else { found });
        }
    }
}

/// The status of `/readyz`.
async fn ask(address: SocketAddr) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: zone\r\nconnection: close\r\n\r\n").await?;
    // `HTTP/1.1 200`: the rest does not matter.
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    let status = std::str::from_utf8(&line[9..]).ok().and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

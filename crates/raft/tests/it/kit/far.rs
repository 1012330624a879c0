//! A network as slow as a test wants it: whatever goes either way over a connection arrives so much later.

use async_trait::async_trait;
use raft::{Connection, PeerName, SharedTls, Transport};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// The product's transport over such a network.
pub struct Far {
    pub tls: Arc<SharedTls>,
    /// How much later, in milliseconds, one way.
    pub one_way_millis: Arc<AtomicU64>,
}

#[async_trait]
impl Transport for Far {
    async fn connect(&self, address: &str, peer: PeerName) -> io::Result<Connection> {
        let (near_in, near_out) = tokio::io::split(self.tls.connect(address, peer).await?);
        let (own, far) = tokio::io::duplex(1 << 20);
        let (far_in, far_out) = tokio::io::split(far);
        tokio::spawn(carry(near_in, far_out, Arc::clone(&self.one_way_millis)));
        tokio::spawn(carry(far_in, near_out, Arc::clone(&self.one_way_millis)));
        Ok(Box::new(own))
    }
}

/// Carries bytes, each as much later as the delay is when it sets out, in order.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, one_way_millis: Arc<AtomicU64>) {
    let (sender, mut on_the_way) = mpsc::unbounded_channel();
    let setting_out = async move {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let arrives = Instant::now() + Duration::from_millis(one_way_millis.load(Ordering::Relaxed));
            let _ = sender.send((arrives, bytes[..read].to_vec()));
        }
    };
    let arriving = async move {
        while let Some((at, bytes)) = on_the_way.recv().await {
            sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
    };
    tokio::join!(setting_out, arriving);
}

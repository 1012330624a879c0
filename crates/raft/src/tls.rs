//! Certificates of the links between peers, replaceable while the node runs.

use arc_swap::ArcSwap;
use std::sync::Arc;

/// The two ends of a link.
#[derive(Clone)]
pub struct PeerTls {
    /// For accepting. Should ask for a client certificate of the cluster's CA and not require one: a joining node has none.
    pub server: Arc<rustls::ServerConfig>,
    /// For connecting: trusts the cluster's CA, shows this node's certificate.
    pub client: Arc<rustls::ClientConfig>,
}

/// [`PeerTls`] that can be replaced: new connections use the new one.
pub struct SharedTls(ArcSwap<PeerTls>);

impl SharedTls {
    /// Starts with `tls`.
    pub fn new(tls: PeerTls) -> Self {
        Self(ArcSwap::from_pointee(tls))
    }

    /// Replaces it.
    pub fn set(&self, tls: PeerTls) {
        self.0.store(Arc::new(tls));
    }

    /// What new connections use.
    pub fn get(&self) -> Arc<PeerTls> {
        self.0.load_full()
    }
}

//! A gateway, put together.

use crate::{Limits, Readiness, Services};
use events::Recorder;
use replica::Clock;
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The wire of one node: any number of ports, any number of Regions behind each.
pub struct Gateway {}

impl Gateway {
    /// A gateway without Regions.
    pub fn builder(clock: Arc<dyn Clock>, recorder: Arc<dyn Recorder>, readiness: Arc<dyn Readiness>) -> Builder {
        let _ = (clock, recorder, readiness);
        Builder {}
    }

    /// Serves `listener` until `shutdown` is done and open requests are answered or [`Limits::drain_time`] is over; over
    /// TLS with `tls`.
    ///
    /// # Errors
    /// When the listener itself breaks.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> io::Result<()> {
        let _ = (listener, tls);
        shutdown.await;
        Ok(())
    }
}

/// Puts a [`Gateway`] together.
pub struct Builder {}

impl Builder {
    /// Other limits than the default ones.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        let _ = limits;
        self
    }

    /// Serves one more Region. The first is the one that answers requests which name none.
    #[must_use]
    pub fn region(self, services: Services) -> Self {
        let _ = services;
        self
    }

    /// The gateway.
    ///
    /// # Panics
    /// Without a Region.
    pub fn build(self) -> Arc<Gateway> {
        Arc::new(Gateway {})
    }
}

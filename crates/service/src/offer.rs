//! Operations without their types: what a service hands the gateway, compiled where the service is.

use crate::{Call, Fault, Operations};
use bytes::Bytes;
use futures::future::BoxFuture;
use prost::Message as _;
use serde_json::Value;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

/// The operations that a service offers.
pub type Offers = Vec<Box<dyn Offer>>;

/// The operations that `list` lists of `service`. Called in the service's own crate, it compiles them there.
pub fn offers<S: Send + Sync + 'static>(service: Arc<S>, list: impl FnOnce(&mut Listing<S>)) -> Offers {
    let mut listing = Listing { service, offers: Vec::new() };
    list(&mut listing);
    listing.offers
}

/// Where one service lists its operations.
pub struct Listing<S> {
    service: Arc<S>,
    offers: Offers,
}

impl<S: Send + Sync + 'static> Operations<S> for Listing<S> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: proto::Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let offer = Typed { service: self.service.clone(), run: Arc::new(run), request: PhantomData };
        self.offers.push(Box::new(offer));
    }
}

/// A built operation.
pub trait Offer: Send + Sync {
    /// Its service and its name.
    fn name(&self) -> (&'static str, &'static str);

    /// The request that a body holds, held to AWS's model.
    ///
    /// # Errors
    /// [`Unreadable`]
    fn read(&self, body: Body<'_>) -> Result<Box<dyn Prepared>, Unreadable>;
}

/// A request as it came.
pub enum Body<'a> {
    /// AWS JSON.
    Json(&'a [u8]),
    /// A protobuf message.
    Protobuf(Bytes),
}

/// A request that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no such message.
    Malformed(String),
    /// AWS's model forbids it; in AWS's words.
    Invalid(String),
}

/// A request that is ready to run.
pub trait Prepared: Send + Sync {
    /// Its members, secrets included.
    fn members(&self) -> Value;

    /// Runs the operation. May be called again: then it starts anew.
    fn run(&self, call: Call) -> BoxFuture<'static, Result<Box<dyn Answered>, Fault>>;
}

/// What a successful operation answers.
pub trait Answered: Send + Sync {
    /// Its members, secrets included.
    fn members(&self) -> Value;

    /// As AWS JSON.
    fn json(&self) -> Vec<u8>;

    /// How long it is as a protobuf message.
    fn message_length(&self) -> usize;

    /// Appends it as a protobuf message.
    fn append_message(&self, bytes: &mut Vec<u8>);
}

struct Typed<S, Rq, F> {
    service: Arc<S>,
    run: Arc<F>,
    request: PhantomData<fn(Rq)>,
}

struct Ready<S, Rq, F> {
    service: Arc<S>,
    run: Arc<F>,
    request: Rq,
}

struct Reply<Rq: proto::Operation>(Rq::Output);

impl<S, Rq, F, Fut> Offer for Typed<S, Rq, F>
where
    S: Send + Sync + 'static,
    Rq: proto::Operation,
    F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
{
    fn name(&self) -> (&'static str, &'static str) {
        (Rq::SERVICE, Rq::NAME)
    }

    fn read(&self, body: Body<'_>) -> Result<Box<dyn Prepared>, Unreadable> {
        let valid = match body {
            Body::Json(body) => {
                let decoded = proto::json::decode::<Rq>(body);
                decoded.map_err(|cause| Unreadable::Malformed(cause.to_string()))?.validated()
            }
            Body::Protobuf(body) => {
                let message = Rq::decode(body);
                let message = message.map_err(|_| Unreadable::Malformed("The message is malformed".to_owned()))?;
                proto::validate(&message).map(|()| message)
            }
        };
        let request = valid.map_err(Unreadable::Invalid)?;
        Ok(Box::new(Ready { service: self.service.clone(), run: self.run.clone(), request }))
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
        members(&self.request)
    }

    fn run(&self, call: Call) -> BoxFuture<'static, Result<Box<dyn Answered>, Fault>> {
        let running = (self.run)(self.service.clone(), call, self.request.clone());
        Box::pin(async move {
            let answered: Box<dyn Answered> = Box::new(Reply::<Rq>(running.await?));
            Ok(answered)
        })
    }
}

impl<Rq: proto::Operation> Answered for Reply<Rq> {
    fn members(&self) -> Value {
        members(&self.0)
    }

    fn json(&self) -> Vec<u8> {
        proto::json::encode(&self.0)
    }

    fn message_length(&self) -> usize {
        self.0.encoded_len()
    }

    fn append_message(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes).expect("a Vec has room");
    }
}

fn members(message: &impl serde::Serialize) -> Value {
    serde_json::to_value(message).expect("messages have text keys only")
}

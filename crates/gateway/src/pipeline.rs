//! What happens to every request, whatever its wire: authenticate → decode → dispatch → record.
//!
//! An answer that cannot be recorded does not go out. A client that hangs up does not stop a call half-way, so that what
//! was done is always recorded.

use crate::admission::{Holder, Place};
use crate::arrival::{Arrival, Target};
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::recording::Trace;
use crate::registry::Services;
use crate::{attempt, limits, measure, message, signature};
use bytes::Bytes;
use events::Stranger;
use futures::FutureExt as _;
use replica::Timestamp;
use serde_json::Value;
use service::{Answered, Call, Fault, FaultKind, Prepared};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// How a call ended, for its wire to write down. It holds plaintexts, so it has no Debug.
pub(crate) struct Answer {
    /// `x-amzn-RequestId`.
    pub request_id: String,
    /// What was asked for.
    pub target: Target,
    /// The answer in the request's form.
    pub outcome: Result<Bytes, Failure>,
}

/// What a successful operation answers.
struct Done {
    /// The answer in the request's form.
    body: Body,
    /// Its members, without those that a record must not hold.
    members: Value,
}

/// The bytes of an answer, wiped when they have been taken. Until then the call keeps its place: an account whose clients
/// take nothing fills its own share of the node, and no more.
struct Body {
    bytes: Zeroizing<Vec<u8>>,
    _place: Place,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Gateway {
    /// Answers a request.
    pub(crate) async fn answer(self: &Arc<Self>, arrival: Arrival) -> Answer {
        let gateway = self.clone();
        let target = arrival.target.clone();
        let is_early = arrival.body.is_err(); // whoever was turned away before its body was read has waited already
        let request_id = uuid::Uuid::new_v4().to_string();
        let task = tokio::spawn({
            let request_id = request_id.clone();
            async move { gateway.process(&request_id, &arrival).await }
        });
        let outcome = task.await.unwrap_or_else(|cause| {
            tracing::error!(%cause, "a call ended outside its pipeline");
            Err(Failure::internal())
        });
        if !is_early && outcome.as_ref().is_err_and(Failure::is_throttled) {
            self.pause().await;
        }
        Answer { request_id, target, outcome }
    }

    async fn process(&self, request_id: &str, arrival: &Arrival) -> Result<Bytes, Failure> {
        let begun = Instant::now();
        let services = self.region(signature::claim(arrival).map(|(_, region)| region));
        let mut trace = Trace::begin(request_id, arrival, services, self.clock.now());
        let attempt = AssertUnwindSafe(self.attempt(services, arrival, &mut trace));
        let outcome = attempt.catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(request_id, target = ?arrival.target, "a call panicked");
            measure::panicked(&arrival.target);
            Err(Failure::internal())
        });
        let outcome = self.recorded(&trace, &arrival.target, outcome);
        let code = outcome.as_ref().map_or_else(|failure| failure.fault.code, |_| "OK");
        measure::answered(&arrival.target, code, begun.elapsed());
        outcome
    }

    async fn attempt(&self, services: &Services, arrival: &Arrival, trace: &mut Trace) -> Result<Done, Failure> {
        let Target::Known { service, operation } = arrival.target else { return Err(Failure::unknown_operation()) };
        let offer = services.offer(service, operation).ok_or_else(Failure::unknown_operation)?;
        let body = arrival.body.clone()?;
        let verified = signature::verify(self, services, arrival, trace.stranger.received_at).await?;
        faults::point("gateway.call.verified");
        let call = Call {
            request_id: trace.stranger.request_id.clone(),
            attempt: attempt::of(&verified.caller.access_key_id, arrival, service, operation),
            caller: verified.caller,
            region: services.region.clone(),
            received_at: trace.stranger.received_at,
            source_ip: arrival.peer.ip,
            user_agent: trace.stranger.user_agent.clone(),
            secure_transport: arrival.peer.tls,
            via: None,
        };
        let call = trace.call.insert(call);
        if let Some(rates) = &services.rates {
            rates.admit(&call.caller.account, service, operation, call.received_at)?;
        }
        let place = self.place(call).await?;
        let request = message::decode(offer, arrival.form, body)?;
        trace.request = message::recordable(request.members(), message::request_name(offer));
        let running = tokio::time::timeout(self.limits.call_time, conclude(services, &*request, call, operation));
        let answer = running.await.map_err(|_| Failure::out_of_time())??;
        faults::point("gateway.call.done");
        Ok(Done {
            body: Body { bytes: message::encode(offer, arrival.form, &*answer), _place: place },
            members: message::recordable(answer.members(), message::response_name(offer)),
        })
    }

    /// A place for a call, when it is its account's turn.
    async fn place(&self, call: &Call) -> Result<Place, Failure> {
        let account = Holder::Account(call.caller.account.clone());
        self.admission.enter(account.clone()).await.map_err(|_| {
            self.admission.remember(&call.caller.access_key_id, account);
            measure::throttled(false);
            Failure::throttled()
        })
    }

    /// The outcome, once it is recorded; a failure of ours in its place when it cannot be.
    fn recorded(&self, trace: &Trace, target: &Target, outcome: Result<Done, Failure>) -> Result<Bytes, Failure> {
        if outcome.is_err() && faults::planted(faults::Bug::SkipAuditOnError) {
            return outcome.map(|done| Bytes::from_owner(done.body));
        }
        let record = trace.record(target, outcome.as_ref().map(|done| &done.members));
        if let Err(cause) = self.recorder.record(&record) {
            tracing::error!(%cause, "an answer was withheld");
            measure::withheld();
            return Err(Failure::internal());
        }
        faults::point("gateway.answer.recorded");
        outcome.map(|done| Bytes::from_owner(done.body))
    }
}

/// Runs the request. A refusal of a repeat is given once it is sure that the call did nothing and will do nothing: an
/// earlier attempt may be on its way yet.
async fn conclude(
    services: &Services,
    request: &dyn Prepared,
    call: &Call,
    operation: &str,
) -> Result<Box<dyn Answered>, Failure> {
    let ended = run(request, call).await;
    if ended.as_ref().is_err_and(Failure::is_final) && call.attempt.is_repeat && !events::is_read_only(operation) {
        replica::fence(&*services.replica, call.attempt.id).await.map_err(Fault::from)?;
    }
    ended
}

/// Runs the request, again from its authorization when permissions changed under it.
async fn run(request: &dyn Prepared, call: &Call) -> Result<Box<dyn Answered>, Failure> {
    for _ in 0..limits::REAUTHORIZATIONS_MAX {
        match request.run(call.clone()).await {
            Err(Fault { kind: FaultKind::Reauthorize, .. }) => {}
            ended => return ended.map_err(Failure::from),
        }
    }
    Err(Failure::out_of_time())
}

impl Trace {
    fn begin(request_id: &str, arrival: &Arrival, services: &Services, received_at: Timestamp) -> Self {
        let stranger = Stranger {
            request_id: request_id.to_owned(),
            received_at,
            region: services.region.clone(),
            source_ip: arrival.peer.ip,
            user_agent: arrival.header("user-agent").unwrap_or_default().to_owned(),
            access_key_id: signature::claim(arrival).map(|(claimed, _)| shortened(claimed)),
        };
        Self { stranger, call: None, request: Value::Null }
    }
}

fn shortened(claimed: &str) -> String {
    claimed.chars().take(limits::ACCESS_KEY_ID_CHARS_MAX).collect()
}

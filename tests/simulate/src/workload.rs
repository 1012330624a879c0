//! What clients do: reads and writes of parameters, secrets and keys through the real services, each with what its
//! answer must be.

mod ends;
mod failover;
mod keys;
mod parameters;

use crate::field::{Busy, Field, Hurry, Place, lock};
use crate::history::Begun;
use crate::services::Services;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use replica::{Attempt, Clock, RequestId};
use serde_json::Value;
use service::{Fault, FaultKind};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PARAMETERS: u64 = 8;
const SECRETS: u64 = 4;
const KEYS: u64 = 4;
/// Keys to switch, for each of the nodes that may ever be.
const SWITCHES: u64 = 2;
const SWITCHERS: u64 = 5;
/// Between two operations of a worker.
const PAUSE_MILLIS: Range<u64> = 50..900;
/// The same while they hurry: up to about a round over a slow link, so that they come at any moment of one.
const HURRIED_PAUSE_MILLIS: Range<u64> = 5..150;
/// How many steps are about parameters that come and go.
const FLEETING_SHARE: f64 = 0.04;
/// How many calls turn to other nodes.
const ANYWHERE_SHARE: f64 = 0.15;
/// How often a write whose outcome is unknown is sent again under its id.
const REPEATS_MAX: u32 = 2;

/// A client beside a node.
pub(crate) struct Worker {
    field: Arc<Field>,
    place: Arc<Place>,
    services: Arc<Services>,
    clock: Arc<dyn Clock>,
    dice: StdRng,
    number: u64,
}

/// How a call ended.
enum Ended {
    Answered(Value),
    /// It did nothing.
    Refused(Fault),
    /// It may have done something.
    Unknown,
}

/// What an answer says of the call.
fn ending(answer: Result<Value, Fault>) -> Ended {
    match answer {
        Ok(value) => Ended::Answered(value),
        Err(fault) => match fault.kind {
            FaultKind::Unavailable | FaultKind::Exhausted | FaultKind::Reauthorize | FaultKind::Internal => {
                Ended::Unknown
            }
            _ => Ended::Refused(fault),
        },
    }
}

impl Worker {
    pub(crate) fn new(
        field: &Arc<Field>,
        place: &Arc<Place>,
        services: &Arc<Services>,
        clock: &Arc<dyn Clock>,
        life: u64,
        number: u64,
    ) -> Self {
        let seed = field.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ place.id << 48 ^ life << 24 ^ number;
        Self {
            field: Arc::clone(field),
            place: Arc::clone(place),
            services: Arc::clone(services),
            clock: Arc::clone(clock),
            dice: StdRng::seed_from_u64(seed),
            number,
        }
    }

    /// Works until its node ends.
    pub(crate) async fn work(mut self) {
        loop {
            let hurry = self.field.hurry();
            let pause = self.dice.random_range(if hurry.is_some() { HURRIED_PAUSE_MILLIS } else { PAUSE_MILLIS });
            sleep(Duration::from_millis(pause)).await;
            if self.place.has_ended() {
                return;
            }
            if self.field.is_loading() {
                let begun = Instant::now();
                let _busy = Busy::new(&self.field);
                match hurry {
                    Some(Hurry::OneRegister) => self.hurry().await,
                    Some(Hurry::Fleeting) => self.fleeting().await,
                    None => self.step().await,
                }
                let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.field.slowest_millis.fetch_max(took, Ordering::Relaxed);
            }
        }
    }

    /// Reads and writes what all hurried workers read and write, so that calls overlap.
    async fn hurry(&mut self) {
        match self.dice.random_bool(0.3) {
            true => self.put_parameter(0).await,
            false => drop(self.get_parameter(0).await),
        }
    }

    async fn step(&mut self) {
        if self.dice.random_bool(FLEETING_SHARE) {
            return self.fleeting().await;
        }
        if self.number == 0 && self.dice.random_bool(0.15) {
            return self.switch().await;
        }
        match self.dice.random_range(0..100) {
            0..22 => {
                let number = self.dice.random_range(0..PARAMETERS);
                self.put_parameter(number).await;
            }
            22..44 => {
                let number = self.dice.random_range(0..PARAMETERS);
                let _ = self.get_parameter(number).await;
            }
            44..53 => {
                let number = self.dice.random_range(0..SECRETS);
                self.put_secret(number).await;
            }
            53..64 => {
                let number = self.dice.random_range(0..SECRETS);
                let _ = self.get_secret(number).await;
            }
            64..71 => {
                let number = self.dice.random_range(0..KEYS);
                self.describe_anew(number).await;
            }
            71..79 => {
                let number = self.dice.random_range(0..KEYS);
                let _ = self.describe(number).await;
            }
            79..84 => self.encrypt().await,
            84..89 => self.decrypt().await,
            89..94 => self.create_once().await,
            94..96 => self.doom().await,
            96..97 => self.look_at_doomed().await,
            97..98 => self.come_and_go().await,
            _ => self.use_switched().await,
        }
    }

    /// Calls under an id of its own; a write whose outcome is unknown is sent again under the same id, as SDKs do.
    async fn call(&mut self, name: &str, body: Value) -> Ended {
        if self.field.is_loading() && self.dice.random_bool(ANYWHERE_SHARE) {
            return self.call_anywhere(name, body).await;
        }
        let id = RequestId(self.dice.random());
        let repeats = self.dice.random_range(0..=REPEATS_MAX);
        let mut repeated = 0;
        loop {
            let attempt = Attempt { id, is_repeat: repeated > 0 };
            let answer = self.services.call(name, body.clone(), attempt, self.clock.now()).await;
            if self.place.has_ended() {
                // A process that has ended tells nobody anything.
                return std::future::pending().await;
            }
            self.note(self.place.id, name, &body, Some(&answer));
            match ending(answer) {
                Ended::Unknown if repeated < repeats => repeated += 1,
                ended => return ended,
            }
        }
    }

    /// Notes what a node answered, and looks for what it must never answer.
    fn note(&self, node: u64, name: &str, body: &Value, answer: Option<&Result<Value, Fault>>) {
        let shown = match answer {
            None => "nothing yet".to_owned(),
            Some(Ok(value)) => value.to_string(),
            Some(Err(fault)) => format!("{}: {}", fault.code, fault.message),
        };
        self.field.note(&format!("node {node} for {} worker {} {name} {body} -> {shown}", self.place.id, self.number));
        if let Some(Err(fault)) = answer
            && fault.kind == FaultKind::Internal
        {
            self.field.violation(format!("{name} failed inside: {}", fault.message));
        }
    }

    async fn write(&mut self, register: &str, value: u64, name: &str, body: Value) -> Option<Value> {
        let begun = lock(&self.field.history).begin_write(register, value);
        match self.call(name, body).await {
            Ended::Answered(answer) => {
                lock(&self.field.history).wrote(&begun);
                Some(answer)
            }
            Ended::Refused(fault) => {
                lock(&self.field.history).refused(&begun);
                self.unexpected(name, &fault);
                None
            }
            Ended::Unknown => {
                lock(&self.field.history).lost();
                None
            }
        }
    }

    async fn read(&mut self, register: &str, name: &str, body: Value, pointer: &str) -> Option<Value> {
        let begun: Begun = lock(&self.field.history).begin_read(register);
        match self.call(name, body).await {
            Ended::Answered(answer) => {
                let found = answer.pointer(pointer).and_then(Value::as_str).and_then(|text| text.strip_prefix('v'));
                match found.and_then(|digits| digits.parse().ok()) {
                    Some(value) => lock(&self.field.history).found(&begun, value),
                    None => self.field.violation(format!("{register} holds what nobody wrote: {answer}")),
                }
                Some(answer)
            }
            Ended::Refused(fault) => {
                self.unexpected(name, &fault);
                None
            }
            Ended::Unknown => {
                lock(&self.field.history).lost();
                None
            }
        }
    }

    fn unexpected(&self, name: &str, fault: &Fault) {
        self.field.violation(format!("node {}: {name} was refused: {} {}", self.place.id, fault.code, fault.message));
    }

    /// What SDKs send along with a write of a secret.
    fn token(&mut self) -> String {
        format!("{:032x}", self.dice.random::<u128>())
    }

    fn new_value(&self) -> (u64, String) {
        let value = lock(&self.field.history).new_value();
        (value, format!("v{value}"))
    }
}

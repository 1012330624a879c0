//! Clients that turn to another node when theirs takes too long, and what is checked of them: a call that was refused has
//! done nothing and never will, wherever its earlier attempts still are.

use super::{Ended, Worker, ending};
use crate::errands::{Errand, Reply};
use crate::field::{Place, lock};
use rand::Rng as _;
use replica::{Attempt, RequestId};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Parameters that come and go all the time.
const FLEETING: u64 = 2;
/// How many nodes a client tries.
const ATTEMPTS_MAX: u32 = 4;
/// How long it waits for one.
const PATIENCE_MILLIS: Range<u64> = 100..1_000;
/// How often it looks for its answer.
const LOOK: Duration = Duration::from_millis(4);

impl Worker {
    /// Calls at any node and then at others, under one id, as SDKs do.
    pub(super) async fn call_anywhere(&mut self, name: &str, body: Value) -> Ended {
        let id = RequestId(self.dice.random());
        for count in 0..ATTEMPTS_MAX {
            let at = self.any_place();
            let (attempt, reply) = (Attempt { id, is_repeat: count > 0 }, Reply::default());
            let errand = Errand { name: name.to_owned(), body: body.clone(), attempt, reply: Arc::clone(&reply) };
            lock(&at.errands).push_back(errand);
            let patience = Duration::from_millis(self.dice.random_range(PATIENCE_MILLIS));
            let answer = self.answer_within(&reply, patience).await;
            self.note(at.id, name, &body, answer.as_ref());
            match answer.map(ending) {
                None | Some(Ended::Unknown) => {}
                Some(ended) => return ended,
            }
        }
        Ended::Unknown
    }

    async fn answer_within(&self, reply: &Reply, patience: Duration) -> Option<Result<Value, service::Fault>> {
        let until = Instant::now() + patience;
        loop {
            if self.place.has_ended() {
                return std::future::pending().await;
            }
            let answer = lock(reply).take();
            if answer.is_some() || Instant::now() >= until {
                return answer;
            }
            sleep(LOOK).await;
        }
    }

    fn any_place(&mut self) -> Arc<Place> {
        let places = lock(&self.field.places).clone();
        let running: Vec<_> = places.into_iter().filter(|place| place.seen().is_some()).collect();
        match running.len() {
            0 => Arc::clone(&self.place),
            count => Arc::clone(&running[self.dice.random_range(0..count)]),
        }
    }

    /// A parameter that is made, deleted and read by everybody.
    pub(super) async fn fleeting(&mut self) {
        let name = format!("/fleeting/{}", self.dice.random_range(0..FLEETING));
        match self.dice.random_range(0..10) {
            0..4 => self.make_fleeting(name).await,
            4..8 => match self.call_anywhere("DeleteParameter", json!({"Name": name})).await {
                Ended::Refused(fault) if fault.code != "ParameterNotFound" => {
                    self.unexpected("DeleteParameter", &fault)
                }
                Ended::Answered(_) | Ended::Refused(_) => lock(&self.field.history).count(),
                Ended::Unknown => lock(&self.field.history).lost(),
            },
            _ => self.look_at_fleeting(&name).await,
        }
    }

    async fn make_fleeting(&mut self, name: String) {
        let (value, text) = self.new_value();
        let body = json!({"Name": name, "Value": text, "Type": "String"});
        match self.call_anywhere("PutParameter", body).await {
            Ended::Refused(fault) if fault.code == "ParameterAlreadyExists" => {
                lock(&self.field.stock).fleeting.entry(value).or_default().refused = true;
                self.invariant_refused_is_never_seen(&name, value);
                lock(&self.field.history).count();
            }
            Ended::Refused(fault) => self.unexpected("PutParameter", &fault),
            Ended::Answered(_) => lock(&self.field.history).count(),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }

    async fn look_at_fleeting(&mut self, name: &str) {
        let body = json!({"Name": name});
        let answer = match self.field.is_loading() {
            true => self.call_anywhere("GetParameter", body).await,
            false => self.call("GetParameter", body).await,
        };
        match answer {
            Ended::Answered(answer) => {
                let text = answer.pointer("/Parameter/Value").and_then(Value::as_str).unwrap_or_default();
                match text.strip_prefix('v').and_then(|digits| digits.parse().ok()) {
                    Some(value) => {
                        lock(&self.field.stock).fleeting.entry(value).or_default().seen = true;
                        self.invariant_refused_is_never_seen(name, value);
                    }
                    None => self.field.violation(format!("{name} holds what nobody wrote: {answer}")),
                }
                lock(&self.field.history).count();
            }
            Ended::Refused(fault) if fault.code == "ParameterNotFound" => lock(&self.field.history).count(),
            Ended::Refused(fault) => self.unexpected("GetParameter", &fault),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }

    fn invariant_refused_is_never_seen(&self, name: &str, value: u64) {
        let known = lock(&self.field.stock).fleeting.get(&value).copied().unwrap_or_default();
        if known.refused && known.seen {
            self.field.violation(format!("{name} held v{value}, whose writing was refused"));
        }
    }

    /// What is left of them at the end.
    pub(super) async fn look_at_all_fleeting(&mut self) {
        for number in 0..FLEETING {
            self.look_at_fleeting(&format!("/fleeting/{number}")).await;
        }
    }
}

//! What clients do: reads and writes of parameters, secrets and keys through the real services, each with what its
//! answer must be.

mod failover;

use crate::field::{Busy, Field, Hurry, Place, lock};
use crate::history::Begun;
use crate::services::Services;
use crate::switches::{OFF, ON};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use replica::{Attempt, Clock, RequestId};
use serde_json::{Value, json};
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

/// Parameters and secrets.
impl Worker {
    async fn put_parameter(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let name = format!("/simulated/{number}");
        let kind = if number % 2 == 0 { "String" } else { "SecureString" };
        let body = json!({"Name": name, "Value": text, "Type": kind, "Overwrite": true});
        lock(&self.field.stock).puts.entry(name.clone()).or_default().1 += 1;
        if self.write(&name, value, "PutParameter", body).await.is_some() {
            lock(&self.field.stock).puts.entry(name).or_default().0 += 1;
        }
    }

    /// Gives its version.
    async fn get_parameter(&mut self, number: u64) -> Option<u64> {
        let name = format!("/simulated/{number}");
        let body = json!({"Name": name, "WithDecryption": true});
        let answer = self.read(&name, "GetParameter", body, "/Parameter/Value").await?;
        Some(answer.pointer("/Parameter/Version").and_then(Value::as_u64).unwrap_or(0))
    }

    async fn put_secret(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let token = self.token();
        let body = json!({"SecretId": format!("secret-{number}"), "SecretString": text, "ClientRequestToken": token});
        self.write(&format!("secret {number}"), value, "PutSecretValue", body).await;
    }

    async fn get_secret(&mut self, number: u64) -> Option<()> {
        let body = json!({"SecretId": format!("secret-{number}")});
        self.read(&format!("secret {number}"), "GetSecretValue", body, "/SecretString").await.map(drop)
    }

    /// A parameter that is soon gone.
    async fn come_and_go(&mut self) {
        let name = format!("/gone/{:x}", self.dice.random::<u64>());
        let body = json!({"Name": name, "Value": "here", "Type": "String"});
        if let Ended::Answered(_) = self.call("PutParameter", body).await {
            sleep(Duration::from_millis(self.dice.random_range(0..3_000))).await;
            if let Ended::Answered(_) = self.call("DeleteParameter", json!({"Name": name})).await {
                lock(&self.field.history).count();
            }
        }
    }

    /// Of all who create one name, one succeeds.
    async fn create_once(&mut self) {
        let number = {
            let mut stock = lock(&self.field.stock);
            let newest = stock.created.keys().next_back().copied().unwrap_or(0);
            let number = newest + u64::from(self.dice.random_bool(0.3));
            stock.created.entry(number).or_default();
            number
        };
        let body = json!({"Name": format!("/once/{number}"), "Value": "once", "Type": "String"});
        match self.call("PutParameter", body).await {
            Ended::Answered(_) => {
                lock(&self.field.history).count();
                let times = {
                    let mut stock = lock(&self.field.stock);
                    let times = stock.created.entry(number).or_default();
                    *times += 1;
                    *times
                };
                if times > 1 {
                    self.field.violation(format!("parameter /once/{number} was created {times} times"));
                }
            }
            Ended::Refused(fault) if fault.code == "ParameterAlreadyExists" => lock(&self.field.history).count(),
            Ended::Refused(fault) => self.unexpected("PutParameter", &fault),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }
}

/// Keys.
impl Worker {
    async fn describe_anew(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let key = lock(&self.field.stock).keys[number as usize].clone();
        let body = json!({"KeyId": key, "Description": text});
        self.write(&format!("key {number}"), value, "UpdateKeyDescription", body).await;
    }

    async fn describe(&mut self, number: u64) -> Option<()> {
        let key = lock(&self.field.stock).keys[number as usize].clone();
        self.read(&format!("key {number}"), "DescribeKey", json!({"KeyId": key}), "/KeyMetadata/Description")
            .await
            .map(drop)
    }

    async fn encrypt(&mut self) {
        let key = self.dice.random_range(0..KEYS) as usize;
        let key = lock(&self.field.stock).keys[key].clone();
        // Base64 of whole triples, so that it comes back as it is.
        let plain = format!("{:016x}", self.dice.random::<u64>());
        match self.call("Encrypt", json!({"KeyId": key, "Plaintext": plain})).await {
            Ended::Answered(answer) => {
                let mut stock = lock(&self.field.stock);
                let blob = answer["CiphertextBlob"].as_str().unwrap_or_default().to_owned();
                stock.sealed.push((blob, plain));
                drop(stock);
                lock(&self.field.history).count();
            }
            Ended::Refused(fault) => self.unexpected("Encrypt", &fault),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }

    async fn decrypt(&mut self) {
        let (blob, plain) = {
            let stock = lock(&self.field.stock);
            if stock.sealed.is_empty() {
                return;
            }
            stock.sealed[self.dice.random_range(0..stock.sealed.len())].clone()
        };
        match self.call("Decrypt", json!({"CiphertextBlob": blob})).await {
            Ended::Answered(answer) if answer["Plaintext"] == plain.as_str() => lock(&self.field.history).count(),
            Ended::Answered(answer) => {
                self.field.violation(format!("{plain} was decrypted as {}", answer["Plaintext"]))
            }
            Ended::Refused(fault) => self.unexpected("Decrypt", &fault),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }

    /// Makes a key and has it wait for its end.
    async fn doom(&mut self) {
        let Ended::Answered(made) = self.call("CreateKey", json!({})).await else { return };
        let key = made.pointer("/KeyMetadata/KeyId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let body = json!({"KeyId": key, "PendingWindowInDays": 7});
        if let Ended::Answered(_) = self.call("ScheduleKeyDeletion", body).await {
            lock(&self.field.stock).doomed.push(key);
            lock(&self.field.history).count();
        }
    }

    /// A key that waits for its end goes on waiting.
    async fn look_at_doomed(&mut self) {
        let key = {
            let stock = lock(&self.field.stock);
            if stock.doomed.is_empty() {
                return;
            }
            stock.doomed[self.dice.random_range(0..stock.doomed.len())].clone()
        };
        self.check_doomed(&key).await;
    }

    async fn check_doomed(&mut self, key: &str) {
        match self.call("DescribeKey", json!({"KeyId": key})).await {
            Ended::Answered(answer) if answer.pointer("/KeyMetadata/KeyState") == Some(&json!("PendingDeletion")) => {
                lock(&self.field.history).count();
            }
            Ended::Answered(answer) => self.field.violation(format!("{key} waits for its end no longer: {answer}")),
            Ended::Refused(fault) => self.unexpected("DescribeKey", &fault),
            Ended::Unknown => lock(&self.field.history).lost(),
        }
    }
}

/// Keys that are switched on and off by one worker each.
impl Worker {
    /// The first worker of a node switches its keys. One whose last switch has an unknown outcome is left as it is.
    async fn switch(&mut self) {
        let Some(key) = self.key_to_switch() else { return };
        let register = format!("switch {key}");
        let is_on = lock(&self.field.history).last_written(&register).is_none_or(|value| value & 1 == ON);
        let value = self.new_value().0 << 1 | if is_on { OFF } else { ON };
        let name = if is_on { "DisableKey" } else { "EnableKey" };
        let begun = lock(&self.field.history).begin_write(&register, value);
        match self.call(name, json!({"KeyId": key})).await {
            Ended::Answered(_) => lock(&self.field.history).wrote(&begun),
            Ended::Refused(fault) => {
                lock(&self.field.history).refused(&begun);
                self.unexpected(name, &fault);
            }
            // The key stays among those that are being switched.
            Ended::Unknown => return lock(&self.field.history).lost(),
        }
        lock(&self.field.stock).switching.remove(&key);
    }

    fn key_to_switch(&self) -> Option<String> {
        let mut stock = lock(&self.field.stock);
        let keys = stock.switches.get(&self.place.id)?;
        let key = keys.iter().find(|key| !stock.switching.contains(*key))?.clone();
        stock.switching.insert(key.clone());
        Some(key)
    }

    /// Whether a switched key works must be explained by what its switcher did.
    async fn use_switched(&mut self) {
        let key = {
            let stock = lock(&self.field.stock);
            let keys: Vec<&String> = stock.switches.values().flatten().collect();
            if keys.is_empty() {
                return;
            }
            keys[self.dice.random_range(0..keys.len())].clone()
        };
        let register = format!("switch {key}");
        let begun = lock(&self.field.history).begin_read(&register);
        let works = match self.call("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await {
            Ended::Answered(_) => ON,
            Ended::Refused(fault) if fault.code == "DisabledException" => OFF,
            Ended::Refused(fault) => return self.unexpected("Encrypt", &fault),
            Ended::Unknown => return lock(&self.field.history).lost(),
        };
        lock(&self.field.history).found(&begun, works);
    }
}

/// The beginning and the end.
impl Worker {
    /// Makes what is worked on.
    pub(crate) async fn prepare(mut self) -> Result<(), String> {
        for number in 0..PARAMETERS {
            let kind = if number % 2 == 0 { "String" } else { "SecureString" };
            let body = json!({"Name": format!("/simulated/{number}"), "Value": "v0", "Type": kind});
            self.make("PutParameter", body).await?;
        }
        for number in 0..SECRETS {
            let (name, token) = (format!("secret-{number}"), self.token());
            let body = json!({"Name": name, "SecretString": "v0", "ClientRequestToken": token});
            self.make("CreateSecret", body).await?;
        }
        for _ in 0..KEYS {
            let key = self.make("CreateKey", json!({"Description": "v0"})).await?;
            lock(&self.field.stock).keys.push(key);
        }
        for switcher in 1..=SWITCHERS {
            for _ in 0..SWITCHES {
                let key = self.make("CreateKey", json!({})).await?;
                lock(&self.field.stock).switches.entry(switcher).or_default().push(key);
            }
        }
        Ok(())
    }

    async fn make(&mut self, name: &str, body: Value) -> Result<String, String> {
        match self.call(name, body).await {
            Ended::Answered(answer) => {
                let id = answer.pointer("/KeyMetadata/KeyId").and_then(Value::as_str);
                Ok(id.unwrap_or_default().to_owned())
            }
            Ended::Refused(fault) => Err(format!("{name}: {} {}", fault.code, fault.message)),
            Ended::Unknown => Err(format!("{name} has no answer")),
        }
    }

    /// Reads everything once more, on this node.
    pub(crate) async fn read_everything(mut self) -> Result<(), String> {
        let missing = |what: String| move || format!("{what} cannot be read");
        for number in 0..PARAMETERS {
            let version = self.get_parameter(number).await.ok_or_else(missing(format!("parameter {number}")))?;
            lock(&self.field.stock).versions.entry(format!("/simulated/{number}")).or_default().insert(version);
        }
        for number in 0..SECRETS {
            self.get_secret(number).await.ok_or_else(missing(format!("secret {number}")))?;
        }
        for number in 0..KEYS {
            self.describe(number).await.ok_or_else(missing(format!("key {number}")))?;
        }
        self.look_at_all_fleeting().await;
        let doomed = lock(&self.field.stock).doomed.clone();
        for key in doomed {
            self.check_doomed(&key).await;
        }
        for _ in 0..20 {
            self.decrypt().await;
            self.use_switched().await;
        }
        Ok(())
    }
}

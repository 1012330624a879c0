//! Keys: registers, what they seal, those that wait for their end, and those that are switched.

use super::{Ended, KEYS, Worker};
use crate::field::lock;
use crate::switches::{OFF, ON};
use rand::Rng as _;
use serde_json::{Value, json};

impl Worker {
    pub(super) async fn describe_anew(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let key = lock(&self.field.stock).keys[number as usize].clone();
        let body = json!({"KeyId": key, "Description": text});
        self.write(&format!("key {number}"), value, "UpdateKeyDescription", body).await;
    }

    pub(super) async fn describe(&mut self, number: u64) -> Option<()> {
        let key = lock(&self.field.stock).keys[number as usize].clone();
        self.read(&format!("key {number}"), "DescribeKey", json!({"KeyId": key}), "/KeyMetadata/Description")
            .await
            .map(drop)
    }

    pub(super) async fn encrypt(&mut self) {
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

    pub(super) async fn decrypt(&mut self) {
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
    pub(super) async fn doom(&mut self) {
        let Ended::Answered(made) = self.call("CreateKey", json!({})).await else { return };
        let key = made.pointer("/KeyMetadata/KeyId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let body = json!({"KeyId": key, "PendingWindowInDays": 7});
        if let Ended::Answered(_) = self.call("ScheduleKeyDeletion", body).await {
            lock(&self.field.stock).doomed.push(key);
            lock(&self.field.history).count();
        }
    }

    /// A key that waits for its end goes on waiting.
    pub(super) async fn look_at_doomed(&mut self) {
        let key = {
            let stock = lock(&self.field.stock);
            if stock.doomed.is_empty() {
                return;
            }
            stock.doomed[self.dice.random_range(0..stock.doomed.len())].clone()
        };
        self.check_doomed(&key).await;
    }

    pub(super) async fn check_doomed(&mut self, key: &str) {
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
    pub(super) async fn switch(&mut self) {
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
    pub(super) async fn use_switched(&mut self) {
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

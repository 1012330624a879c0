//! Parameters and secrets: registers, and names that come, go and may exist once.

use super::{Ended, Worker};
use crate::field::lock;
use rand::Rng as _;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

impl Worker {
    pub(super) async fn put_parameter(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let name = format!("/simulated/{number}");
        let kind = if number.is_multiple_of(2) { "String" } else { "SecureString" };
        let body = json!({"Name": name, "Value": text, "Type": kind, "Overwrite": true});
        lock(&self.field.stock).puts.entry(name.clone()).or_default().1 += 1;
        if self.write(&name, value, "PutParameter", body).await.is_some() {
            lock(&self.field.stock).puts.entry(name).or_default().0 += 1;
        }
    }

    /// Gives its version.
    pub(super) async fn get_parameter(&mut self, number: u64) -> Option<u64> {
        let name = format!("/simulated/{number}");
        let body = json!({"Name": name, "WithDecryption": true});
        let answer = self.read(&name, "GetParameter", body, "/Parameter/Value").await?;
        Some(answer.pointer("/Parameter/Version").and_then(Value::as_u64).unwrap_or(0))
    }

    pub(super) async fn put_secret(&mut self, number: u64) {
        let (value, text) = self.new_value();
        let token = self.token();
        let body = json!({"SecretId": format!("secret-{number}"), "SecretString": text, "ClientRequestToken": token});
        self.write(&format!("secret {number}"), value, "PutSecretValue", body).await;
    }

    pub(super) async fn get_secret(&mut self, number: u64) -> Option<()> {
        let body = json!({"SecretId": format!("secret-{number}")});
        self.read(&format!("secret {number}"), "GetSecretValue", body, "/SecretString").await.map(drop)
    }

    /// A parameter that is soon gone.
    pub(super) async fn come_and_go(&mut self) {
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
    pub(super) async fn create_once(&mut self) {
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

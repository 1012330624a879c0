//! The beginning, which makes what is worked on, and the end, which reads all of it.

use super::{Ended, KEYS, PARAMETERS, SECRETS, SWITCHERS, SWITCHES, Worker};
use crate::field::lock;
use serde_json::{Value, json};

impl Worker {
    /// Makes what is worked on.
    pub(crate) async fn prepare(mut self) -> Result<(), String> {
        for number in 0..PARAMETERS {
            let kind = if number.is_multiple_of(2) { "String" } else { "SecureString" };
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

//! The load's calls of parameters as an AWS SDK makes them: AWS JSON, and every attempt at one call, at whichever node,
//! under one `amz-sdk-invocation-id` and counted in `amz-sdk-request`. That the cluster acts once is then seen in the versions.

use super::ground::Ground;
use super::history::{Answer, Call, Outcome};
use super::names;
use crate::{Cluster, Refusal, Wire};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long one attempt may take: longer than a node waits for a leader.
const ATTEMPT: Duration = Duration::from_secs(4);
/// Before the next attempt.
const PAUSE: Duration = Duration::from_millis(100);
/// What says something about a parameter; every other refusal is tried again.
const FINAL: [&str; 2] = ["ParameterNotFound", "ParameterAlreadyExists"];

/// An SDK that knows every node.
pub struct Sdk {
    wires: Vec<Wire>,
    next: usize,
    patience: Duration,
}

impl Sdk {
    /// One that begins at the given node.
    pub fn new(cluster: &Cluster, first: usize, patience: Duration) -> Self {
        let wire = |zone: &crate::Zone| Wire::new(&zone.endpoint, cluster.region(), cluster.credentials());
        Self { wires: cluster.zones().iter().map(wire).collect(), next: first, patience }
    }

    /// Calls, again and again until there is an answer or patience ends.
    pub async fn ask(&mut self, ground: &Ground, number: u32, call: &Call, invocation: &str) -> Outcome {
        let (operation, body) = request(ground, number, call);
        let begun = Instant::now();
        let (mut last, mut count) = (String::new(), 0);
        while begun.elapsed() < self.patience {
            let wire = &self.wires[self.next % self.wires.len()];
            let patience = ATTEMPT.min(self.patience.saturating_sub(begun.elapsed()));
            count += 1;
            last = match tokio::time::timeout(patience, wire.attempt("ssm", operation, &body, invocation, count)).await
            {
                Ok(Ok(Ok(answer))) => return Outcome::Answered(read(call, &answer)),
                Ok(Ok(Err(Refusal { code, .. }))) if FINAL.contains(&code.as_str()) => {
                    return Outcome::Answered(Answer::Refused(code));
                }
                Ok(Ok(Err(Refusal { code, message }))) => {
                    if code.starts_with("Internal") {
                        ground.surprise(format!("{code}: {message}"));
                    }
                    format!("{code}: {message}")
                }
                Ok(Err(cause)) => format!("{cause:#}"),
                Err(_) => "no answer in time".to_owned(),
            };
            self.next += 1;
            tokio::time::sleep(PAUSE).await;
        }
        Outcome::Unknown(last)
    }
}

fn request(ground: &Ground, number: u32, call: &Call) -> (&'static str, Value) {
    let name = names::parameter(number);
    match call {
        Call::PutParameter { value, overwrite } => {
            let kind = if names::is_secure(number) { "SecureString" } else { "String" };
            let value = names::parameter_value(ground, number, *value);
            ("PutParameter", json!({ "Name": name, "Value": value, "Type": kind, "Overwrite": overwrite }))
        }
        Call::GetParameter => ("GetParameter", json!({ "Name": name, "WithDecryption": true })),
        Call::GetParameterHistory => {
            ("GetParameterHistory", json!({ "Name": name, "WithDecryption": true, "MaxResults": 50 }))
        }
        _ => ("DeleteParameter", json!({ "Name": name })),
    }
}

fn read(call: &Call, answer: &Value) -> Answer {
    let number = |value: &Value| value.as_str().and_then(names::number_behind);
    let strange = || Answer::Refused(format!("not as AWS answers: {}", answer.as_object().map_or(0, |o| o.len())));
    match call {
        Call::PutParameter { .. } => answer["Version"].as_u64().map_or_else(strange, Answer::Version),
        Call::GetParameter => {
            let parameter = &answer["Parameter"];
            match (parameter["Version"].as_u64(), number(&parameter["Value"])) {
                (Some(version), Some(value)) => Answer::Value { version, value },
                _ => strange(),
            }
        }
        Call::GetParameterHistory => {
            let versions = answer["Parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let value = |(place, version): (u64, &Value)| {
                number(&version["Value"]).filter(|_| version["Version"].as_u64() == Some(place))
            };
            (1..).zip(versions).map(value).collect::<Option<Vec<u32>>>().map_or_else(strange, Answer::Values)
        }
        _ => Answer::Done,
    }
}

//! Makes the record of a call, and what it names of resources.

use crate::arrival::Target;
use crate::failure::Failure;
use events::{Event, Record, Resource, Stranger, is_read_only};
use replica::Arn;
use serde_json::Value;
use service::Call;

/// What is known of a call while it goes through the pipeline.
pub(crate) struct Trace {
    /// The caller's claim, until it is established.
    pub stranger: Stranger,
    /// The call, once its caller is established.
    pub call: Option<Call>,
    /// The request's members, once they are read, redacted.
    pub request: Value,
}

impl Trace {
    /// The record of how the call ended: with the redacted members of its answer, or with an error.
    pub fn record(&self, target: &Target, outcome: Result<&Value, &Failure>) -> Record {
        let (service, operation) = match target {
            Target::Known { service, operation } => (*service, *operation),
            Target::Unknown { named } => ("unknown", named.as_str()),
        };
        let response = outcome.ok().filter(|_| !is_read_only(operation)).cloned().unwrap_or_default();
        let mut resources = Vec::new();
        for members in [Some(&self.request), outcome.ok()].into_iter().flatten() {
            collect(&mut resources, members, service, DEPTH_MAX);
        }
        let error = outcome.err().map(|failure| &failure.fault);
        let event = Event { service, operation, parameters: self.request.clone(), response, resources, error };
        match &self.call {
            Some(call) => Record::of(call, event),
            None => Record::of_stranger(&self.stranger, event),
        }
    }
}

/// How deep below the outermost members a resource is looked for: `Parameters[0].ARN` is the deepest that counts.
const DEPTH_MAX: usize = 3;

/// How many resources a record names: a page of parameters at most.
const RESOURCES_MAX: usize = 50;

/// Adds the resources of `service` that `members` name by ARN.
fn collect(resources: &mut Vec<Resource>, members: &Value, service: &str, depth: usize) {
    match members {
        Value::String(text) if text.starts_with("arn:") => {
            let resource = text.parse().ok().filter(|arn: &Arn| arn.service == service).and_then(|arn| resource(&arn));
            let new = resource.filter(|new| resources.len() < RESOURCES_MAX && !resources.contains(new));
            resources.extend(new);
        }
        Value::Array(entries) if depth > 0 => {
            entries.iter().for_each(|entry| collect(resources, entry, service, depth - 1));
        }
        Value::Object(members) if depth > 0 => {
            members.values().for_each(|member| collect(resources, member, service, depth - 1));
        }
        _ => {}
    }
}

fn resource(arn: &Arn) -> Option<Resource> {
    let kind = match (arn.service.as_str(), arn.resource.split_once(['/', ':'])?.0) {
        ("kms", "key") => "AWS::KMS::Key",
        ("kms", "alias") => "AWS::KMS::Alias",
        ("ssm", "parameter") => "AWS::SSM::Parameter",
        ("secretsmanager", "secret") => "AWS::SecretsManager::Secret",
        _ => return None,
    };
    Some(Resource { account_id: arn.account.clone(), kind: kind.to_owned(), arn: arn.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn resources_are_the_services_own_arns() {
        let key = "arn:aws:kms:us-east-1:111122223333:key/k";
        let members = json!({
            "KeyId": key,
            "KeyMetadata": {"Arn": key, "Other": "arn:aws:iam::111122223333:root"},
            "Aliases": [{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/a"}],
            "Text": "arn:",
        });
        let mut found = Vec::new();
        collect(&mut found, &members, "kms", DEPTH_MAX);
        let kinds: Vec<_> = found.iter().map(|resource| resource.kind.as_str()).collect();
        assert_eq!(kinds, ["AWS::KMS::Key", "AWS::KMS::Alias"]);
    }
}

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
        let mut resources: Vec<_> =
            self.call.iter().flat_map(|call| named_keys(call, service, &self.request)).collect();
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

/// The members of requests of KMS that name a key, each by any of its four forms.
const KEY_MEMBERS: [&str; 4] = ["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"];

/// What a request of KMS names without an ARN, by a key's id or an alias's name: such a name is of the caller's own
/// account.
fn named_keys(call: &Call, service: &str, request: &Value) -> Vec<Resource> {
    if service != "kms" {
        return Vec::new();
    }
    let text = |member: &str| request.get(member).and_then(Value::as_str);
    let keys = KEY_MEMBERS.into_iter().filter_map(text).map(|name| match name {
        name if name.starts_with("alias/") => name.to_owned(),
        id => format!("key/{id}"),
    });
    let names = keys.chain(text("AliasName").map(str::to_owned)).filter(|name| is_key_or_alias(name));
    let arns = names.map(|name| Arn::new("kms", &call.region, &call.caller.account, name));
    let mut resources: Vec<Resource> = Vec::new();
    for resource in arns.filter_map(|arn| resource(&arn)) {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    resources
}

/// Whether the resource part of an ARN is one that KMS would take, so that no other text is taken for a resource.
fn is_key_or_alias(name: &str) -> bool {
    match name.split_once('/') {
        Some(("key", id)) => uuid::Uuid::try_parse(id).is_ok() && id.len() == 36 || id.starts_with("mrk-"),
        Some(("alias", _)) => true,
        _ => false,
    }
}

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

    #[test]
    fn keys_that_are_named_by_id_or_alias_are_resources_of_the_callers_account() {
        let region: replica::Region = "us-east-1".parse().unwrap();
        let account = "111122223333".parse().unwrap();
        let partition = replica::Partition::of(&region);
        let call = Call {
            request_id: String::new(),
            attempt: replica::RequestId([0; 16]).into(),
            caller: access::Caller::root(access::CallerKind::Root, account, &partition, "AKIDEXAMPLE"),
            region,
            received_at: replica::Timestamp::from_millis(0),
            source_ip: [127, 0, 0, 1].into(),
            user_agent: String::new(),
            secure_transport: false,
            via: None,
        };
        let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let own = "arn:aws:kms:us-east-1:111122223333:";
        for (service, request, expected) in [
            ("kms", json!({"KeyId": key}), vec![format!("{own}key/{key}")]),
            (
                "kms",
                json!({"KeyId": "mrk-1234abcd12ab34cd56ef1234567890ab"}),
                vec![format!("{own}key/mrk-1234abcd12ab34cd56ef1234567890ab")],
            ),
            (
                "kms",
                json!({"TargetKeyId": key, "AliasName": "alias/a"}),
                vec![format!("{own}key/{key}"), format!("{own}alias/a")],
            ),
            ("kms", json!({"SourceKeyId": key, "DestinationKeyId": key}), vec![format!("{own}key/{key}")]),
            ("kms", json!({"KeyId": "alias/a"}), vec![format!("{own}alias/a")]),
            // By its ARN a key is found where every ARN is.
            ("kms", json!({"KeyId": format!("{own}key/{key}")}), vec![]),
            ("kms", json!({"KeyId": "nonsense", "AliasName": "nonsense"}), vec![]),
            ("kms", json!({"KeyId": {"a": 1}}), vec![]),
            ("ssm", json!({"KeyId": key}), vec![]),
        ] {
            let found: Vec<_> = named_keys(&call, service, &request).into_iter().map(|named| named.arn).collect();
            assert_eq!(found, expected, "{service} {request}");
        }
    }
}

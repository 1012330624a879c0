//! What the API's descriptors say of members: which a record must not hold, and which type each has.

use crate::descriptors::{self, Field, FileSet};
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;
use zeroize::Zeroize as _;

/// The type of every member of the API.
pub(crate) struct Schema {
    messages: HashMap<String, Message>,
}

/// Names the message of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    /// Such as `kms`.
    pub service: &'static str,
    /// Such as `Encrypt`.
    pub operation: &'static str,
    /// `Request` or `Response`.
    pub suffix: &'static str,
}

/// A message: its members by AWS's spelling.
#[derive(Debug, Default)]
pub(crate) struct Message {
    members: HashMap<String, Member>,
}

/// A member of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// What it is, or what each of its entries is.
    pub kind: Kind,
    /// Whether it is a list.
    pub is_list: bool,
    /// Whether a record must not hold it.
    is_hidden: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, a blob's base64 or an enumeration's name.
    Text,
    /// A number.
    Number,
    /// True or false.
    Truth,
    /// A moment.
    Time,
    /// A structure, or a map as protobuf has it, by the key in the schema.
    Message(String),
}

impl Schema {
    /// The schema of the API.
    pub fn get() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            let set = FileSet::decode(proto::FILE_DESCRIPTOR_SET)
                .expect("the build wrote the descriptors from files that compiled");
            Self::of(&set)
        })
    }

    fn of(set: &FileSet) -> Self {
        let mut messages = HashMap::new();
        for file in &set.files {
            for message in &file.messages {
                add(&mut messages, &file.package, message);
            }
        }
        Self { messages }
    }

    /// The message of an operation.
    pub fn operation(&self, name: Name) -> Option<&Message> {
        self.message(&key(&format!("lockstep.{}.v1.{}{}", name.service, name.operation, name.suffix)))
    }

    /// A message by the key that [`Kind::Message`] names.
    pub fn message(&self, key: &str) -> Option<&Message> {
        self.messages.get(key)
    }

    /// Takes out of a message's JSON what a record must not hold, and wipes it. A message that is not in the schema
    /// loses everything.
    pub fn redact(&self, value: &mut Value, name: Name) {
        match self.operation(name) {
            Some(message) => self.redact_message(value, message),
            None => wipe(value),
        }
    }

    fn redact_message(&self, value: &mut Value, message: &Message) {
        let Value::Object(members) = value else { return };
        members.retain(|name, value| match message.members.get(name) {
            Some(member) if !member.is_hidden => {
                self.redact_member(value, member);
                true
            }
            // A member that the schema does not know, such as a map's key, has been dealt with by its parent.
            _ => {
                wipe(value);
                false
            }
        });
    }

    fn redact_member(&self, value: &mut Value, member: &Member) {
        let Kind::Message(key) = &member.kind else { return };
        let Some(message) = self.message(key) else { return wipe(value) };
        match value {
            Value::Array(entries) => entries.iter_mut().for_each(|entry| self.redact_message(entry, message)),
            // A map: its values are the member `value` of protobuf's entry message.
            Value::Object(entries) if message.is_map_entry() => {
                let member = &message.members["value"];
                entries.values_mut().for_each(|entry| self.redact_member(entry, member));
            }
            _ => self.redact_message(value, message),
        }
    }
}

impl Message {
    /// A member by AWS's spelling.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.get(name)
    }

    fn is_map_entry(&self) -> bool {
        self.members.len() == 2 && self.members.contains_key("key") && self.members.contains_key("value")
    }
}

fn add(messages: &mut HashMap<String, Message>, parent: &str, message: &descriptors::Message) {
    let name = format!("{parent}.{}", message.name);
    for nested in &message.nested {
        add(messages, &name, nested);
    }
    let members = message.fields.iter().map(|field| (field.json_name.clone(), member(field))).collect();
    messages.insert(key(&name), Message { members });
}

fn member(field: &Field) -> Member {
    let kind = match field.kind() {
        Type::Message if field.type_name == ".google.protobuf.Timestamp" => Kind::Time,
        Type::Message => Kind::Message(key(field.type_name.trim_start_matches('.'))),
        Type::Bool => Kind::Truth,
        Type::Int32 | Type::Int64 => Kind::Number,
        _ => Kind::Text,
    };
    let is_sensitive = field.options.as_ref().is_some_and(|options| options.debug_redact);
    // CloudTrail shows no blobs (plaintext, ciphertext, keys) and no tokens, whatever AWS's model says of them.
    let is_hidden = is_sensitive || field.kind() == Type::Bytes || names_token(&field.json_name);
    Member { kind, is_list: field.label() == Label::Repeated, is_hidden }
}

fn names_token(member: &str) -> bool {
    ["Token", "Tokens", "Marker"].iter().any(|end| member.ends_with(end))
}

/// AWS's spelling of an operation and protobuf's of its messages differ in the case of acronyms only.
fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(entries) => entries.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    *value = Value::Null;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(name: Name, mut sent: Value, expected: Value) {
        Schema::get().redact(&mut sent, name);
        assert_eq!(sent, expected, "{name:?}");
    }

    #[test]
    fn records_hold_no_plaintext_ciphertext_values_or_tokens() {
        let request = |service, operation| Name { service, operation, suffix: "Request" };
        let response = |service, operation| Name { service, operation, suffix: "Response" };
        check(
            request("kms", "Encrypt"),
            json!({"KeyId": "k", "Plaintext": "c2VjcmV0", "EncryptionContext": {"Plaintext": "shown"}, "GrantTokens": ["t"]}),
            json!({"KeyId": "k", "EncryptionContext": {"Plaintext": "shown"}}),
        );
        check(
            response("kms", "GenerateDataKey"),
            json!({"KeyId": "k", "Plaintext": "c2VjcmV0", "CiphertextBlob": "YmxvYg=="}),
            json!({"KeyId": "k"}),
        );
        check(
            response("ssm", "GetParameter"),
            json!({"Parameter": {"Name": "n", "Value": "secret", "Version": 1}}),
            json!({"Parameter": {"Name": "n", "Version": 1}}),
        );
        check(
            response("ssm", "GetParameters"),
            json!({"Parameters": [{"Name": "n", "Value": "secret"}], "InvalidParameters": ["x"]}),
            json!({"Parameters": [{"Name": "n"}], "InvalidParameters": ["x"]}),
        );
        check(
            request("secretsmanager", "CreateSecret"),
            json!({"Name": "n", "SecretString": "s", "ClientRequestToken": "t"}),
            json!({"Name": "n"}),
        );
        check(request("kms", "NoSuchOperation"), json!({"Plaintext": "s"}), Value::Null);
    }

    #[test]
    fn every_operation_of_the_model_has_its_messages() {
        for service in proto::services() {
            for operation in service.operations {
                for suffix in ["Request", "Response"] {
                    let name = Name { service: service.name, operation: operation.name, suffix };
                    assert!(Schema::get().operation(name).is_some(), "{name:?}");
                }
            }
        }
    }
}

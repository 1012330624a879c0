//! Every operation that is built, tried alike: with a body that would do for the owner of a key.

use super::testing::{World, context};
use serde_json::{Value, json};
use service::{Call, Fault};

/// How each operation ended; `None` for success.
pub(crate) type Answers = world::Answers<Option<Fault>>;

/// What the operations are about.
#[derive(Clone)]
pub(crate) struct Subject {
    /// An ARN.
    pub(crate) key: String,
    /// A ciphertext of it.
    pub(crate) blob: String,
    /// A name of it.
    pub(crate) alias: String,
}

impl Subject {
    /// A new key with a name.
    pub(crate) fn new(world: &World) -> Self {
        let key_id = world.create_key();
        let alias = "alias/subject".to_owned();
        world.create_alias(&alias, &key_id);
        Self::of(world, &key_id, alias)
    }

    /// A key that exists and is enabled.
    pub(crate) fn of(world: &World, key_id: &str, alias: String) -> Self {
        use proto::kms::v1::DecryptRequest;
        let blob = world.encrypt(key_id, b"x", &context(&[]));
        let ciphertext = DecryptRequest { ciphertext_blob: Some(blob.into()), ..DecryptRequest::default() };
        let body = serde_json::to_value(ciphertext).expect("JSON");
        let blob = body["CiphertextBlob"].as_str().expect("base64").to_owned();
        Self { key: world.describe(key_id).arn.expect("named"), blob, alias }
    }

    fn body(&self, operation: &str) -> Value {
        let key = &self.key;
        match operation {
            "CreateAlias" => json!({"AliasName": "alias/new", "TargetKeyId": key}),
            "CreateKey" => json!({}),
            "Decrypt" => json!({"KeyId": key, "CiphertextBlob": self.blob}),
            "DeleteAlias" => json!({"AliasName": self.alias}),
            "Encrypt" => json!({"KeyId": key, "Plaintext": "eA=="}),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => json!({"KeyId": key, "KeySpec": "AES_256"}),
            "GenerateRandom" => json!({"NumberOfBytes": 8}),
            "ReEncrypt" => {
                json!({"SourceKeyId": key, "DestinationKeyId": key, "CiphertextBlob": self.blob})
            }
            "TagResource" => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            "UntagResource" => json!({"KeyId": key, "TagKeys": ["a"]}),
            "UpdateAlias" => json!({"AliasName": self.alias, "TargetKeyId": key}),
            "UpdateKeyDescription" => json!({"KeyId": key, "Description": "d"}),
            _ => json!({"KeyId": key}),
        }
    }
}

/// Runs each operation as it is listed, each in the world that `make` gives it, and shows the world to `after`.
pub(crate) fn each(make: &dyn Fn(&str) -> (World, Call, Subject), after: &dyn Fn(&str, &World)) -> Answers {
    world::each(super::operations, |operation, run| {
        let (world, call, subject) = make(operation);
        let answer = run(world.service(), call, subject.body(operation));
        after(operation, &world);
        answer.err()
    })
}

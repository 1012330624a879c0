//! The value of a secret: text or bytes, sealed under a data key of its own.
//!
//! The data key comes from the Key Management Service, as the caller and through this service, bound to the secret's ARN
//! and the version: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>.

use crate::limits::VALUE_BYTES_MAX;
use crate::tables::state::{NewVersion, Sealed};
use crate::{SecretsError, SecretsManager};
use access::Permit;
use crypto::{Secret, sha256};
use proto::kms::v1::{DataKeySpec, DecryptRequest, GenerateDataKeyRequest};
use replica::{Arn, View};
use service::Call;
use std::collections::BTreeMap;

/// The key of secrets whose request names none.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";
/// Stands for the version when a key is tried before it is taken.
const PROBE: &str = "RequestToValidateKeyAccess";

/// What a secret keeps secret.
#[derive(Debug)]
pub(crate) struct SecretValue {
    bytes: Secret,
    binary: bool,
}

impl SecretValue {
    /// Reads the members of a request; `None` when it has neither.
    pub(crate) fn parse(
        text: Option<String>,
        binary: Option<impl Into<Vec<u8>>>,
    ) -> Result<Option<Self>, SecretsError> {
        let value = match (text, binary) {
            (Some(_), Some(_)) => {
                return Err(SecretsError::invalid(
                    "You can't specify both a binary secret value and a string secret value in the same secret.",
                ));
            }
            (Some(text), None) => Self { bytes: Secret::new(text.into_bytes()), binary: false },
            (None, Some(binary)) => Self { bytes: Secret::new(binary.into()), binary: true },
            (None, None) => return Ok(None),
        };
        if value.bytes.expose_secret().len() > VALUE_BYTES_MAX {
            return Err(SecretsError::invalid("A secret value can have at most 65536 bytes."));
        }
        Ok(Some(value))
    }

    /// The value as `SecretString` and `SecretBinary` of an answer.
    pub(crate) fn into_members(self) -> Result<(Option<String>, Option<Vec<u8>>), SecretsError> {
        let bytes = self.bytes.expose_secret().to_vec();
        if self.binary {
            return Ok((None, Some(bytes)));
        }
        let text =
            String::from_utf8(bytes).map_err(|_| SecretsError::Internal { cause: "a value is no text".into() })?;
        Ok((Some(text), None))
    }

    /// Whether two values are alike, without telling by the time it takes where they differ.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let digest = |value: &Self| sha256(value.bytes.expose_secret());
        self.binary == other.binary && digest(self) == digest(other)
    }
}

/// The key as a secret has it: empty for the default one of the caller's account, however that was named. What else there
/// is to say about a key is KMS's.
pub(crate) fn key_of_request(key_id: &str, call: &Call) -> String {
    let default_arn = || Arn::new("kms", &call.region, &call.caller.account, DEFAULT_KEY).to_string();
    if key_id == DEFAULT_KEY || key_id == default_arn() { String::new() } else { key_id.to_owned() }
}

fn named(key_id: &str) -> &str {
    if key_id.is_empty() { DEFAULT_KEY } else { key_id }
}

/// A call of another service on the caller's behalf. `step` tells those of one call apart.
fn inner(call: &Call, step: u8) -> Call {
    call.through("secretsmanager", step)
}

impl SecretsManager {
    /// Makes sure that the default key is there, if that is the key. Comes before the view that it is used in.
    pub(crate) async fn prepare_key(&self, call: &Call, key_id: &str, permit: &Permit) -> Result<(), SecretsError> {
        let prepared = self.kms.prepare(&inner(call, 0), named(key_id), permit).await;
        prepared.map_err(SecretsError::of_encryption)
    }

    /// Tries whether the caller can seal and open with a key, before a secret takes it.
    pub(crate) fn probe_key(&self, view: &dyn View, call: &Call, arn: &Arn, key_id: &str) -> Result<(), SecretsError> {
        let (data_key, wrapped) = self.data_key(view, call, arn, PROBE, key_id)?;
        let opened = self.unwrap_key(view, call, arn, PROBE, wrapped)?;
        let alike = data_key.expose_secret() == opened.expose_secret();
        assert!(alike, "what was wrapped in a view opens in it");
        Ok(())
    }

    /// Seals the value of a version of the secret `arn`, as of `view`.
    pub(crate) fn seal(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version_id: &str,
        key_id: &str,
        value: &SecretValue,
    ) -> Result<NewVersion, SecretsError> {
        let (data_key, wrapped) = self.data_key(view, call, arn, version_id, key_id)?;
        let sealed = self.vault.seal_value(&data_key, &context(arn, version_id), value.bytes.expose_secret())?;
        let value = Some(Sealed { value: sealed, data_key: wrapped, binary: value.binary });
        Ok(NewVersion { version_id: version_id.to_owned(), value })
    }

    /// Opens the value of a version of the secret `arn`, as of `view`.
    pub(crate) fn open(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version_id: &str,
        sealed: Sealed,
    ) -> Result<SecretValue, SecretsError> {
        let data_key = self.unwrap_key(view, call, arn, version_id, sealed.data_key)?;
        let bytes = self.vault.open_value(&data_key, &context(arn, version_id), &sealed.value)?;
        Ok(SecretValue { bytes, binary: sealed.binary })
    }

    /// A new data key, in the clear and wrapped.
    fn data_key(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version_id: &str,
        key_id: &str,
    ) -> Result<(Secret, Vec<u8>), SecretsError> {
        let request = GenerateDataKeyRequest {
            key_id: Some(named(key_id).to_owned()),
            key_spec: Some(DataKeySpec::Aes256.into()),
            encryption_context: context(arn, version_id),
            ..GenerateDataKeyRequest::default()
        };
        let answer =
            self.kms.generate_data_key(view, &inner(call, 1), &request).map_err(SecretsError::of_encryption)?;
        let plaintext = answer.plaintext.expect("GenerateDataKey answers a plaintext");
        let wrapped = answer.ciphertext_blob.expect("GenerateDataKey answers a ciphertext");
        Ok((Secret::new(plaintext.into()), wrapped.into()))
    }

    fn unwrap_key(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version_id: &str,
        wrapped: Vec<u8>,
    ) -> Result<Secret, SecretsError> {
        let request = DecryptRequest {
            ciphertext_blob: Some(wrapped.into()),
            encryption_context: context(arn, version_id),
            ..DecryptRequest::default()
        };
        let answer = self.kms.decrypt(view, &inner(call, 2), &request).map_err(SecretsError::of_decryption)?;
        Ok(Secret::new(answer.plaintext.expect("Decrypt answers a plaintext").into()))
    }
}

fn context(arn: &Arn, version_id: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("SecretARN".to_owned(), arn.to_string()), ("SecretVersionId".to_owned(), version_id.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::create_secret;
    use crate::operations::testing::{ACCOUNT, TOKEN, World, call_of, create_request};
    use proto::secretsmanager::v1::CreateSecretRequest;

    #[test]
    fn a_value_is_text_or_bytes_and_bounded_in_bytes() {
        let text = |text: &str| SecretValue::parse(Some(text.to_owned()), None::<Vec<u8>>);
        assert!(SecretValue::parse(None, None::<Vec<u8>>).expect("none").is_none());
        assert!(SecretValue::parse(Some("a".to_owned()), Some(vec![1])).is_err());
        assert!(text(&"a".repeat(VALUE_BYTES_MAX)).is_ok());
        assert!(text(&"\u{e4}".repeat(VALUE_BYTES_MAX / 2 + 1)).is_err());
        let value = text("hunter2").expect("a value").expect("given");
        assert!(!format!("{value:?}").contains("hunter2"));
        let binary = SecretValue::parse(None, Some(b"hunter2".to_vec())).expect("a value").expect("given");
        assert!(!value.is(&binary), "text is not bytes");
        assert!(value.is(&text("hunter2").expect("a value").expect("given")));
    }

    #[test]
    fn the_default_key_has_no_name_in_a_secret() {
        let arn = "arn:aws:kms:us-east-1:111122223333:alias/aws/secretsmanager";
        for (given, kept) in [(DEFAULT_KEY, ""), (arn, ""), ("", ""), ("alias/mine", "alias/mine")] {
            assert_eq!(key_of_request(given, &call_of(ACCOUNT)), kept);
        }
    }

    #[test]
    fn another_default_key_is_not_taken_for_the_callers() {
        for foreign in [
            "arn:aws:kms:us-east-1:444455556666:alias/aws/secretsmanager",
            "arn:aws:kms:eu-west-1:111122223333:alias/aws/secretsmanager",
            "arn:aws-cn:kms:us-east-1:111122223333:alias/aws/secretsmanager",
            "arn:aws:ssm:us-east-1:111122223333:alias/aws/secretsmanager",
        ] {
            assert_eq!(key_of_request(foreign, &call_of(ACCOUNT)), foreign);
            let world = World::new();
            world.create("default", "1");
            let request =
                CreateSecretRequest { kms_key_id: Some(foreign.to_owned()), ..create_request("a", TOKEN, "1") };
            assert!(world.run(create_secret::run, request).is_err(), "{foreign}");
            assert_eq!(world.record("a"), None);
        }
    }
}

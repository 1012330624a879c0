//! SecureStrings: values that are encrypted for the caller, bound to the parameter's ARN.
//!
//! Of the standard tier, the Key Management Service encrypts the value itself; of the advanced tier, a data key that it
//! draws, and the value is sealed under that one here.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html>

use crate::tables::state::EnvelopedValue;
use crate::tables::{FORMAT, VersionRecord};
use crate::{Ssm, SsmError};
use access::Permit;
use crypto::Secret;
use prost::Message;
use proto::kms::v1::{DataKeySpec, DecryptRequest, EncryptRequest, GenerateDataKeyRequest};
use replica::{Arn, View};
use service::Call;
use std::collections::BTreeMap;

/// The key of SecureStrings whose request names none.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";

/// The key of the encryption context.
const CONTEXT: &str = "PARAMETER_ARN";

/// A call of another service on the caller's behalf. `step` tells those of one call apart.
fn inner(call: &Call, step: u8) -> Call {
    call.through("ssm", step)
}

impl Ssm {
    /// The value of the parameter `arn` as it is to be stored.
    pub(crate) async fn encrypt(
        &self,
        call: &Call,
        arn: &Arn,
        key_id: &str,
        value: &str,
        advanced: bool,
        permit: &Permit,
    ) -> Result<Vec<u8>, SsmError> {
        let told = |error| SsmError::of_kms(error, call);
        self.kms.prepare(&inner(call, 0), key_id, permit).await.map_err(told)?;
        let view = self.replica.read().await?;
        let (call, context) = (inner(call, 1), context(arn));
        if advanced {
            self.envelop(&*view, &call, key_id, context, value)
        } else {
            self.encrypt_directly(&*view, &call, key_id, context, value)
        }
    }

    /// A ciphertext blob of the value, directly under the key.
    fn encrypt_directly(
        &self,
        view: &dyn View,
        inner: &Call,
        key_id: &str,
        context: Context,
        value: &str,
    ) -> Result<Vec<u8>, SsmError> {
        let request = EncryptRequest {
            key_id: Some(key_id.to_owned()),
            plaintext: Some(value.as_bytes().to_vec().into()),
            encryption_context: context,
            ..EncryptRequest::default()
        };
        let answer = self.kms.encrypt(view, inner, &request).map_err(|error| SsmError::of_kms(error, inner))?;
        Ok(answer.ciphertext_blob.expect("Encrypt answers a ciphertext").into())
    }

    /// The value under a data key of its own, beside that key's ciphertext.
    fn envelop(
        &self,
        view: &dyn View,
        inner: &Call,
        key_id: &str,
        context: Context,
        value: &str,
    ) -> Result<Vec<u8>, SsmError> {
        let request = GenerateDataKeyRequest {
            key_id: Some(key_id.to_owned()),
            key_spec: Some(DataKeySpec::Aes256.into()),
            encryption_context: context,
            ..GenerateDataKeyRequest::default()
        };
        let drawn =
            self.kms.generate_data_key(view, inner, &request).map_err(|error| SsmError::of_kms(error, inner))?;
        let key = Secret::new(drawn.plaintext.expect("GenerateDataKey answers a key").into());
        let value = self.vault.seal_value(&key, &request.encryption_context, value.as_bytes())?;
        let data_key = drawn.ciphertext_blob.expect("GenerateDataKey answers a ciphertext").into();
        Ok(EnvelopedValue { format: FORMAT, data_key, value }.encode_to_vec())
    }

    /// The value of the parameter `arn` again, as of `view`.
    pub(crate) fn decrypt(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        version: &VersionRecord,
    ) -> Result<String, SsmError> {
        let plaintext = if version.advanced {
            let stored = EnvelopedValue::decode(&*version.value).expect("an advanced secret is enveloped");
            let key = self.decrypt_blob(view, call, arn, stored.data_key)?;
            self.vault.open_value(&key, &context(arn), &stored.value)?
        } else {
            self.decrypt_blob(view, call, arn, version.value.clone())?
        };
        String::from_utf8(plaintext.expose_secret().to_vec())
            .map_err(|_| SsmError::Internal { cause: format!("the value of {arn} is no text") })
    }

    fn decrypt_blob(&self, view: &dyn View, call: &Call, arn: &Arn, blob: Vec<u8>) -> Result<Secret, SsmError> {
        let request = DecryptRequest {
            ciphertext_blob: Some(blob.into()),
            encryption_context: context(arn),
            ..DecryptRequest::default()
        };
        let answer = self.kms.decrypt(view, &inner(call, 2), &request);
        let answer = answer.map_err(|error| SsmError::of_kms(error, call))?;
        Ok(Secret::new(answer.plaintext.expect("Decrypt answers a plaintext").into()))
    }
}

type Context = BTreeMap<String, String>;

fn context(arn: &Arn) -> Context {
    BTreeMap::from([(CONTEXT.to_owned(), arn.to_string())])
}

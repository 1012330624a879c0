//! SecureStrings: values that the Key Management Service encrypts for the caller, bound to the parameter's ARN.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html>

use crate::{Ssm, SsmError};
use access::Permit;
use proto::kms::v1::{DecryptRequest, EncryptRequest};
use replica::{Arn, View};
use service::Call;
use std::collections::BTreeMap;

/// The key of SecureStrings whose request names none.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";

const CONTEXT: &str = "PARAMETER_ARN";

/// A call of another service on the caller's behalf. `step` tells those of one call apart.
fn inner(call: &Call, step: u8) -> Call {
    call.through("ssm", step)
}

impl Ssm {
    /// A ciphertext of the value of the parameter `arn`.
    pub(crate) async fn encrypt(
        &self,
        call: &Call,
        arn: &Arn,
        key_id: &str,
        value: &str,
        permit: &Permit,
    ) -> Result<Vec<u8>, SsmError> {
        let told = |error| SsmError::of_kms(error, call);
        self.kms.prepare(&inner(call, 0), key_id, permit).await.map_err(told)?;
        let request = EncryptRequest {
            key_id: Some(key_id.to_owned()),
            plaintext: Some(value.as_bytes().to_vec().into()),
            encryption_context: context(arn),
            ..EncryptRequest::default()
        };
        let view = self.replica.read().await?;
        let answer = self.kms.encrypt(&*view, &inner(call, 1), &request).map_err(told)?;
        Ok(answer.ciphertext_blob.expect("Encrypt answers a ciphertext").into())
    }

    /// The value of the parameter `arn` again, as of `view`.
    pub(crate) fn decrypt(&self, view: &dyn View, call: &Call, arn: &Arn, blob: &[u8]) -> Result<String, SsmError> {
        let request = DecryptRequest {
            ciphertext_blob: Some(blob.to_vec().into()),
            encryption_context: context(arn),
            ..DecryptRequest::default()
        };
        let answer =
            self.kms.decrypt(view, &inner(call, 2), &request).map_err(|error| SsmError::of_kms(error, call))?;
        let plaintext = answer.plaintext.expect("Decrypt answers a plaintext");
        String::from_utf8(plaintext.into())
            .map_err(|_| SsmError::Internal { cause: format!("the value of {arn} is no text") })
    }
}

fn context(arn: &Arn) -> BTreeMap<String, String> {
    BTreeMap::from([(CONTEXT.to_owned(), arn.to_string())])
}

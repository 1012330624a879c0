//! GenerateDataKeyWithoutPlaintext: draws a key for use outside, and gives it encrypted alone.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html>

use crate::Kms;
use crate::key_name::KeyName;
use crate::operations::generate_data_key::{draw, length_bytes};
use crate::symmetric::check_dry_run;
use proto::kms::v1::{GenerateDataKeyWithoutPlaintextRequest, GenerateDataKeyWithoutPlaintextResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: GenerateDataKeyWithoutPlaintextRequest,
) -> Result<GenerateDataKeyWithoutPlaintextResponse, Fault> {
    let length = length_bytes(request.key_spec, request.number_of_bytes)?;
    let name = KeyName::parse(request.key_id.as_deref().unwrap_or_default(), &call)?;
    let view = kms.replica.read().await?;
    let context = &request.encryption_context;
    let key = kms.enabled_key(&*view, &call, "kms:GenerateDataKeyWithoutPlaintext", &name, context)?;
    check_dry_run(request.dry_run)?;
    let (_plaintext, blob) = draw(&kms, &*view, &call, &key, context, length)?;
    Ok(GenerateDataKeyWithoutPlaintextResponse {
        ciphertext_blob: Some(blob.into()),
        key_id: Some(key.key().arn.to_string()),
        key_material_id: Some(hex::encode(&key.key().record.material_id)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use proto::kms::v1::{DataKeySpec, DecryptRequest};

    #[test]
    fn the_data_key_opens_later() {
        let world = World::new();
        let request = GenerateDataKeyWithoutPlaintextRequest {
            key_id: Some(world.create_key()),
            key_spec: Some(DataKeySpec::Aes128.into()),
            ..GenerateDataKeyWithoutPlaintextRequest::default()
        };
        let drawn = world.run(run, request).expect("drawn");
        let decrypt = DecryptRequest { ciphertext_blob: drawn.ciphertext_blob, ..DecryptRequest::default() };
        let opened = world.run(super::super::decrypt::run, decrypt).expect("opened");
        assert_eq!(opened.plaintext.expect("given").len(), 16);
    }

    #[test]
    fn it_takes_a_spec_or_a_number() {
        let world = World::new();
        let request = GenerateDataKeyWithoutPlaintextRequest { key_id: Some(world.create_key()), ..Default::default() };
        let fault = world.run(run, request).expect_err("neither");
        assert_eq!(fault.message, "Please specify either number of bytes or key spec.");
    }
}

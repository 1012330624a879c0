//! GenerateDataKey: draws a key for use outside, and gives it in the clear and encrypted. Nothing of it is kept.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>

use crate::key::EnabledKey;
use crate::key_name::KeyName;
use crate::limits::DATA_KEY_BYTES_MAX;
use crate::symmetric::{Context, check_dry_run, check_recipient};
use crate::{Kms, KmsError};
use crypto::Secret;
use proto::kms::v1::{DataKeySpec, GenerateDataKeyRequest, GenerateDataKeyResponse};
use replica::View;
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: GenerateDataKeyRequest,
) -> Result<GenerateDataKeyResponse, Fault> {
    let view = kms.replica.read().await?;
    Ok(generate(&kms, &*view, &call, &request)?)
}

/// Draws a data key, as of `view`.
pub(crate) fn generate(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &GenerateDataKeyRequest,
) -> Result<GenerateDataKeyResponse, KmsError> {
    check_recipient(request.recipient.as_ref())?;
    let length = length_bytes(request.key_spec, request.number_of_bytes)?;
    let name = KeyName::parse(request.key_id.as_deref().unwrap_or_default(), call)?;
    let context = &request.encryption_context;
    let key = kms.enabled_key(view, call, "kms:GenerateDataKey", &name, context)?;
    check_dry_run(request.dry_run)?;
    let (plaintext, blob) = draw(kms, view, call, &key, context, length)?;
    Ok(GenerateDataKeyResponse {
        ciphertext_blob: Some(blob.into()),
        plaintext: Some(plaintext.expose_secret().to_vec().into()),
        key_id: Some(key.key().arn.to_string()),
        key_material_id: Some(hex::encode(&key.key().record.material_id)),
        ..GenerateDataKeyResponse::default()
    })
}

/// Random bytes, and a ciphertext blob of them.
pub(crate) fn draw(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    key: &EnabledKey,
    context: &Context,
    length_bytes: usize,
) -> Result<(Secret, Vec<u8>), KmsError> {
    let plaintext = crypto::random(length_bytes);
    let blob = kms.seal(view, call, key, context, plaintext.expose_secret())?;
    Ok((plaintext, blob))
}

/// How many bytes the data key is to have: by its spec or by number, and not both.
pub(crate) fn length_bytes(spec: Option<i32>, number_of_bytes: Option<i32>) -> Result<usize, KmsError> {
    let neither = || KmsError::Validation { message: "Please specify either number of bytes or key spec.".to_owned() };
    match (spec.map(DataKeySpec::try_from), number_of_bytes) {
        (Some(Ok(DataKeySpec::Aes256)), None) => Ok(32),
        (Some(Ok(DataKeySpec::Aes128)), None) => Ok(16),
        (None, Some(bytes @ 1..=DATA_KEY_BYTES_MAX)) => Ok(usize::try_from(bytes).expect("a positive number")),
        _ => Err(neither()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{World, context};
    use expect_test::{Expect, expect};
    use proto::kms::v1::{DecryptRequest, RecipientInfo};

    fn request(key: &str, spec: Option<DataKeySpec>, bytes: Option<i32>) -> GenerateDataKeyRequest {
        GenerateDataKeyRequest {
            key_id: Some(key.to_owned()),
            key_spec: spec.map(Into::into),
            number_of_bytes: bytes,
            encryption_context: context(&[("a", "b")]),
            ..GenerateDataKeyRequest::default()
        }
    }

    fn check(world: &World, request: GenerateDataKeyRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn the_encrypted_copy_opens_to_the_plain_one() {
        let world = World::new();
        let key = world.create_key();
        for (spec, bytes, length) in [
            (Some(DataKeySpec::Aes256), None, 32),
            (Some(DataKeySpec::Aes128), None, 16),
            (None, Some(1), 1),
            (None, Some(1024), 1024),
        ] {
            let drawn = world.run(run, request(&key, spec, bytes)).expect("drawn");
            let decrypt = DecryptRequest {
                ciphertext_blob: drawn.ciphertext_blob.clone(),
                encryption_context: context(&[("a", "b")]),
                ..DecryptRequest::default()
            };
            let opened = world.run(super::super::decrypt::run, decrypt).expect("opened");
            assert_eq!(opened.plaintext, drawn.plaintext);
            assert_eq!(drawn.plaintext.expect("given").len(), length);
            assert_eq!((opened.key_id, opened.key_material_id), (drawn.key_id, drawn.key_material_id));
        }
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        check(
            &world,
            request(&key, None, None),
            expect!["ValidationException: Please specify either number of bytes or key spec."],
        );
        check(
            &world,
            request(&key, Some(DataKeySpec::Aes256), Some(32)),
            expect!["ValidationException: Please specify either number of bytes or key spec."],
        );
        check(
            &world,
            request("alias/nobody", Some(DataKeySpec::Aes256), None),
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found."],
        );
        let aes = request(&key, Some(DataKeySpec::Aes256), None);
        check(
            &world,
            GenerateDataKeyRequest { dry_run: Some(true), ..aes.clone() },
            expect!["DryRunOperationException: The request would have succeeded, but the DryRun option is set."],
        );
        check(
            &world,
            GenerateDataKeyRequest { recipient: Some(RecipientInfo::default()), ..aes },
            expect!["UnsupportedOperationException: Recipient is not supported by this cluster."],
        );
    }
}

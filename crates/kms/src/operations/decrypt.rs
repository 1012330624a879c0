//! Decrypt: opens a ciphertext that Encrypt or GenerateDataKey made. The ciphertext says which key it needs.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>

use crate::ciphertext;
use crate::key::EnabledKey;
use crate::key_name::KeyName;
use crate::symmetric::{absent, check_algorithm, check_dry_run, check_recipient};
use crate::{Kms, KmsError};
use crypto::BlobHeader;
use proto::kms::v1::{DecryptRequest, DecryptResponse, DryRunModifierType, EncryptionAlgorithmSpec};
use replica::View;
use service::{Call, Fault};
use std::sync::Arc;

const ACTION: &str = "kms:Decrypt";

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: DecryptRequest) -> Result<DecryptResponse, Fault> {
    let view = kms.replica.read().await?;
    Ok(decrypt(&kms, &*view, &call, &request)?)
}

/// Decrypts, as of `view`.
pub(crate) fn decrypt(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &DecryptRequest,
) -> Result<DecryptResponse, KmsError> {
    check_recipient(request.recipient.as_ref())?;
    let Some(blob) = request.ciphertext_blob.as_deref() else {
        return Err(try_without_ciphertext(kms, view, call, request));
    };
    let header = ciphertext::header(blob)?;
    let key = match request.key_id.as_deref() {
        Some(key_id) => named_key(kms, view, call, request, key_id, &header)?,
        None => key_of_ciphertext(kms, view, call, request, &header)?,
    };
    check_algorithm(request.encryption_algorithm)?;
    let context = &request.encryption_context;
    let (plaintext, material_id) = kms.open(view, call, &key, header.material_version, context, blob)?;
    check_dry_run(request.dry_run)?;
    Ok(DecryptResponse {
        key_id: Some(key.key().arn.to_string()),
        plaintext: Some(plaintext.expose_secret().to_vec().into()),
        encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault.into()),
        key_material_id: Some(hex::encode(material_id)),
        ..DecryptResponse::default()
    })
}

/// The key that the request names, which has to be the one of the ciphertext.
fn named_key(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &DecryptRequest,
    key_id: &str,
    header: &BlobHeader,
) -> Result<EnabledKey, KmsError> {
    let name = KeyName::parse(key_id, call)?;
    let key = kms.enabled_key(view, call, ACTION, &name, &request.encryption_context)?;
    if key.key().record.key_id != header.key_id {
        return Err(KmsError::IncorrectKey);
    }
    Ok(key)
}

/// The key that only the ciphertext names.
fn key_of_ciphertext(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &DecryptRequest,
    header: &BlobHeader,
) -> Result<EnabledKey, KmsError> {
    let name = KeyName::Key(ciphertext::key_path(view, call, header)?);
    let key = kms.enabled_key(view, call, ACTION, &name, &request.encryption_context);
    key.map_err(ciphertext::without_naming_the_key)
}

/// A dry run may leave the ciphertext out and ask about the key alone.
fn try_without_ciphertext(kms: &Kms, view: &dyn View, call: &Call, request: &DecryptRequest) -> KmsError {
    let ignored = request.dry_run_modifiers.contains(&(DryRunModifierType::IgnoreCiphertext as i32));
    if !ignored || request.dry_run != Some(true) {
        return absent("ciphertextBlob");
    }
    let Some(key_id) = request.key_id.as_deref() else { return absent("keyId") };
    let key = KeyName::parse(key_id, call)
        .and_then(|name| kms.enabled_key(view, call, ACTION, &name, &request.encryption_context));
    match key.and_then(|_| check_algorithm(request.encryption_algorithm)) {
        Ok(()) => KmsError::DryRun,
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{OTHER_ACCOUNT, World, context};
    use expect_test::{Expect, expect};
    use proto::kms::v1::DisableKeyRequest;

    fn request(blob: &[u8]) -> DecryptRequest {
        DecryptRequest {
            ciphertext_blob: Some(blob.to_vec().into()),
            encryption_context: context(&[("a", "bc")]),
            ..DecryptRequest::default()
        }
    }

    fn sealed(world: &World, key: &str) -> Vec<u8> {
        world.encrypt(key, b"attack at dawn", &context(&[("a", "bc")]))
    }

    fn check(world: &World, request: DecryptRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn what_was_encrypted_is_decrypted_with_and_without_naming_the_key() {
        let world = World::new();
        let key = world.create_key();
        let blob = sealed(&world, &key);
        let material = world.describe(&key).current_key_material_id;
        for key_id in [None, Some(key.clone()), world.describe(&key).arn] {
            let answer = world.run(run, DecryptRequest { key_id, ..request(&blob) }).expect("decrypted");
            assert_eq!(answer.plaintext.as_deref(), Some(&b"attack at dawn"[..]));
            assert_eq!((answer.key_id, answer.key_material_id), (world.describe(&key).arn, material.clone()));
        }
    }

    #[test]
    fn another_context_or_another_key_does_not_open_it() {
        let world = World::new();
        let (key, other) = (world.create_key(), world.create_key());
        let blob = sealed(&world, &key);
        for pairs in [&[][..], &[("ab", "c")], &[("a", "bC")], &[("a", "bc"), ("d", "")]] {
            let fault = world.run(run, DecryptRequest { encryption_context: context(pairs), ..request(&blob) });
            let fault = fault.expect_err("another context");
            assert_eq!((fault.code, fault.message.as_str()), ("InvalidCiphertextException", ""), "{pairs:?}");
        }
        check(
            &world,
            DecryptRequest { key_id: Some(other), ..request(&blob) },
            expect![
                "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation."
            ],
        );
    }

    #[test]
    fn no_altered_or_truncated_ciphertext_opens() {
        let world = World::new();
        let key = world.create_key();
        let blob = sealed(&world, &key);
        for at in 0..blob.len() {
            let mut altered = blob.clone();
            altered[at] ^= 1;
            for key_id in [None, Some(key.clone())] {
                let fault = world.run(run, DecryptRequest { key_id, ..request(&altered) }).expect_err("altered");
                let refusals = ["InvalidCiphertextException", "AccessDeniedException", "IncorrectKeyException"];
                assert!(refusals.contains(&fault.code), "byte {at}: {fault:?}");
            }
            let fault = world.run(run, request(&blob[..at])).expect_err("truncated");
            assert_eq!((fault.code, fault.message.as_str()), ("InvalidCiphertextException", ""), "{at} bytes");
        }
    }

    #[test]
    fn an_unknown_key_and_a_foreign_one_look_alike() {
        let world = World::new();
        let blob = sealed(&world, &world.create_key());
        let stranger = world.call(OTHER_ACCOUNT);
        let foreign = world.run_as(&stranger, run, request(&blob)).expect_err("foreign");
        let unknown = World::new().run(run, request(&blob)).expect_err("unknown");
        assert_eq!(foreign, unknown);
        expect!["AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."].assert_eq(&format!("{}: {}", foreign.code, foreign.message));
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        let blob = sealed(&world, &key);
        check(
            &world,
            DecryptRequest { dry_run: Some(true), ..request(&blob) },
            expect!["DryRunOperationException: The request would have succeeded, but the DryRun option is set."],
        );
        let rsa = Some(EncryptionAlgorithmSpec::RsaesOaepSha1.into());
        check(
            &world,
            DecryptRequest { encryption_algorithm: rsa, ..request(&blob) },
            expect![
                "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT."
            ],
        );
        check(
            &world,
            DecryptRequest { recipient: Some(Default::default()), ..request(&blob) },
            expect!["UnsupportedOperationException: Recipient is not supported by this cluster."],
        );
        check(
            &world,
            DecryptRequest::default(),
            expect![
                "ValidationException: 1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
            ],
        );
        let modifiers = vec![DryRunModifierType::IgnoreCiphertext as i32];
        let dry = DecryptRequest { dry_run: Some(true), dry_run_modifiers: modifiers, ..DecryptRequest::default() };
        check(
            &world,
            dry.clone(),
            expect![
                "ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"
            ],
        );
        check(
            &world,
            DecryptRequest { key_id: Some(key.clone()), ..dry },
            expect!["DryRunOperationException: The request would have succeeded, but the DryRun option is set."],
        );
        world.run(super::super::disable_key::run, DisableKeyRequest { key_id: Some(key) }).expect("disabled");
        check(
            &world,
            request(&blob),
            expect!["DisabledException: arn:aws:kms:us-east-1:111122223333:key/<key id> is disabled."],
        );
    }

    #[test]
    fn a_ciphertext_of_a_managed_key_opens_through_its_service_alone() {
        let world = World::new();
        let blob = world.encrypt_through("ssm", "alias/aws/ssm", b"value", &context(&[("a", "bc")]));
        check(
            &world,
            request(&blob),
            expect![
                "AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
            ],
        );
        let answer = decrypt(&world.service(), &world.tables(), &world.call_through("ssm"), &request(&blob));
        assert_eq!(answer.expect("decrypted").plaintext.as_deref(), Some(&b"value"[..]));
    }
}

//! ReEncrypt: opens a ciphertext and encrypts what it holds again, under another key or with another context, without
//! giving it out.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html>

use crate::ciphertext;
use crate::key::EnabledKey;
use crate::key_name::KeyName;
use crate::symmetric::{absent, check_algorithm, check_dry_run};
use crate::{Kms, KmsError};
use crypto::BlobHeader;
use proto::kms::v1::{DryRunModifierType, EncryptionAlgorithmSpec, ReEncryptRequest, ReEncryptResponse};
use replica::{Arn, View};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: ReEncryptRequest) -> Result<ReEncryptResponse, Fault> {
    let view = kms.replica.read().await?;
    Ok(re_encrypt(&kms, &*view, &call, &request)?)
}

fn re_encrypt(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &ReEncryptRequest,
) -> Result<ReEncryptResponse, KmsError> {
    let Some(blob) = request.ciphertext_blob.as_deref() else {
        return Err(try_without_ciphertext(kms, view, call, request));
    };
    let header = ciphertext::header(blob)?;
    let (source, destination) = keys(kms, view, call, request, Some(&header))?;
    let context = &request.source_encryption_context;
    let (plaintext, material_id) = kms.open(view, call, &source, header.material_version, context, blob)?;
    check_dry_run(request.dry_run)?;
    let context = &request.destination_encryption_context;
    let blob = kms.seal(view, call, &destination, context, plaintext.expose_secret())?;
    Ok(ReEncryptResponse {
        ciphertext_blob: Some(blob.into()),
        source_key_id: Some(source.key().arn.to_string()),
        key_id: Some(destination.key().arn.to_string()),
        source_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault.into()),
        destination_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault.into()),
        source_key_material_id: Some(hex::encode(material_id)),
        destination_key_material_id: Some(hex::encode(&destination.key().record.material_id)),
    })
}

/// The key that opens and the key that seals, if the caller may use both so. Without a header the source has to be
/// named.
fn keys(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &ReEncryptRequest,
    header: Option<&BlobHeader>,
) -> Result<(EnabledKey, EnabledKey), KmsError> {
    let destination_name = KeyName::parse(request.destination_key_id.as_deref().unwrap_or_default(), call)?;
    let source_name = match (request.source_key_id.as_deref(), header) {
        (Some(key_id), _) => KeyName::parse(key_id, call)?,
        (None, Some(header)) => KeyName::Key(ciphertext::key_path(view, call, header)?),
        (None, None) => return Err(absent("sourceKeyId")),
    };
    let same = resolved(view, call, &source_name) == resolved(view, call, &destination_name);
    let same = if same { "true" } else { "false" };

    let source = kms.permitted_key(view, call, "kms:ReEncryptFrom", &source_name, |conditions| {
        conditions.encryption(&request.source_encryption_context).with("kms:ReEncryptOnSameKey", same)
    });
    let source = source.and_then(|(key, _permit)| key.enabled());
    let source = match request.source_key_id {
        Some(_) => source?,
        None => source.map_err(ciphertext::without_naming_the_key)?,
    };
    if header.is_some_and(|header| header.key_id != source.key().record.key_id) {
        return Err(KmsError::IncorrectKey);
    }
    check_algorithm(request.source_encryption_algorithm)?;

    let (destination, _permit) = kms.permitted_key(view, call, "kms:ReEncryptTo", &destination_name, |conditions| {
        conditions.encryption(&request.destination_encryption_context).with("kms:ReEncryptOnSameKey", same)
    })?;
    let destination = destination.enabled()?;
    check_algorithm(request.destination_encryption_algorithm)?;
    Ok((source, destination))
}

/// The key behind a name of the caller's account; any other name stands for itself.
fn resolved(view: &dyn View, call: &Call, name: &KeyName) -> Arn {
    let own = name.account() == &call.caller.account;
    let path = own.then(|| name.target(view, &call.region)).flatten();
    path.map_or_else(|| name.arn().clone(), |path| path.arn)
}

/// A dry run may leave the ciphertext out and ask about the keys alone.
fn try_without_ciphertext(kms: &Kms, view: &dyn View, call: &Call, request: &ReEncryptRequest) -> KmsError {
    let ignored = request.dry_run_modifiers.contains(&(DryRunModifierType::IgnoreCiphertext as i32));
    if !ignored || request.dry_run != Some(true) {
        return absent("ciphertextBlob");
    }
    match keys(kms, view, call, request, None) {
        Ok(_) => KmsError::DryRun,
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::decrypt;
    use crate::operations::testing::{ACCOUNT, OTHER_ACCOUNT, World, context};
    use expect_test::{Expect, expect};
    use proto::kms::v1::DecryptRequest;

    struct Made {
        world: World,
        source: String,
        destination: String,
        request: ReEncryptRequest,
    }

    fn made() -> Made {
        let world = World::new();
        let [source, destination] = [0; 2].map(|_| world.create_key());
        world.create_alias("alias/from", &source);
        world.create_alias("alias/to", &destination);
        let request = ReEncryptRequest {
            ciphertext_blob: Some(world.encrypt(&source, b"canary", &context(&[("a", "b")])).into()),
            source_encryption_context: context(&[("a", "b")]),
            destination_key_id: Some(destination.clone()),
            destination_encryption_context: context(&[("c", "d")]),
            ..ReEncryptRequest::default()
        };
        Made { world, source, destination, request }
    }

    fn check(world: &World, request: ReEncryptRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    fn forms(world: &World, key: &str, alias: &str) -> [String; 4] {
        let arn = world.describe(key).arn.expect("named");
        [key.to_owned(), arn, alias.to_owned(), format!("arn:aws:kms:us-east-1:{ACCOUNT}:{alias}")]
    }

    #[test]
    fn a_ciphertext_goes_over_to_another_key_by_every_form_of_its_name() {
        let Made { world, source, destination, request } = made();
        world.rotate_on_demand(&source);
        let sources: Vec<_> = forms(&world, &source, "alias/from").into_iter().map(Some).chain([None]).collect();
        for source_key_id in sources {
            for destination_key_id in forms(&world, &destination, "alias/to") {
                let destination_key_id = Some(destination_key_id);
                let request =
                    ReEncryptRequest { source_key_id: source_key_id.clone(), destination_key_id, ..request.clone() };
                let answer = world.run(run, request).expect("encrypted again");
                assert_eq!(answer.source_key_id, world.describe(&source).arn);
                assert_eq!(answer.key_id, world.describe(&destination).arn);
                assert_ne!(answer.source_key_material_id, world.describe(&source).current_key_material_id);
                let decrypt = DecryptRequest {
                    ciphertext_blob: answer.ciphertext_blob,
                    encryption_context: context(&[("c", "d")]),
                    ..DecryptRequest::default()
                };
                let opened = world.run(decrypt::run, decrypt).expect("opened");
                assert_eq!(opened.plaintext.as_deref(), Some(&b"canary"[..]));
                assert_eq!(
                    (opened.key_id, opened.key_material_id),
                    (answer.key_id, answer.destination_key_material_id)
                );
            }
        }
    }

    #[test]
    fn a_key_may_take_its_own_ciphertext_under_another_context() {
        let Made { world, source, request, .. } = made();
        let answer = world.run(run, ReEncryptRequest { destination_key_id: Some(source), ..request });
        let answer = answer.expect("encrypted again");
        assert_eq!(answer.source_key_id, answer.key_id);
    }

    #[test]
    fn the_plaintext_is_not_in_the_answer() {
        let Made { world, request, .. } = made();
        let answer = world.run(run, request).expect("encrypted again");
        let text = serde_json::to_string(&answer).expect("JSON");
        assert!(!text.contains("Y2FuYXJ5"), "{text}");
        assert!(!answer.ciphertext_blob.expect("given").windows(6).any(|window| window == b"canary"));
    }

    #[test]
    fn the_ciphertext_has_to_open() {
        let Made { world, destination, request, .. } = made();
        let other_context = ReEncryptRequest { source_encryption_context: context(&[]), ..request.clone() };
        check(&world, other_context, expect!["InvalidCiphertextException: "]);
        let nonsense = ReEncryptRequest { ciphertext_blob: Some(b"x".to_vec().into()), ..request.clone() };
        check(&world, nonsense, expect!["InvalidCiphertextException: "]);
        check(
            &world,
            ReEncryptRequest { source_key_id: Some(destination), ..request },
            expect![
                "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation."
            ],
        );
    }

    #[test]
    fn both_keys_have_to_be_enabled() {
        for disable_source in [true, false] {
            let Made { world, source, destination, request } = made();
            let key = if disable_source { source } else { destination };
            world.disable(&key);
            let fault = world.run(run, request).expect_err("disabled");
            assert_eq!((fault.code, fault.message.contains(&key)), ("DisabledException", true));
        }
    }

    #[test]
    fn both_keys_have_to_be_permitted() {
        let Made { world, source, destination, request } = made();
        let stranger = world.call(OTHER_ACCOUNT);
        let source_key_id = world.describe(&source).arn;
        let destination_key_id = world.describe(&destination).arn;
        let foreign = ReEncryptRequest { source_key_id, destination_key_id: destination_key_id.clone(), ..request };
        let fault = world.run_as(&stranger, run, foreign.clone()).expect_err("a foreign source");
        assert!(fault.message.contains("kms:ReEncryptFrom"), "{fault:?}");
        let unnamed = ReEncryptRequest { source_key_id: None, ..foreign };
        let fault = world.run_as(&stranger, run, unnamed).expect_err("a foreign source");
        assert!(fault.message.starts_with("The ciphertext refers to a customer master key"), "{fault:?}");

        let owner = world.call(OTHER_ACCOUNT);
        let own = world.create_key_as(&owner);
        let blob = world.encrypt_as(&world.call(OTHER_ACCOUNT), &own, b"x");
        let own_source =
            ReEncryptRequest { ciphertext_blob: Some(blob.into()), destination_key_id, ..ReEncryptRequest::default() };
        let fault = world.run_as(&stranger, run, own_source).expect_err("a foreign destination");
        assert_eq!((fault.code, fault.message.contains("kms:ReEncryptTo")), ("AccessDeniedException", true));
    }

    #[test]
    fn refusals_are_awss() {
        let Made { world, source, request, .. } = made();
        let rsa = Some(EncryptionAlgorithmSpec::RsaesOaepSha256.into());
        for request in [
            ReEncryptRequest { source_encryption_algorithm: rsa, ..request.clone() },
            ReEncryptRequest { destination_encryption_algorithm: rsa, ..request.clone() },
        ] {
            check(
                &world,
                request,
                expect![
                    "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."
                ],
            );
        }
        check(
            &world,
            ReEncryptRequest { destination_key_id: Some("alias/nobody".to_owned()), ..request.clone() },
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found."],
        );
        let dry_run = ReEncryptRequest { dry_run: Some(true), ..request.clone() };
        let dry_run_modifiers = vec![DryRunModifierType::IgnoreCiphertext as i32];
        let blind = ReEncryptRequest { ciphertext_blob: None, dry_run_modifiers, ..dry_run.clone() };
        for request in [dry_run, ReEncryptRequest { source_key_id: Some(source), ..blind.clone() }] {
            check(
                &world,
                request,
                expect!["DryRunOperationException: The request would have succeeded, but the DryRun option is set."],
            );
        }
        check(
            &world,
            blind,
            expect![
                "ValidationException: 1 validation error detected: Value null at 'sourceKeyId' failed to satisfy constraint: Member must not be null"
            ],
        );
        check(
            &world,
            ReEncryptRequest { ciphertext_blob: None, ..request },
            expect![
                "ValidationException: 1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
            ],
        );
    }
}

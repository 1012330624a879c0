//! Encrypt: encrypts up to 4096 bytes under a key.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>

use crate::key_name::KeyName;
use crate::symmetric::{check_algorithm, check_dry_run};
use crate::{Kms, KmsError};
use proto::kms::v1::{EncryptRequest, EncryptResponse, EncryptionAlgorithmSpec};
use replica::View;
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: EncryptRequest) -> Result<EncryptResponse, Fault> {
    let view = kms.replica.read().await?;
    Ok(encrypt(&kms, &*view, &call, &request)?)
}

/// Encrypts, as of `view`.
pub(crate) fn encrypt(
    kms: &Kms,
    view: &dyn View,
    call: &Call,
    request: &EncryptRequest,
) -> Result<EncryptResponse, KmsError> {
    let name = KeyName::parse(request.key_id.as_deref().unwrap_or_default(), call)?;
    let context = &request.encryption_context;
    let key = kms.enabled_key(view, call, "kms:Encrypt", &name, context)?;
    check_algorithm(request.encryption_algorithm)?;
    check_dry_run(request.dry_run)?;
    let plaintext = request.plaintext.as_deref().unwrap_or_default();
    let blob = kms.seal(view, call, &key, context, plaintext)?;
    Ok(EncryptResponse {
        ciphertext_blob: Some(blob.into()),
        key_id: Some(key.key().arn.to_string()),
        encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{World, context};
    use expect_test::{Expect, expect};
    use proto::kms::v1::DisableKeyRequest;

    fn request(key_id: &str) -> EncryptRequest {
        EncryptRequest {
            key_id: Some(key_id.to_owned()),
            plaintext: Some(b"canary".to_vec().into()),
            encryption_context: context(&[("a", "b")]),
            ..EncryptRequest::default()
        }
    }

    fn check(world: &World, request: EncryptRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn the_answer_names_the_key_by_arn_and_hides_the_plaintext() {
        let world = World::new();
        let key = world.create_key();
        let answer = world.run(run, request(&key)).expect("encrypted");
        assert!(answer.key_id.expect("named").ends_with(&format!(":key/{key}")));
        let blob = answer.ciphertext_blob.expect("a blob");
        assert!(!blob.windows(6).any(|window| window == b"canary"));
        let again = world.run(run, request(&key)).expect("encrypted").ciphertext_blob.expect("a blob");
        assert_ne!(blob, again, "every message has a key of its own");
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        let rsa = Some(EncryptionAlgorithmSpec::RsaesOaepSha256.into());
        check(
            &world,
            EncryptRequest { encryption_algorithm: rsa, ..request(&key) },
            expect![
                "InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."
            ],
        );
        check(
            &world,
            EncryptRequest { dry_run: Some(true), ..request(&key) },
            expect!["DryRunOperationException: The request would have succeeded, but the DryRun option is set."],
        );
        check(
            &world,
            request("1234abcd-12ab-34cd-56ef-1234567890ab"),
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
        check(
            &world,
            request("alias/nobody"),
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found."],
        );
        check(&world, request("nonsense"), expect!["NotFoundException: Invalid keyId 'nonsense'"]);
        world.run(super::super::disable_key::run, DisableKeyRequest { key_id: Some(key.clone()) }).expect("disabled");
        check(
            &world,
            request(&key),
            expect!["DisabledException: arn:aws:kms:us-east-1:111122223333:key/<key id> is disabled."],
        );
        check(
            &world,
            EncryptRequest { dry_run: Some(true), ..request(&key) },
            expect!["DisabledException: arn:aws:kms:us-east-1:111122223333:key/<key id> is disabled."],
        );
    }

    #[test]
    fn an_aws_managed_key_serves_its_service_alone() {
        let world = World::new();
        world.describe("alias/aws/ssm");
        check(
            &world,
            request("alias/aws/ssm"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:Encrypt action"
            ],
        );
        let (kms, call) = (world.service(), world.call_through("ssm"));
        assert!(encrypt(&kms, &world.tables(), &call, &request("alias/aws/ssm")).is_ok());
        let call = world.call_through("secretsmanager");
        assert!(encrypt(&kms, &world.tables(), &call, &request("alias/aws/ssm")).is_err());
    }
}

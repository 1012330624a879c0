//! DescribeKey: tells what a key is. Naming the predefined alias of a service makes its AWS managed key.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>

use crate::conditions::Conditions;
use crate::key_name::KeyName;
use crate::{Kms, KmsError, managed_key};
use proto::kms::v1::{DescribeKeyRequest, DescribeKeyResponse};
use replica::View;
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: DescribeKeyRequest) -> Result<DescribeKeyResponse, Fault> {
    let name = KeyName::parse(request.key_id.as_deref().unwrap_or_default(), &call)?;
    make_if_predefined(&kms, &call, &name).await?;
    let view = kms.replica.read().await?;
    let (key, _permit) = kms.permitted_key(&*view, &call, "kms:DescribeKey", &name, |conditions| conditions)?;
    Ok(DescribeKeyResponse { key_metadata: Some(key.metadata()) })
}

async fn make_if_predefined(kms: &Kms, call: &Call, name: &KeyName) -> Result<(), KmsError> {
    let Some(alias) = managed_key::predefined_alias(name, call) else { return Ok(()) };
    let authorize = |view: &dyn View| {
        let conditions = Conditions::of_call(call).alias(name.alias());
        kms.authorize(view, call, "kms:DescribeKey", &alias.arn, conditions)
    };
    let permit = service::decide(&*kms.replica, authorize).await?;
    kms.ensure_managed_key(call, alias, permit).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(key_id)));
    }

    fn request(key_id: &str) -> DescribeKeyRequest {
        DescribeKeyRequest { key_id: Some(key_id.to_owned()), grant_tokens: vec![] }
    }

    #[test]
    fn a_key_is_described_by_id_and_by_arn() {
        let world = World::new();
        let key = world.create_key();
        let by_id = world.answer(run, request(&key));
        assert_eq!(by_id, world.answer(run, request(&format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}"))));
        assert!(by_id.contains("Enabled"), "{by_id}");
    }

    #[test]
    fn a_predefined_alias_makes_its_key_once() {
        let world = World::new();
        let first = world.answer(run, request("alias/aws/ssm"));
        expect![[r#"
            {
              "KeyMetadata": {
                "AWSAccountId": "111122223333",
                "KeyId": "<key id>",
                "Arn": "arn:aws:kms:us-east-1:111122223333:key/<key id>",
                "CreationDate": 1700000000.123,
                "Enabled": true,
                "Description": "Default key that protects my SSM parameters when no other key is defined",
                "KeyUsage": "ENCRYPT_DECRYPT",
                "KeyState": "Enabled",
                "Origin": "AWS_KMS",
                "KeyManager": "AWS",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "EncryptionAlgorithms": [
                  "SYMMETRIC_DEFAULT"
                ],
                "MultiRegion": false,
                "CurrentKeyMaterialId": "<material id>"
              }
            }"#]]
        .assert_eq(&first);
        assert_eq!(world.answer(run, request("alias/aws/ssm")), first);
        let by_arn = request(&format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/ssm"));
        assert_eq!(world.answer(run, by_arn), first);
    }

    #[test]
    fn what_does_not_exist_is_refused_in_awss_words() {
        let world = World::new();
        check(
            &world,
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
        check(
            &world,
            "alias/nobody",
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found."],
        );
        check(
            &world,
            "alias/aws/nobody",
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/aws/nobody is not found."],
        );
        check(&world, "x", expect!["NotFoundException: Invalid keyId 'x'"]);
        check(
            &world,
            "arn:aws:kms:eu-west-1:111122223333:alias/aws/ssm",
            expect!["NotFoundException: Invalid arn eu-west-1"],
        );
    }

    #[test]
    fn naming_the_predefined_alias_of_another_account_makes_nothing() {
        let world = World::new();
        let before = world.tables().rows();
        check(
            &world,
            "arn:aws:kms:us-east-1:444455556666:alias/aws/ssm",
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:us-east-1:444455556666:alias/aws/ssm because no resource-based policy allows the kms:DescribeKey action"
            ],
        );
        assert_eq!(world.tables().rows(), before);
    }
}

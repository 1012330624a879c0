//! CreateKey: makes a customer managed key.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>. Keys are symmetric, of material that this
//! cluster draws, under the default key policy; everything else that AWS offers is refused.

use crate::conditions::Conditions;
use crate::key::Key;
use crate::key_name::KeyPath;
use crate::managed_key::new_record;
use crate::material::put_new_key;
use crate::refused::Refused;
use crate::symmetric::key_identity;
use crate::tables::state::{self, CreateKeyCommand, CreateKeyReply, NewKey};
use crate::tables::{self, KeyRecord};
use crate::{Kms, KmsError, key_policy, tags};
use access::quota::{self, Quota};
use proto::Enumeration;
use proto::kms::v1::{CreateKeyRequest, CreateKeyResponse, CustomerMasterKeySpec, KeySpec, KeyUsageType, OriginType};
use replica::{Applied, Arn, Command, Partition, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: CreateKeyRequest) -> Result<CreateKeyResponse, Fault> {
    check_kind(&request)?;
    if let Some(policy) = &request.policy {
        key_policy::check_default(policy, &call.caller.account, &Partition::of(&call.region))?;
    }
    let bypass = request.bypass_policy_lockout_safety_check.unwrap_or_default();
    let tags = tags::parse(request.tags)?;
    let any_key = Arn::new("kms", &call.region, &call.caller.account, "*");
    let authorize = |view: &dyn View| {
        let conditions = of_new_key(&call, bypass, &tags);
        kms.authorize(view, &call, "kms:CreateKey", &any_key, conditions)
    };
    let permit = service::decide(&*kms.replica, authorize).await?;

    let key = kms.draw_key(&call)?;
    let path = KeyPath::new(&call.region, &call.caller.account, &key.key_id);
    let command = CreateKeyCommand {
        account: call.caller.account.to_string(),
        key: Some(key),
        description: request.description.unwrap_or_default(),
        policy: request.policy.unwrap_or_default(),
        tags,
    };
    let reply = kms.propose(&call, permit, command).await?.map_err(|refusal| Refused::error(&refusal, &path.arn))?;

    // An attempt that an SDK repeats is answered with the key of the first one, not with the one just drawn.
    let record = reply.key.expect("a created key is in the reply");
    let path = KeyPath::new(&call.region, &call.caller.account, &record.key_id);
    let key = Key { account: path.account, arn: path.arn, record };
    Ok(CreateKeyResponse { key_metadata: Some(key.metadata()) })
}

impl Kms {
    /// Draws a key id and material for a new key of the caller's account.
    pub(crate) fn draw_key(&self, call: &Call) -> Result<NewKey, KmsError> {
        let key_id = uuid::Builder::from_random_bytes(crypto::random_bytes()).into_uuid().to_string();
        let identity = key_identity(&call.region, call.caller.account.as_str(), &key_id, 1);
        let sealed = self.vault.new_key_material(&identity)?;
        Ok(NewKey { key_id, sealed, material_id: crypto::random_bytes::<32>().to_vec() })
    }
}

impl Command for CreateKeyCommand {
    const KIND: u32 = kind::KMS;
    type Reply = CreateKeyReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<CreateKeyReply> {
        let account = self.account.parse().expect("a command names an account");
        let new = self.key.expect("a command carries its key");
        let mut writes = Writes::new();
        if quota::take(view, &mut writes, &account, Quota::KmsKeys).is_err() {
            return Applied::refused(Refused::QuotaReached);
        }
        if tables::owner(view, &new.key_id).is_some() {
            return Applied::refused(Refused::IdTaken);
        }
        let record = KeyRecord {
            description: self.description,
            policy: self.policy,
            tags: self.tags,
            ..new_record(&new.key_id, &new.material_id, at)
        };
        put_new_key(&mut writes, &account, &record, new.sealed);
        Applied::reply(writes, CreateKeyReply { key: Some(record) })
    }
}

fn of_new_key(call: &Call, bypass: bool, tags: &[state::Tag]) -> Conditions {
    Conditions::of_call(call)
        .with("kms:KeySpec", KeySpec::SymmetricDefault.aws_name())
        .with("kms:KeyUsage", KeyUsageType::EncryptDecrypt.aws_name())
        .with("kms:KeyOrigin", OriginType::AwsKms.aws_name())
        .with("kms:MultiRegion", "false")
        .with("kms:BypassPolicyLockoutSafetyCheck", if bypass { "true" } else { "false" })
        .request_tags(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// Refuses every kind of key but the symmetric one of material drawn here.
fn check_kind(request: &CreateKeyRequest) -> Result<(), KmsError> {
    let unsupported = |what| Err(KmsError::Unsupported { what });
    if request.key_spec.is_some() && request.customer_master_key_spec.is_some() {
        let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
                       CustomerMasterKeySpec is deprecated.";
        return Err(KmsError::Validation { message: message.to_owned() });
    }
    check_usage(spec_name(request), request.key_usage)?;
    if spec_name(request) != KeySpec::SymmetricDefault.aws_name() {
        return unsupported("A KeySpec other than SYMMETRIC_DEFAULT");
    }
    if request.custom_key_store_id.is_some() || request.xks_key_id.is_some() {
        return unsupported("A custom key store");
    }
    if request.origin.is_some_and(|origin| origin != OriginType::AwsKms as i32) {
        return unsupported("An Origin other than AWS_KMS");
    }
    if request.multi_region == Some(true) {
        return unsupported("A multi-Region key");
    }
    Ok(())
}

/// The spec, by its present name or by the former one.
fn spec_name(request: &CreateKeyRequest) -> &'static str {
    let former = request.customer_master_key_spec.and_then(CustomerMasterKeySpec::name_of);
    request.key_spec.and_then(KeySpec::name_of).or(former).unwrap_or(KeySpec::SymmetricDefault.aws_name())
}

fn check_usage(spec: &str, usage: Option<i32>) -> Result<(), KmsError> {
    let symmetric = spec == KeySpec::SymmetricDefault.aws_name();
    let message = match usage.map(|usage| KeyUsageType::name_of(usage).unwrap_or("?")) {
        None if symmetric => return Ok(()),
        None => "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.".to_owned(),
        Some(usage) if symmetric && usage != KeyUsageType::EncryptDecrypt.aws_name() => {
            format!("KeyUsage {usage} is not compatible with KeySpec {spec}")
        }
        Some(_) => return Ok(()),
    };
    Err(KmsError::Validation { message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};
    use replica::testing::Tables;

    fn command(key_id: &str) -> CreateKeyCommand {
        let key = NewKey { key_id: key_id.to_owned(), sealed: vec![1], material_id: vec![2; 32] };
        CreateKeyCommand { account: ACCOUNT.to_owned(), key: Some(key), ..CreateKeyCommand::default() }
    }

    fn check(request: CreateKeyRequest, expected: Expect) {
        expected.assert_eq(&World::new().answer(run, request));
    }

    #[test]
    fn apply_makes_a_key_and_counts_it() {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("account"));
        let applied = command("k1").apply(Timestamp::from_millis(5), &tables);
        tables.commit(&applied.writes);
        let record = tables::key(&tables, &account, "k1").expect("made");
        assert_eq!((record.created_at, record.state()), (5, tables::KeyState::Enabled));
        assert_eq!(tables::material(&tables, &account, "k1", 1).expect("made").sealed, [1]);
        assert_eq!(tables::owner(&tables, "k1"), Some(account.clone()));
        assert_eq!(quota::used(&tables, &account, Quota::KmsKeys), 1);
        assert_eq!(applied.result, Ok(CreateKeyReply { key: Some(record) }));
    }

    #[test]
    fn apply_refuses_a_taken_id_and_one_key_above_the_quota() {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("account"));
        let first = command("k1").apply(Timestamp::default(), &tables);
        tables.commit(&first.writes);
        let taken = command("k1").apply(Timestamp::default(), &tables);
        assert_eq!(taken.result, Err(Refused::IdTaken.into()));

        let mut writes = Writes::new();
        quota::set_limit(&mut writes, &account, Quota::KmsKeys, Some(2));
        tables.commit(&writes);
        let last = command("k2").apply(Timestamp::default(), &tables);
        tables.commit(&last.writes);
        assert!(last.result.is_ok());
        let above = command("k3").apply(Timestamp::default(), &tables);
        assert_eq!(above.result, Err(Refused::QuotaReached.into()));
    }

    #[test]
    fn a_new_key_is_described_as_aws_does() {
        let tags = vec![proto::kms::v1::Tag { tag_key: Some("a".to_owned()), tag_value: None }];
        let description = Some("demo".to_owned());
        check(
            CreateKeyRequest { description, tags, ..CreateKeyRequest::default() },
            expect![[r#"
            {
              "KeyMetadata": {
                "AWSAccountId": "111122223333",
                "KeyId": "<key id>",
                "Arn": "arn:aws:kms:us-east-1:111122223333:key/<key id>",
                "CreationDate": 1700000000.123,
                "Enabled": true,
                "Description": "demo",
                "KeyUsage": "ENCRYPT_DECRYPT",
                "KeyState": "Enabled",
                "Origin": "AWS_KMS",
                "KeyManager": "CUSTOMER",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "EncryptionAlgorithms": [
                  "SYMMETRIC_DEFAULT"
                ],
                "MultiRegion": false,
                "CurrentKeyMaterialId": "<material id>"
              }
            }"#]],
        );
    }

    #[test]
    fn other_kinds_of_keys_are_refused() {
        let spec = |spec: KeySpec, usage: Option<KeyUsageType>| CreateKeyRequest {
            key_spec: Some(spec.into()),
            key_usage: usage.map(Into::into),
            ..CreateKeyRequest::default()
        };
        check(
            spec(KeySpec::Rsa2048, None),
            expect![
                "ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            ],
        );
        check(
            spec(KeySpec::Rsa2048, Some(KeyUsageType::SignVerify)),
            expect![
                "UnsupportedOperationException: A KeySpec other than SYMMETRIC_DEFAULT is not supported by this cluster."
            ],
        );
        check(
            spec(KeySpec::SymmetricDefault, Some(KeyUsageType::SignVerify)),
            expect!["ValidationException: KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"],
        );
        let former = Some(CustomerMasterKeySpec::EccNistP256.into());
        let usage = Some(KeyUsageType::SignVerify.into());
        check(
            CreateKeyRequest { customer_master_key_spec: former, key_usage: usage, ..CreateKeyRequest::default() },
            expect![
                "UnsupportedOperationException: A KeySpec other than SYMMETRIC_DEFAULT is not supported by this cluster."
            ],
        );
        check(
            CreateKeyRequest { customer_master_key_spec: former, ..spec(KeySpec::Rsa2048, None) },
            expect![
                "ValidationException: You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
            ],
        );
        let origin = Some(OriginType::External.into());
        check(
            CreateKeyRequest { origin, ..CreateKeyRequest::default() },
            expect!["UnsupportedOperationException: An Origin other than AWS_KMS is not supported by this cluster."],
        );
        check(
            CreateKeyRequest { multi_region: Some(true), ..CreateKeyRequest::default() },
            expect!["UnsupportedOperationException: A multi-Region key is not supported by this cluster."],
        );
        let custom_key_store_id = Some("cks-1".to_owned());
        check(
            CreateKeyRequest { custom_key_store_id, ..CreateKeyRequest::default() },
            expect!["UnsupportedOperationException: A custom key store is not supported by this cluster."],
        );
        check(
            CreateKeyRequest { policy: Some("{}".to_owned()), ..CreateKeyRequest::default() },
            expect!["MalformedPolicyDocumentException: The policy document is not valid: it has no Statement"],
        );
    }

    #[test]
    fn a_repeated_attempt_makes_no_second_key() {
        let world = World::new();
        let call = world.call(ACCOUNT);
        let first = world.run_as(&call, run, CreateKeyRequest::default()).expect("made");
        let again = world.run_as(&call, run, CreateKeyRequest::default()).expect("made");
        assert_eq!(first, again);
        assert_eq!(quota::used(&world.tables(), &call.caller.account, Quota::KmsKeys), 1);
    }

    #[test]
    fn the_command_is_pinned() {
        expect!["0a0c31313131323232323333333312280a016b1201011a200202020202020202020202020202020202020202020202020202020202020202"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command("k"))));
    }
}

//! A key as an operation meets it: found, permitted, enabled.

use crate::conditions::Conditions;
use crate::key_name::{KeyName, KeyPath};
use crate::tables::{self, KeyRecord, KeyState};
use crate::{Kms, KmsError};
use access::Permit;
use proto::kms::v1::{
    CustomerMasterKeySpec, EncryptionAlgorithmSpec, KeyManagerType, KeyMetadata, KeySpec, KeyUsageType, OriginType,
};
use replica::{AccountId, Arn, View};
use service::Call;

/// A key that exists.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The owner.
    pub(crate) account: AccountId,
    /// The key's ARN.
    pub(crate) arn: Arn,
    /// Its record.
    pub(crate) record: KeyRecord,
}

/// A key that may encrypt and decrypt. Made by [`Key::enabled`] alone.
#[derive(Debug, Clone)]
pub(crate) struct EnabledKey(Key);

impl EnabledKey {
    /// The key.
    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

impl Key {
    /// The key that `path` names, if it exists.
    pub(crate) fn find(view: &dyn View, path: &KeyPath) -> Option<Self> {
        let record = tables::key(view, &path.account, &path.key_id)?;
        Some(Self { account: path.account.clone(), arn: path.arn.clone(), record })
    }

    /// The state column of AWS's table for cryptographic operations.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>
    pub(crate) fn enabled(self) -> Result<EnabledKey, KmsError> {
        match self.record.state() {
            KeyState::Enabled => Ok(EnabledKey(self)),
            KeyState::PendingDeletion => Err(KmsError::KeyPendingDeletion { arn: self.arn.to_string() }),
            KeyState::Disabled | KeyState::Unspecified => Err(KmsError::KeyDisabled { arn: self.arn.to_string() }),
        }
    }

    /// What DescribeKey tells of it.
    pub(crate) fn metadata(&self) -> KeyMetadata {
        let record = &self.record;
        let manager = if record.managed_by.is_empty() { KeyManagerType::Customer } else { KeyManagerType::Aws };
        let pending = record.state() == KeyState::PendingDeletion;
        KeyMetadata {
            aws_account_id: Some(self.account.to_string()),
            key_id: Some(record.key_id.clone()),
            arn: Some(self.arn.to_string()),
            creation_date: Some(timestamp(record.created_at)),
            enabled: Some(record.state() == KeyState::Enabled),
            description: Some(record.description.clone()),
            key_usage: Some(KeyUsageType::EncryptDecrypt.into()),
            key_state: Some(public_state(record.state()).into()),
            deletion_date: pending.then(|| timestamp(record.deletion_at)),
            origin: Some(OriginType::AwsKms.into()),
            key_manager: Some(manager.into()),
            customer_master_key_spec: Some(CustomerMasterKeySpec::SymmetricDefault.into()),
            key_spec: Some(KeySpec::SymmetricDefault.into()),
            encryption_algorithms: vec![EncryptionAlgorithmSpec::SymmetricDefault.into()],
            multi_region: Some(false),
            current_key_material_id: Some(hex::encode(&record.material_id)),
            ..KeyMetadata::default()
        }
    }
}

impl Kms {
    /// The key that `name` names, if the caller may do `action` to it. A key of another account is decided on by its
    /// name alone, so that nobody learns from the answer whether it exists.
    pub(crate) fn permitted_key(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        name: &KeyName,
        conditions: impl FnOnce(Conditions) -> Conditions,
    ) -> Result<(Key, Permit), KmsError> {
        let own = name.account() == &call.caller.account;
        let path = own.then(|| name.target(view, &call.region)).flatten();
        let key = path.as_ref().and_then(|path| Key::find(view, path));
        let mut asked = conditions(Conditions::of_call(call).alias(name.alias()));
        if let Some(key) = &key {
            asked = asked.of_key(key);
        }
        let resource = path.as_ref().map_or(name.arn(), |path| &path.arn);
        let permit = self.authorize(view, call, action, resource, asked)?;
        let key = key.ok_or_else(|| name.not_found())?;
        crate::managed_key::check_policy(&key, call, action)?;
        Ok((key, permit))
    }
}

impl Kms {
    /// The key that a change names by id or ARN, and the permission to do `action` to it.
    pub(crate) async fn permitted_change(
        &self,
        call: &Call,
        action: &'static str,
        key_id: Option<&str>,
        conditions: impl Fn(Conditions) -> Conditions,
    ) -> Result<(Key, Permit), KmsError> {
        let name = KeyName::Key(KeyPath::parse(key_id.unwrap_or_default(), call)?);
        let authorize = |view: &dyn View| self.permitted_key(view, call, action, &name, &conditions);
        service::decide(&*self.replica, authorize).await
    }

    /// The key that a read names by id or ARN, if the caller may do `action` to it.
    pub(crate) fn readable_key(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        key_id: Option<&str>,
    ) -> Result<Key, KmsError> {
        let name = KeyName::Key(KeyPath::parse(key_id.unwrap_or_default(), call)?);
        let (key, _permit) = self.permitted_key(view, call, action, &name, |conditions| conditions)?;
        Ok(key)
    }
}

/// As the wire has it.
pub(crate) fn timestamp(millis: u64) -> prost_types::Timestamp {
    let seconds = i64::try_from(millis / 1000).expect("milliseconds in 64 bits are seconds in 63");
    let nanos = i32::try_from(millis % 1000 * 1_000_000).expect("below a second");
    prost_types::Timestamp { seconds, nanos }
}

fn public_state(state: KeyState) -> proto::kms::v1::KeyState {
    match state {
        KeyState::Enabled => proto::kms::v1::KeyState::Enabled,
        KeyState::Disabled | KeyState::Unspecified => proto::kms::v1::KeyState::Disabled,
        KeyState::PendingDeletion => proto::kms::v1::KeyState::PendingDeletion,
    }
}

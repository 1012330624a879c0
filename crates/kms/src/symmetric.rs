//! What the operations that use a symmetric key share: the way to an enabled key, and sealing and opening with it.

use crate::conditions::Conditions;
use crate::key::EnabledKey;
use crate::key_name::KeyName;
use crate::{Kms, KmsError, tables};
use crypto::{KeyIdentity, Secret};
use proto::Enumeration;
use proto::kms::v1::EncryptionAlgorithmSpec;
use replica::{Partition, Region, View};
use service::Call;
use std::collections::BTreeMap;

/// An encryption context: what a ciphertext is bound to besides its key.
pub(crate) type Context = BTreeMap<String, String>;

impl Kms {
    /// The key that a request names, if the caller may do `action` with it under `context` and it is enabled.
    pub(crate) fn enabled_key(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        name: &KeyName,
        context: &Context,
    ) -> Result<EnabledKey, KmsError> {
        let conditions = |conditions: Conditions| conditions.encryption(context);
        let (key, _permit) = self.permitted_key(view, call, action, name, conditions)?;
        key.enabled()
    }

    /// A ciphertext blob of `plaintext` under the key's newest material.
    pub(crate) fn seal(
        &self,
        view: &dyn View,
        call: &Call,
        key: &EnabledKey,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, KmsError> {
        let version = key.key().record.material_version;
        let (sealed, _) = self.material(view, key, version).expect("a key has its newest material");
        let identity = identity(&call.region, key, version);
        Ok(self.vault.encrypt(&sealed, &identity, context, plaintext)?)
    }

    /// What a ciphertext blob of the key holds, and the id of the material that it was made with. `version` is the
    /// blob's own claim.
    pub(crate) fn open(
        &self,
        view: &dyn View,
        call: &Call,
        key: &EnabledKey,
        version: u32,
        context: &Context,
        blob: &[u8],
    ) -> Result<(Secret, Vec<u8>), KmsError> {
        let (sealed, material_id) = self.material(view, key, version).ok_or(KmsError::InvalidCiphertext)?;
        let identity = identity(&call.region, key, version);
        let opened = self.vault.decrypt(&sealed, &identity, context, blob)?;
        if faults::planted(faults::Bug::LeakViaDebug) {
            tracing::info!(?opened, "opened a ciphertext");
        }
        Ok((opened, material_id))
    }

    fn material(&self, view: &dyn View, key: &EnabledKey, version: u32) -> Option<(Vec<u8>, Vec<u8>)> {
        let key = key.key();
        let material = tables::material(view, &key.account, &key.record.key_id, version)?;
        Some((material.sealed, material.material_id))
    }
}

/// Refuses an algorithm that is not the symmetric one. Absent means that one.
pub(crate) fn check_algorithm(algorithm: Option<i32>) -> Result<(), KmsError> {
    match algorithm.map(EncryptionAlgorithmSpec::try_from) {
        None | Some(Ok(EncryptionAlgorithmSpec::SymmetricDefault)) => Ok(()),
        Some(Ok(other)) => Err(KmsError::IncompatibleAlgorithm { algorithm: other.aws_name() }),
        Some(Err(_)) => Err(KmsError::Validation { message: "The encryption algorithm is unknown.".to_owned() }),
    }
}

/// Turns the success of a dry run into the error that says so.
pub(crate) fn check_dry_run(dry_run: Option<bool>) -> Result<(), KmsError> {
    if dry_run == Some(true) { Err(KmsError::DryRun) } else { Ok(()) }
}

/// Refuses an answer encrypted for a Nitro enclave.
pub(crate) fn check_recipient<T>(recipient: Option<&T>) -> Result<(), KmsError> {
    match recipient {
        Some(_) => Err(KmsError::Unsupported { what: "Recipient" }),
        None => Ok(()),
    }
}

/// The error for a member that is missing where the model lets it.
pub(crate) fn absent(member: &str) -> KmsError {
    KmsError::Validation {
        message: format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ),
    }
}

/// Whose material it is.
pub(crate) fn key_identity(region: &Region, account: &str, key_id: &str, material_version: u32) -> KeyIdentity {
    KeyIdentity {
        partition: Partition::of(region).as_str().to_owned(),
        region: region.to_string(),
        account: account.to_owned(),
        key_id: key_id.to_owned(),
        material_version,
    }
}

fn identity(region: &Region, key: &EnabledKey, version: u32) -> KeyIdentity {
    let key = key.key();
    key_identity(region, key.account.as_str(), &key.record.key_id, version)
}

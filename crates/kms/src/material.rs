//! Versions of a key's material: the newest encrypts, every one decrypts what it has encrypted.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html>

use crate::symmetric::key_identity;
use crate::tables::state::NewMaterial;
use crate::tables::{self, FORMAT, KeyRecord, MaterialCause, MaterialRecord};
use crate::{Kms, KmsError, key_due};
use replica::{AccountId, Region, Timestamp, Writes};

impl Kms {
    /// Draws what comes after the key's newest material.
    pub(crate) fn draw_next(
        &self,
        region: &Region,
        account: &AccountId,
        record: &KeyRecord,
    ) -> Result<NewMaterial, KmsError> {
        let version = record.material_version + 1;
        let sealed = self.vault.new_key_material(&key_identity(region, account.as_str(), &record.key_id, version))?;
        Ok(NewMaterial { version, sealed, material_id: crypto::random_bytes::<32>().to_vec() })
    }
}

/// Writes a key that has just been made, with the first version of its material.
pub(crate) fn put_new_key(writes: &mut Writes, account: &AccountId, record: &KeyRecord, sealed: Vec<u8>) {
    key_due::put_key(writes, account, None, record);
    let material = MaterialRecord {
        format: FORMAT,
        sealed,
        material_id: record.material_id.clone(),
        created_at: record.created_at,
        cause: MaterialCause::First.into(),
    };
    tables::put_material(writes, account, &record.key_id, record.material_version, &material);
    tables::put_owner(writes, account, &record.key_id);
}

/// Adds the next version and gives the record that encrypts with it; `None` when the material was drawn for another
/// version.
pub(crate) fn rotate(
    at: Timestamp,
    writes: &mut Writes,
    account: &AccountId,
    record: &KeyRecord,
    next: NewMaterial,
    cause: MaterialCause,
) -> Option<KeyRecord> {
    if next.version != record.material_version + 1 {
        return None;
    }
    let (material_version, material_id) = (next.version, next.material_id);
    let material = MaterialRecord {
        format: FORMAT,
        sealed: next.sealed,
        material_id: material_id.clone(),
        created_at: at.as_millis(),
        cause: cause.into(),
    };
    tables::put_material(writes, account, &record.key_id, material_version, &material);
    Some(KeyRecord { material_version, material_id, ..record.clone() })
}

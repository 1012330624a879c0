//! What operations on KMS keys ask of a vault: draw material, encrypt, decrypt.

use crate::bound::Bound;
use crate::envelope::Nonce;
use crate::locked::LockedKey;
use crate::purpose::Purpose;
use crate::record::Owner;
use crate::{CryptoError, KeyIdentity, Secret, Vault, blob, random};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Opened material of a symmetric key.
pub(crate) type Material = LockedKey;

impl Vault {
    /// Draws the 256-bit material of a symmetric key and seals it.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn new_key_material(&self, identity: &KeyIdentity) -> Result<Vec<u8>, CryptoError> {
        self.seal_material(identity, random(32).expose_secret())
    }

    /// Encrypts under sealed key material. The blob is 85 bytes longer than the plaintext.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the material does not open, [`CryptoError::Malformed`]
    /// when the key id has no form that a blob can carry.
    pub fn encrypt(
        &self,
        sealed: &[u8],
        identity: &KeyIdentity,
        context: &BTreeMap<String, String>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let material = self.material(sealed, identity)?;
        blob::encrypt(self.sealing, &material, identity, context, &Nonce::random(), plaintext)
    }

    /// Decrypts a blob under sealed key material.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the material does not open,
    /// [`CryptoError::InvalidCiphertext`] when the blob does not open under this material, identity and context.
    pub fn decrypt(
        &self,
        sealed: &[u8],
        identity: &KeyIdentity,
        context: &BTreeMap<String, String>,
        blob: &[u8],
    ) -> Result<Secret, CryptoError> {
        let material = self.material(sealed, identity)?;
        blob::decrypt(self.sealing, &material, identity, context, blob).ok_or(CryptoError::InvalidCiphertext)
    }

    /// The opened material, from the cache or from its record. The cache's key holds the identity too: material that
    /// was opened for one key is never found for another.
    fn material(&self, sealed: &[u8], identity: &KeyIdentity) -> Result<Arc<Material>, CryptoError> {
        self.keyring()?;
        let now = Instant::now();
        let key = Bound::new("material")
            .bytes(sealed)
            .text(&identity.partition)
            .text(&identity.region)
            .text(&identity.account)
            .text(&identity.key_id)
            .number(identity.material_version);
        if let Some(material) = self.materials.get(key.as_bytes(), now) {
            return Ok(material);
        }
        let opened = with_owner(identity, |owner| self.open_record(owner, sealed))?;
        let material = opened.expose_secret().try_into().map_err(|_| CryptoError::Damaged)?;
        Ok(self.materials.put(key.into_bytes(), LockedKey::new(material), now))
    }

    fn seal_material(&self, identity: &KeyIdentity, material: &[u8]) -> Result<Vec<u8>, CryptoError> {
        with_owner(identity, |owner| self.seal_record(owner, material))
    }
}

/// With what every cache key of a sealed material begins.
pub(crate) fn cache_prefix(sealed: &[u8]) -> Vec<u8> {
    Bound::new("material").bytes(sealed).into_bytes()
}

fn with_owner<T>(identity: &KeyIdentity, run: impl FnOnce(&Owner<'_>) -> T) -> T {
    let version = identity.material_version.to_string();
    let names = [&*identity.partition, &identity.region, &identity.account, &identity.key_id, &version];
    run(&Owner { purpose: Purpose::KeyMaterial, names: &names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_each_damage, identity, open_vault};

    fn context() -> BTreeMap<String, String> {
        BTreeMap::from([("app".into(), "shop".into())])
    }

    #[test]
    fn what_was_encrypted_decrypts() {
        let vault = open_vault();
        let sealed = vault.new_key_material(&identity()).unwrap();
        let blob = vault.encrypt(&sealed, &identity(), &context(), b"attack").unwrap();
        for _cached in [false, true, true] {
            let plaintext = vault.decrypt(&sealed, &identity(), &context(), &blob).unwrap();
            assert_eq!(plaintext.expose_secret(), b"attack");
        }
        vault.evict(&sealed);
        assert!(vault.decrypt(&sealed, &identity(), &context(), &blob).is_ok());
    }

    #[test]
    fn two_encryptions_share_nothing() {
        let vault = open_vault();
        let sealed = vault.new_key_material(&identity()).unwrap();
        let [one, two] = [0; 2].map(|_| vault.encrypt(&sealed, &identity(), &context(), &[0; 64]).unwrap());
        let overlap = one[25..].windows(8).filter(|part| two.windows(8).any(|other| other == *part)).count();
        assert_eq!(overlap, 0);
    }

    #[test]
    fn every_refused_blob_gets_the_same_error() {
        let vault = open_vault();
        let [sealed, other] = [0; 2].map(|_| vault.new_key_material(&identity()).unwrap());
        let blob = vault.encrypt(&sealed, &identity(), &context(), b"attack").unwrap();
        let refused = |sealed: &[u8], context: &BTreeMap<_, _>, blob: &[u8]| {
            assert_eq!(vault.decrypt(sealed, &identity(), context, blob).unwrap_err(), CryptoError::InvalidCiphertext);
        };
        refused(&other, &context(), &blob);
        refused(&sealed, &BTreeMap::new(), &blob);
        for_each_damage(&blob, |_, damaged| refused(&sealed, &context(), damaged));
    }

    #[test]
    fn cached_material_serves_no_other_key() {
        let vault = open_vault();
        let sealed = vault.new_key_material(&identity()).unwrap();
        vault.encrypt(&sealed, &identity(), &context(), b"warms the cache").unwrap();
        for other in [
            KeyIdentity { account: "444455556666".into(), ..identity() },
            KeyIdentity { region: "eu-west-1".into(), ..identity() },
            KeyIdentity { key_id: "00000000-12ab-34cd-56ef-1234567890ab".into(), ..identity() },
            KeyIdentity { material_version: 2, ..identity() },
        ] {
            let refused = vault.encrypt(&sealed, &other, &context(), b"");
            assert_eq!(refused, Err(CryptoError::Damaged), "{other:?}");
        }
    }

    #[test]
    fn material_of_another_vault_is_damaged() {
        let (vault, other) = (open_vault(), open_vault());
        let sealed = vault.new_key_material(&identity()).unwrap();
        assert_eq!(other.encrypt(&sealed, &identity(), &context(), b""), Err(CryptoError::Damaged));
        for_each_damage(&sealed, |what, damaged| {
            let refused = vault.encrypt(damaged, &identity(), &context(), b"");
            assert_eq!(refused, Err(CryptoError::Damaged), "{what}");
        });
    }

    #[test]
    fn eviction_and_sweep_forget_the_material() {
        let vault = open_vault();
        let [one, two] = [0; 2].map(|_| vault.new_key_material(&identity()).unwrap());
        let [weak_one, weak_two] =
            [&one, &two].map(|sealed| Arc::downgrade(&vault.material(sealed, &identity()).unwrap()));
        vault.evict(&one);
        assert!(weak_one.upgrade().is_none() && weak_two.upgrade().is_some());
        vault.sweep();
        assert!(weak_two.upgrade().is_some(), "it is young");
    }
}

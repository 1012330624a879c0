//! The vault: the opened keyring, how it changes, and the caches of what was opened with it.
//!
//! What is done with the keyring stands with its noun: `key_material`, `access_key`, `token`, `certificate`,
//! `transfer`.

use crate::cache::Cache;
use crate::envelope::Sealing;
use crate::key_material::{self, Material};
use crate::keyring::Keyring;
use crate::limits::{CACHE_AGE_MAX, CACHE_ENTRIES_MAX};
use crate::locked::LockedKey;
use crate::{CryptoError, KeyringFile, KeyringStatus, Seal, access_key};
use std::ffi::OsStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

const SEALING_OFF: &str = "LOCKSTEP_TEST_SEALING_OFF";

/// The opened keyring of one Region and what may be done with it. Shared by all tasks of a node; starts locked.
pub struct Vault {
    pub(crate) sealing: Sealing,
    keyring: RwLock<Option<Arc<OpenKeyring>>>,
    /// Held while a keyring is made and written, so that two changes never start from the same version.
    changing: Mutex<()>,
    /// The newest keyring version whose epochs may seal.
    sealing_version: AtomicU64,
    pub(crate) materials: Cache<Material>,
    pub(crate) signing_keys: Cache<LockedKey>,
}

/// A keyring in use, and what it belongs to.
pub(crate) struct OpenKeyring {
    pub(crate) keyring: Keyring,
    pub(crate) status: KeyringStatus,
    pub(crate) region: String,
    pub(crate) cluster_id: String,
}

impl OpenKeyring {
    pub(crate) fn new(keyring: Keyring, file: &KeyringFile) -> Self {
        let status = keyring.status(&file.region, &file.cluster_id);
        Self { keyring, status, region: file.region.clone(), cluster_id: file.cluster_id.clone() }
    }
}

impl Vault {
    /// A vault without a keyring; every use answers [`CryptoError::Locked`] until one is generated, loaded or
    /// transferred.
    pub fn locked() -> Self {
        Self::with(Sealing::On)
    }

    /// **Dangerous, for tests only.** A vault that writes everything it should seal in the clear, so that a test which
    /// searches for leaked secrets can first prove that it would find them. Its records and blobs carry another
    /// format byte, which every other vault refuses. The keyring's own file stays sealed.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] unless `dev` is true and the environment has `LOCKSTEP_TEST_SEALING_OFF=1`.
    pub fn unsealed_for_tests(dev: bool) -> Result<Self, CryptoError> {
        if !sealing_off_is_allowed(dev, std::env::var_os(SEALING_OFF).as_deref()) {
            return Err(CryptoError::SealUnusable { reason: "sealing is switched off in tests of dev clusters only" });
        }
        Ok(Self::with(Sealing::Off))
    }

    fn with(sealing: Sealing) -> Self {
        Self {
            sealing,
            keyring: RwLock::new(None),
            changing: Mutex::new(()),
            sealing_version: AtomicU64::new(1),
            materials: Cache::new(CACHE_ENTRIES_MAX, CACHE_AGE_MAX),
            signing_keys: Cache::new(CACHE_ENTRIES_MAX, CACHE_AGE_MAX),
        }
    }

    /// Makes the keyring of a new cluster, version 1, writes it and opens it.
    ///
    /// # Errors
    /// [`CryptoError::KeyringExists`], and those of the seal and of writing the file.
    pub fn generate(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        self.change(|current| {
            if current.is_some() {
                return Err(CryptoError::KeyringExists);
            }
            let keyring = Keyring::generate();
            file.create(seal, &keyring)?;
            Ok(OpenKeyring::new(keyring, file))
        })
    }

    /// Opens the keyring of an existing file.
    ///
    /// # Errors
    /// [`CryptoError::KeyringMissing`], [`CryptoError::KeyringDamaged`], [`CryptoError::KeyringStale`] when a newer
    /// one is open already, and those of the seal and of reading the file.
    pub fn load(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        self.change(|current| {
            let loaded = OpenKeyring::new(file.read(seal)?, file);
            match current {
                Some(open) if open.status.version > loaded.status.version => Err(CryptoError::KeyringStale),
                _ => Ok(loaded),
            }
        })
    }

    /// Adds a fresh epoch as the keyring's next version and writes the file. The epoch opens records from now on, but
    /// seals none until [`Vault::allow_sealing`] says that a majority has it and the version is committed.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], and those of the seal and of writing the file.
    pub fn prepare_next(&self, seal: &dyn Seal, file: &KeyringFile) -> Result<KeyringStatus, CryptoError> {
        self.change(|current| {
            let next = current.ok_or(CryptoError::Locked)?.keyring.next();
            file.replace(seal, &next)?;
            faults::point("crypto.keyring.written");
            Ok(OpenKeyring::new(next, file))
        })
    }

    /// Lets the epochs of keyring versions up to `version` seal. Version 1 may always: it is committed with the
    /// cluster's birth. Never lowers what was allowed before.
    pub fn allow_sealing(&self, version: u64) {
        self.sealing_version.fetch_max(version, Ordering::Relaxed);
    }

    /// Which keyring is open; `None` while locked.
    pub fn status(&self) -> Option<KeyringStatus> {
        self.keyring().ok().map(|open| open.status)
    }

    /// Forgets the opened form of a sealed record at once: key material or access key.
    pub fn evict(&self, sealed: &[u8]) {
        self.materials.evict(&key_material::cache_prefix(sealed));
        self.signing_keys.evict(&access_key::cache_prefix(sealed));
    }

    /// Forgets the opened form of every sealed record at once: the tables were replaced as a whole, and what they no
    /// longer hold is not listed.
    pub fn evict_all(&self) {
        self.materials.evict(&[]);
        self.signing_keys.evict(&[]);
    }

    /// Wipes what has been open for 30 s. Every use does so too; a timer calls this every few seconds so that a node
    /// without traffic keeps nothing.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.materials.sweep(now);
        self.signing_keys.sweep(now);
    }

    /// The open keyring.
    pub(crate) fn keyring(&self) -> Result<Arc<OpenKeyring>, CryptoError> {
        self.current().ok_or(CryptoError::Locked)
    }

    /// The newest keyring version whose epochs may seal.
    pub(crate) fn sealing_version(&self) -> u64 {
        self.sealing_version.load(Ordering::Relaxed)
    }

    /// Puts another keyring in use: the one that `make` has written.
    pub(crate) fn change(
        &self,
        make: impl FnOnce(Option<&OpenKeyring>) -> Result<OpenKeyring, CryptoError>,
    ) -> Result<KeyringStatus, CryptoError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let made = make(self.current().as_deref())?;
        let status = made.status;
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(made));
        Ok(status)
    }

    fn current(&self) -> Option<Arc<OpenKeyring>> {
        self.keyring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn sealing_off_is_allowed(dev: bool, variable: Option<&OsStr>) -> bool {
    dev && variable == Some(OsStr::new("1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{file_of, identity, open_vault, seal_of};

    #[test]
    fn a_locked_vault_does_nothing() {
        let vault = Vault::locked();
        assert_eq!(vault.status(), None);
        assert_eq!(vault.new_key_material(&identity()), Err(CryptoError::Locked));
        assert_eq!(vault.encrypt(b"", &identity(), &Default::default(), b""), Err(CryptoError::Locked));
        assert_eq!(vault.new_access_key("a", "b").map(drop), Err(CryptoError::Locked));
        assert_eq!(vault.seal_token(&[], b""), Err(CryptoError::Locked));
        assert_eq!(vault.open_token(&[], ""), Err(CryptoError::Locked));
        assert_eq!(vault.new_ca("c", 0).map(drop), Err(CryptoError::Locked));
    }

    #[test]
    fn a_keyring_survives_a_restart_and_is_born_once() {
        let folder = tempfile::tempdir().unwrap();
        let (seal, file) = (seal_of(folder.path(), 1), file_of(folder.path()));
        let vault = Vault::locked();
        assert_eq!(vault.load(&seal, &file), Err(CryptoError::KeyringMissing));
        let status = vault.generate(&seal, &file).unwrap();
        assert_eq!((status.version, vault.status()), (1, Some(status)));
        let token = vault.seal_token(&["scope"], b"state").unwrap();
        let restarted = Vault::locked();
        assert_eq!(restarted.generate(&seal, &file), Err(CryptoError::KeyringExists));
        assert_eq!(restarted.load(&seal, &file), Ok(status));
        assert_eq!(restarted.open_token(&["scope"], &token).unwrap(), b"state");
        assert_eq!(vault.generate(&seal, &file), Err(CryptoError::KeyringExists));
    }

    #[test]
    fn a_next_version_opens_everything_and_seals_once_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let (seal, file) = (seal_of(folder.path(), 1), file_of(folder.path()));
        let vault = Vault::locked();
        assert_eq!(vault.prepare_next(&seal, &file), Err(CryptoError::Locked));
        vault.generate(&seal, &file).unwrap();
        let before = Vault::locked();
        before.load(&seal, &file).unwrap();
        let first = vault.new_key_material(&identity()).unwrap();
        assert_eq!(vault.prepare_next(&seal, &file).unwrap().version, 2);
        let opens =
            |vault: &Vault, sealed: &[u8]| vault.encrypt(sealed, &identity(), &Default::default(), b"").map(drop);
        let still_first = vault.new_key_material(&identity()).unwrap();
        vault.allow_sealing(2);
        let second = vault.new_key_material(&identity()).unwrap();
        for sealed in [&first, &still_first, &second] {
            assert_eq!(opens(&vault, sealed), Ok(()));
        }
        assert_eq!(opens(&before, &still_first), Ok(()), "a node without the new epoch opens what is sealed now");
        assert_eq!(opens(&before, &second), Err(CryptoError::Damaged));
        before.load(&seal, &file).unwrap();
        assert_eq!(opens(&before, &second), Ok(()));
    }

    #[test]
    fn a_rolled_back_file_does_not_replace_an_open_keyring() {
        let folder = tempfile::tempdir().unwrap();
        let (seal, file) = (seal_of(folder.path(), 1), file_of(folder.path()));
        let vault = Vault::locked();
        vault.generate(&seal, &file).unwrap();
        let old = std::fs::read(&file.path).unwrap();
        let status = vault.prepare_next(&seal, &file).unwrap();
        std::fs::write(&file.path, old).unwrap();
        assert_eq!(vault.load(&seal, &file), Err(CryptoError::KeyringStale));
        assert_eq!(vault.status(), Some(status));
    }

    #[test]
    fn sealing_off_needs_dev_and_the_variable() {
        let rows = [(true, Some("1"), true), (true, Some("0"), false), (true, Some(""), false), (true, None, false)];
        for (dev, variable, allowed) in rows {
            assert_eq!(sealing_off_is_allowed(dev, variable.map(OsStr::new)), allowed);
            assert!(!sealing_off_is_allowed(false, variable.map(OsStr::new)));
        }
        assert!(Vault::unsealed_for_tests(false).is_err());
    }

    #[test]
    fn with_sealing_off_everything_works_and_shows_and_is_refused_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (seal, file) = (seal_of(folder.path(), 1), file_of(folder.path()));
        let off = Vault::with(Sealing::Off);
        off.generate(&seal, &file).unwrap();
        let on = Vault::locked();
        on.load(&seal, &file).unwrap();
        let canary = b"canary-0123456789";
        let shows = |bytes: &[u8]| bytes.windows(canary.len()).any(|window| window == canary);
        let context = Default::default();
        for (vault, other, expected) in [(&off, &on, true), (&on, &off, false)] {
            let sealed = vault.new_key_material(&identity()).unwrap();
            let blob = vault.encrypt(&sealed, &identity(), &context, canary).unwrap();
            let access_key = vault.seal_access_key("a", "k", canary).unwrap();
            assert_eq!((shows(&blob), shows(&access_key)), (expected, expected));
            let opened = vault.decrypt(&sealed, &identity(), &context, &blob).unwrap();
            assert_eq!(opened.expose_secret(), canary);
            let refused = other.decrypt(&sealed, &identity(), &context, &blob).unwrap_err();
            assert_eq!(refused, CryptoError::Damaged);
            let own = other.new_key_material(&identity()).unwrap();
            let refused = other.decrypt(&own, &identity(), &context, &blob).unwrap_err();
            assert_eq!(refused, CryptoError::InvalidCiphertext);
        }
    }

    #[test]
    fn a_fresh_vault_shares_nothing_with_another() {
        assert_ne!(open_vault().status().unwrap().hash, open_vault().status().unwrap().hash);
    }
}

//! The seal of a key file: 32 random bytes that the operator makes and guards (a mounted secret, a separate disk).

use super::local_key::LocalKey;
use crate::{CryptoError, Seal, Secret};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

const NAME: &str = "key-file";

/// A key file of exactly 32 bytes, readable by its owner alone (0600 or 0400), e.g. of
/// `(umask 077; head -c 32 /dev/urandom > seal.key)`.
pub struct KeyFileSeal(LocalKey);

impl KeyFileSeal {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] when it is no regular file, has another length, or others may read it;
    /// [`CryptoError::File`].
    pub fn open(path: &Path) -> Result<Self, CryptoError> {
        let reading = "reading the seal's key file";
        let mut file = File::open(path).map_err(CryptoError::file(reading))?;
        // Asked of the open file: another one may stand at the path a moment later.
        let metadata = file.metadata().map_err(CryptoError::file(reading))?;
        let unusable = |reason| Err(CryptoError::SealUnusable { reason });
        if !metadata.is_file() {
            return unusable("its key file is no regular file");
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            return unusable("its key file is open to others than its owner: chmod 600");
        }
        if metadata.len() != 32 {
            return unusable("its key file has not exactly 32 bytes");
        }
        let mut key = Zeroizing::new([0; 32]);
        file.read_exact(&mut *key).map_err(CryptoError::file(reading))?;
        Ok(Self(LocalKey::new(NAME, &key)))
    }
}

impl Seal for KeyFileSeal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wrap(&self, plaintext: &[u8], bound: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.0.wrap(plaintext, bound))
    }

    fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Result<Secret, CryptoError> {
        self.0.unwrap(wrapped, bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{for_each_damage, seal_of};
    use std::fs::Permissions;

    #[test]
    fn only_a_private_file_of_32_bytes_is_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seal.key");
        for (mode, length, accepted) in [
            (0o600, 32, true),
            (0o400, 32, true),
            (0o640, 32, false),
            (0o604, 32, false),
            (0o600, 31, false),
            (0o600, 33, false),
            (0o600, 0, false),
        ] {
            std::fs::write(&path, vec![5; length]).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let opened = KeyFileSeal::open(&path);
            assert_eq!(opened.is_ok(), accepted, "{mode:o}, {length} bytes");
            assert!(accepted || matches!(opened, Err(CryptoError::SealUnusable { .. })));
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        assert!(matches!(KeyFileSeal::open(folder.path()), Err(CryptoError::SealUnusable { .. })));
        assert!(matches!(KeyFileSeal::open(&folder.path().join("none")), Err(CryptoError::File { .. })));
    }

    #[test]
    fn what_a_seal_wrapped_opens_with_the_same_key_and_binding_only() {
        let folder = tempfile::tempdir().unwrap();
        let seal = seal_of(folder.path(), 1);
        let wrapped = seal.wrap(b"secret", b"here").unwrap();
        assert_eq!(seal.unwrap(&wrapped, b"here").unwrap().expose_secret(), b"secret");
        assert!(matches!(seal.unwrap(&wrapped, b"there"), Err(CryptoError::Damaged)));
        assert!(matches!(seal_of(folder.path(), 2).unwrap(&wrapped, b"here"), Err(CryptoError::Damaged)));
        for_each_damage(&wrapped, |what, damaged| assert!(seal.unwrap(damaged, b"here").is_err(), "{what} opens"));
    }
}

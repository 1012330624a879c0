//! The seal of a dev cluster: a key that the node itself leaves in its data folder.

use super::local_key::LocalKey;
use crate::{CryptoError, Seal, Secret, file, random};
use std::io::ErrorKind;
use std::path::Path;
use zeroize::Zeroizing;

const NAME: &str = "dev";
const FILE_NAME: &str = "dev-seal.INSECURE";
const FIRST_LINE: &str = "INSECURE dev seal of Lockstep: whoever reads this file can open every key beside it.";

/// Protects nothing against who reads the data folder; only for a cluster born in dev mode.
pub struct DevSeal(LocalKey);

impl DevSeal {
    /// Opens the dev seal of a data folder, making its key file (`dev-seal.INSECURE`, 0600) when there is none.
    ///
    /// # Errors
    /// [`CryptoError::SealUnusable`] unless `dev` is true, or when the file is no dev seal; [`CryptoError::File`].
    pub fn open(folder: &Path, dev: bool) -> Result<Self, CryptoError> {
        if !dev {
            return Err(CryptoError::SealUnusable { reason: "the dev seal is for clusters born in dev mode" });
        }
        let path = folder.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => make(&path)?,
            other => other.map_err(CryptoError::file("reading the dev seal"))?,
        };
        let key =
            parse(&Zeroizing::new(text)).ok_or(CryptoError::SealUnusable { reason: "the file is no dev seal" })?;
        Ok(Self(LocalKey::new(NAME, &key)))
    }
}

fn make(path: &Path) -> Result<String, CryptoError> {
    let key = Zeroizing::new(hex::encode(random(32).expose_secret()));
    let text = Zeroizing::new(format!("{FIRST_LINE}\n{}\n", *key));
    file::create(path, text.as_bytes())?;
    Ok((*text).clone())
}

fn parse(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut lines = text.lines();
    let first = lines.next()?;
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(lines.next()?, &mut *key).ok()?;
    (first == FIRST_LINE && lines.next().is_none()).then_some(key)
}

impl Seal for DevSeal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_insecure(&self) -> bool {
        true
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
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn dev_seal_is_refused_outside_dev_mode_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(DevSeal::open(folder.path(), false), Err(CryptoError::SealUnusable { .. })));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn dev_seal_is_made_once_and_marked() {
        let folder = tempfile::tempdir().unwrap();
        let wrapped = DevSeal::open(folder.path(), true).unwrap().wrap(b"secret", b"here").unwrap();
        let again = DevSeal::open(folder.path(), true).unwrap();
        assert_eq!(again.unwrap(&wrapped, b"here").unwrap().expose_secret(), b"secret");
        assert!(again.is_insecure());
        let path = folder.path().join(FILE_NAME);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("INSECURE"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn dev_seals_of_two_folders_do_not_open_each_other() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wrapped = DevSeal::open(one.path(), true).unwrap().wrap(b"secret", b"").unwrap();
        let other = DevSeal::open(two.path(), true).unwrap();
        assert!(matches!(other.unwrap(&wrapped, b""), Err(CryptoError::Damaged)));
    }

    #[test]
    fn a_file_that_is_no_dev_seal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "x", FIRST_LINE, &format!("{FIRST_LINE}\nabcd\n"), &format!("other\n{}\n", "00".repeat(32))] {
            std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
            assert!(matches!(DevSeal::open(folder.path(), true), Err(CryptoError::SealUnusable { .. })), "{text}");
        }
    }
}

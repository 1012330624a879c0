//! What the tests of several files share: a way to damage bytes, vaults in a temporary folder, fixed nonces.

use crate::envelope::Nonce;
use crate::keyring::Keyring;
use crate::vault::OpenKeyring;
use crate::{KeyFileSeal, KeyIdentity, KeyringFile, Vault};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Calls `check` with every single-bit change, every truncation and one extension of `bytes`.
pub(crate) fn for_each_damage(bytes: &[u8], mut check: impl FnMut(&str, &[u8])) {
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        check(&format!("bit {bit} flipped"), &damaged);
    }
    for length in 0..bytes.len() {
        check(&format!("cut to {length} bytes"), &bytes[..length]);
    }
    check("one byte more", &[bytes, &[0]].concat());
}

/// A nonce that is the same in every run: salt `a0 a1 …`, IV `… ba bb`.
pub(crate) fn fixed_nonce() -> Nonce {
    Nonce::from_bytes(std::array::from_fn(|i| 0xa0 + i as u8))
}

/// A key file seal of a folder, its key made of one byte.
pub(crate) fn seal_of(folder: &Path, byte: u8) -> KeyFileSeal {
    let path = folder.join(format!("key-{byte}"));
    std::fs::write(&path, [byte; 32]).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    KeyFileSeal::open(&path).unwrap()
}

/// Where a folder's keyring is.
pub(crate) fn file_of(folder: &Path) -> KeyringFile {
    KeyringFile { path: folder.join("keyring"), region: "us-east-1".into(), cluster_id: "c-1".into() }
}

/// A vault with a fresh keyring.
pub(crate) fn open_vault() -> Vault {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::locked();
    vault.generate(&seal_of(folder.path(), 1), &file_of(folder.path())).unwrap();
    vault
}

/// Some key's identity.
pub(crate) fn identity() -> KeyIdentity {
    KeyIdentity {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "111122223333".into(),
        key_id: "1234abcd-12ab-34cd-56ef-1234567890ab".into(),
        material_version: 1,
    }
}

/// A vault whose keyring is the same in every run.
pub(crate) fn fixed_vault() -> Vault {
    let vault = Vault::locked();
    vault.change(|_| Ok(OpenKeyring::new(Keyring::fixed(), &file_of("/nowhere".as_ref())))).unwrap();
    vault
}

//! A vault that is open.

use crypto::{DevSeal, KeyringFile, Vault};

/// A vault with a keyring of its own, whose file is gone by the time that it is open.
pub fn open_vault() -> Vault {
    let folder = tempfile::tempdir().expect("a folder");
    let file =
        KeyringFile { path: folder.path().join("keyring"), region: "us-east-1".to_owned(), cluster_id: "c".to_owned() };
    let vault = Vault::locked();
    let seal = DevSeal::open(folder.path(), true).expect("a seal");
    vault.generate(&seal, &file).expect("a keyring");
    vault
}

//! The keyring of a simulated cluster: one file, which every node opens for itself as it starts.

use crypto::{CryptoError, DevSeal, KeyringFile, Vault};
use replica::cluster::KeyringRecord;
use std::path::Path;
use tempfile::TempDir;

/// The Region of every simulated cluster.
pub(crate) const REGION: &str = "us-east-1";

/// A keyring file in a folder of its own.
pub(crate) struct Keys {
    seal: DevSeal,
    file: KeyringFile,
    record: KeyringRecord,
    _folder: TempDir,
}

impl Keys {
    /// Draws a keyring.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory)? } else { TempDir::new()? };
        let seal = DevSeal::open(folder.path(), true)?;
        let path = folder.path().join("keyring");
        let file = KeyringFile { path, region: REGION.to_owned(), cluster_id: "simulated".to_owned() };
        let held = Vault::locked().generate(&seal, &file)?;
        let record = KeyringRecord { version: held.version, hash: held.hash.to_vec() };
        Ok(Self { seal, file, record, _folder: folder })
    }

    /// What the cluster's birth commits.
    pub(crate) fn record(&self) -> KeyringRecord {
        self.record.clone()
    }

    /// A vault as a starting node has it.
    pub(crate) fn open(&self) -> Result<Vault, CryptoError> {
        let vault = Vault::locked();
        vault.load(&self.seal, &self.file)?;
        Ok(vault)
    }
}

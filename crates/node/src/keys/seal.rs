//! Which seal and which vault a node has.

use crate::{Config, Folder, NodeError, SealConfig};
use crypto::{DevSeal, KeyFileSeal, Seal, Vault};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// See [`Vault::unsealed_for_tests`].
const SEALING_OFF: &str = "LOCKSTEP_TEST_SEALING_OFF";

/// The length of a seal's key, in bytes.
const KEY_BYTES: usize = 32;

/// Makes the key file of a seal, 0600, where there is none yet: one that is in use must not be replaced.
///
/// # Errors
/// [`NodeError::File`]
pub fn make_seal_key(path: &Path) -> Result<(), NodeError> {
    let key = crypto::random(KEY_BYTES);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut made = made.map_err(NodeError::file("cannot make", path))?;
    made.write_all(key.expose_secret()).and_then(|()| made.sync_all()).map_err(NodeError::file("cannot write", path))
}

/// Opens the configured seal. `dev` says whether the cluster is one: the dev seal protects nothing, and is for those.
///
/// # Errors
/// [`NodeError::Refused`] for a dev seal elsewhere, [`NodeError::Crypto`] when the seal cannot be used.
pub(crate) fn open(config: &Config, folder: &Folder, dev: bool) -> Result<Arc<dyn Seal>, NodeError> {
    match &config.seal {
        SealConfig::Dev if !dev => {
            let reason = "the seal `dev` protects nothing and is for dev clusters; configure [seal] kind = \"file\"";
            Err(NodeError::Refused(reason.to_owned()))
        }
        SealConfig::Dev => {
            let seal = DevSeal::open(folder.root(), dev).map_err(NodeError::crypto("opening the dev seal"))?;
            Ok(Arc::new(seal))
        }
        SealConfig::File { path } => {
            let seal = KeyFileSeal::open(path).map_err(NodeError::crypto("opening the seal's key file"))?;
            Ok(Arc::new(seal))
        }
    }
}

/// A vault without a keyring. In a dev cluster a test may switch sealing off, to show that its search for secrets would
/// find one; anywhere else that is refused.
pub(crate) fn vault(dev: bool) -> Result<Vault, NodeError> {
    if std::env::var_os(SEALING_OFF).is_none() {
        return Ok(Vault::locked());
    }
    tracing::error!("sealing is switched off for a test: this node keeps its secrets in clear");
    Vault::unsealed_for_tests(dev).map_err(NodeError::crypto("switching sealing off"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_seals_key_is_made_once_and_is_the_owners_alone() {
        let temp = tempfile::tempdir().expect("temp");
        let file = temp.path().join("seal.key");
        make_seal_key(&file).expect("made");
        let found = std::fs::metadata(&file).expect("there");
        assert_eq!((found.len(), found.permissions().mode() & 0o777), (32, 0o600));
        KeyFileSeal::open(&file).expect("a seal takes it");
        let first = std::fs::read(&file).expect("read");
        assert!(make_seal_key(&file).is_err());
        assert_eq!(std::fs::read(&file).expect("read"), first);
    }
}

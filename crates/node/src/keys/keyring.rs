//! Keeps this node's keyring the one that the cluster committed.
//!
//! Every node has a file of its own. One that is missing, damaged or older than the applied state says is fetched from
//! a peer, encrypted to this one transfer; until then the vault stays locked and the node is not ready. A keyring that
//! is newer than the committed one is a change under way, which is right.

use crate::membership::dial::dial;
use crate::messages::v1::{FetchKeyringRequest, ReportRequest};
use crate::{Config, Folder, NodeError, keys::seal, limits};
use crypto::{CryptoError, KeyringFile, KeyringStatus, Seal, TransferSecret, Vault};
use raft::{ClusterId, Member, PeerName};
use replica::{View, cluster};
use rustls::ClientConfig;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// This node's keyring.
pub(crate) struct Keyring {
    vault: Arc<Vault>,
    seal: Arc<dyn Seal>,
    file: KeyringFile,
    cluster: ClusterId,
    dev: bool,
    /// The file as it was when it was last found good; an unchanged one is not read again.
    good: Mutex<Option<FileMark>>,
}

/// A keyring's file.
pub(crate) struct Sealed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: u64,
}

/// What changes when a file is replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileMark {
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Keyring {
    /// The keyring of a node of `cluster`, which is a dev cluster or not, with a vault that is still locked.
    pub(crate) fn new(
        config: &Config,
        folder: &Folder,
        cluster: ClusterId,
        dev: bool,
        seal: Arc<dyn Seal>,
    ) -> Result<Self, NodeError> {
        let file =
            KeyringFile { path: folder.keyring(), region: config.region.clone(), cluster_id: cluster.to_string() };
        let vault = Arc::new(seal::vault(dev)?);
        Ok(Self { vault, seal, file, cluster, dev, good: Mutex::new(None) })
    }

    /// What the keyring opens.
    pub(crate) fn vault(&self) -> Arc<Vault> {
        self.vault.clone()
    }

    /// Whether a keyring's file opens with a seal. It is on this node's disk only meanwhile.
    pub(crate) fn opens(
        config: &Config,
        folder: &Folder,
        cluster: ClusterId,
        seal: &dyn Seal,
        sealed: &[u8],
    ) -> Result<bool, NodeError> {
        let path = folder.tried_keyring();
        Folder::replace(&path, sealed)?;
        let file = KeyringFile { path, region: config.region.clone(), cluster_id: cluster.to_string() };
        let opened = Vault::locked().load(seal, &file);
        Folder::remove(&file.path)?;
        match opened {
            Ok(_) => Ok(true),
            Err(CryptoError::KeyringDamaged) => Ok(false),
            Err(cause) => Err(NodeError::crypto("opening the keyring in the file")(cause)),
        }
    }

    /// Makes a keyring's file that was saved elsewhere this node's own. Its tables need the version `needed` of it.
    pub(crate) fn take_over(&self, sealed: &[u8], needed: u64) -> Result<(), NodeError> {
        Folder::replace(&self.file.path, sealed)?;
        self.vault.load(&*self.seal, &self.file).map_err(NodeError::crypto("opening the keyring"))?;
        self.vault.allow_sealing(needed);
        Ok(())
    }

    /// This node's file as it is, if it opens and holds the version `needed` or a newer one.
    pub(crate) fn sealed(&self, needed: u64) -> Result<Sealed, NodeError> {
        let read = || std::fs::read(&self.file.path).map_err(NodeError::file("cannot read", &self.file.path));
        let bytes = read()?;
        let opened = seal::vault(self.dev)?.load(&*self.seal, &self.file);
        let version = opened.map_err(NodeError::crypto("opening the keyring"))?.version;
        if version < needed || read()? != bytes {
            return Err(NodeError::Refused("this node's keyring is changing; try again".to_owned()));
        }
        Ok(Sealed { bytes, version })
    }

    /// Makes the keyring of a new cluster.
    pub(crate) fn generate(&self) -> Result<KeyringStatus, NodeError> {
        self.vault.generate(&*self.seal, &self.file).map_err(NodeError::crypto("making the keyring"))
    }

    /// The version after the committed one, on this node's disk. One that an earlier attempt left is used again.
    pub(crate) fn prepare_after(&self, committed: &KeyringStatus) -> Result<KeyringStatus, NodeError> {
        match self.held() {
            Some(held) if held == *committed => {
                let next = self.vault.prepare_next(&*self.seal, &self.file);
                let next = next.map_err(NodeError::crypto("adding an epoch to the keyring"))?;
                self.remember(self.mark());
                Ok(next)
            }
            Some(held) if held.version == committed.version + 1 => Ok(held),
            _ => Err(NodeError::Refused("this node does not hold the committed keyring; ask another".to_owned())),
        }
    }

    /// What this node holds open; `None` while the vault is locked.
    pub(crate) fn held(&self) -> Option<KeyringStatus> {
        self.vault.status()
    }

    /// Whether the node holds what the cluster committed, or something newer.
    pub(crate) fn is_current(&self, view: &(impl View + ?Sized)) -> bool {
        match (committed(view), self.held()) {
            (Some(needed), Some(held)) => suffices(&held, &needed),
            _ => false,
        }
    }

    /// Looks at the file once and mends what it can: opens one that holds what is `needed`, replaces any other.
    ///
    /// # Errors
    /// When the keyring is still not the committed one.
    pub(crate) async fn look(
        &self,
        needed: KeyringStatus,
        peers: &[Member],
        tls: &Arc<ClientConfig>,
    ) -> Result<(), NodeError> {
        let good = self.held().is_some_and(|held| suffices(&held, &needed)) && self.file_is_unchanged();
        if !good && let Some(lack) = self.open_file(&needed)? {
            self.fetch(&needed, &lack, peers, tls).await?;
        }
        self.vault.allow_sealing(needed.version);
        Ok(())
    }

    /// Opens the file as it is, on a node that has applied nothing yet: one that ended between its join and its first
    /// entry does not know what is needed, and is let in by nobody while its keyring is closed.
    ///
    /// # Errors
    /// When the file does not open.
    pub(crate) fn open_own(&self) -> Result<(), NodeError> {
        if self.held().is_none() {
            self.vault.load(&*self.seal, &self.file).map_err(NodeError::crypto("opening the keyring"))?;
        }
        Ok(())
    }

    /// Opens the file if it holds what is needed, and says what is wrong with it otherwise. Such a file is left locked:
    /// what it lacks, it could not open.
    fn open_file(&self, needed: &KeyringStatus) -> Result<Option<String>, NodeError> {
        let mark = self.mark();
        let found = match seal::vault(self.dev)?.load(&*self.seal, &self.file) {
            Ok(found) => found,
            Err(cause @ (CryptoError::KeyringMissing | CryptoError::KeyringDamaged)) => {
                return Ok(Some(cause.to_string()));
            }
            Err(cause) => return Err(NodeError::crypto("opening the keyring")(cause)),
        };
        if !suffices(&found, needed) {
            return Ok(Some(format!("it is of version {}, needed is {}", found.version, needed.version)));
        }
        if self.held() != Some(found) {
            self.vault.load(&*self.seal, &self.file).map_err(NodeError::crypto("opening the keyring"))?;
            tracing::info!(version = found.version, "the keyring is open");
        }
        self.remember(mark);
        Ok(None)
    }

    /// Asks one peer after the other.
    async fn fetch(
        &self,
        needed: &KeyringStatus,
        lack: &str,
        peers: &[Member],
        tls: &Arc<ClientConfig>,
    ) -> Result<(), NodeError> {
        let mut last = NodeError::Refused(format!("{lack}, and there is no other node to fetch it from"));
        for peer in peers {
            let name = PeerName { node: peer.id(), cluster: self.cluster }.to_string();
            match self.fetch_what_suffices(needed, &peer.peer_addr, &name, tls).await {
                Ok(version) => {
                    tracing::warn!(version, peer = peer.name, lack, "the keyring came from a peer");
                    return Ok(());
                }
                Err(cause) => last = cause,
            }
        }
        Err(last)
    }

    /// Fetches what a peer holds, if that is the committed version or the one that is about to follow it.
    async fn fetch_what_suffices(
        &self,
        needed: &KeyringStatus,
        address: &str,
        name: &str,
        tls: &Arc<ClientConfig>,
    ) -> Result<u64, NodeError> {
        let mut client = dial(address, name, tls.clone()).await?;
        let report = client.report(ReportRequest {}).await;
        let report = report.map_err(|status| NodeError::peer(address, status.message()))?.into_inner();
        let hash = report.keyring_hash.try_into().map_err(|_| NodeError::peer(address, "it holds no keyring"))?;
        let offered = KeyringStatus { version: report.keyring_version, hash };
        if !suffices(&offered, needed) {
            return Err(NodeError::peer(address, "it does not hold the committed keyring either"));
        }
        self.fetch_from(&offered, address, name, tls).await?;
        Ok(offered.version)
    }

    /// Fetches the keyring for a node that was admitted a moment ago, from whichever of `peers` (address and name) has it
    /// first; it is on this node's disk when this returns.
    ///
    /// # Errors
    /// What the last peer said, when none gave it for a while.
    pub(crate) async fn fetch_admitted(
        &self,
        needed: &KeyringStatus,
        peers: &[(String, String)],
        tls: &Arc<ClientConfig>,
    ) -> Result<(), NodeError> {
        let deadline = tokio::time::Instant::now() + limits::ADMITTED_PATIENCE;
        loop {
            let mut last = NodeError::Refused("there is no peer to ask for the keyring".to_owned());
            for (address, name) in peers {
                match self.fetch_from(needed, address, name, tls).await {
                    Ok(()) => return Ok(()),
                    Err(cause) => last = cause,
                }
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(last);
            }
            tokio::time::sleep(limits::ADMITTED_PAUSE).await;
        }
    }

    /// Fetches the keyring from one peer; it is on this node's disk when this returns.
    pub(crate) async fn fetch_from(
        &self,
        needed: &KeyringStatus,
        address: &str,
        name: &str,
        tls: &Arc<ClientConfig>,
    ) -> Result<(), NodeError> {
        let mut client = dial(address, name, tls.clone()).await?;
        let (secret, transfer) = TransferSecret::new().map_err(NodeError::crypto("asking for the keyring"))?;
        let reply = client.fetch_keyring(FetchKeyringRequest { transfer }).await;
        let reply = reply.map_err(|status| NodeError::peer(address, status.message()))?.into_inner();
        self.vault
            .accept_transfer(secret, &reply.transfer, needed, &*self.seal, &self.file)
            .map_err(NodeError::crypto("taking over the keyring"))?;
        faults::point("node.keyring.taken");
        self.remember(self.mark());
        Ok(())
    }

    fn file_is_unchanged(&self) -> bool {
        let good = *self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.is_some() && good == self.mark()
    }

    fn remember(&self, mark: Option<FileMark>) {
        *self.good.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }

    fn mark(&self) -> Option<FileMark> {
        let found = std::fs::metadata(&self.file.path).ok()?;
        Some(FileMark { inode: found.ino(), bytes: found.len(), modified: found.modified().ok() })
    }
}

/// What the cluster committed; `None` before its birth is applied here.
pub(crate) fn committed(view: &(impl View + ?Sized)) -> Option<KeyringStatus> {
    let record = cluster::keyring(view)?;
    let hash = record.hash.try_into().expect("a committed keyring's hash has 32 bytes");
    Some(KeyringStatus { version: record.version, hash })
}

fn suffices(held: &KeyringStatus, needed: &KeyringStatus) -> bool {
    held.version > needed.version || held == needed
}

/// Whether what a peer says that it holds lets it vote: the committed version, or a newer one.
pub(crate) fn may_vote(version: u64, hash: &[u8], needed: &KeyringStatus) -> bool {
    version > needed.version || (version == needed.version && hash == needed.hash)
}

/// How long between two looks.
pub(crate) const BETWEEN_LOOKS: std::time::Duration = limits::LOOK;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_holds_the_committed_keyring_or_a_newer_one_may_vote() {
        let needed = KeyringStatus { version: 2, hash: [7; 32] };
        for (version, hash, may) in [
            (2, vec![7; 32], true),
            (3, vec![8; 32], true),
            (2, vec![8; 32], false),
            (2, vec![7; 31], false),
            (1, vec![7; 32], false),
            (0, vec![], false),
        ] {
            assert_eq!(may_vote(version, &hash, &needed), may, "version {version}, hash {hash:?}");
        }
    }
}

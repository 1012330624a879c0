//! A new version of the keyring, with one more epoch.
//!
//! It may seal only what a majority can open: this node has it on disk first, then a majority of voters, and then the
//! cluster commits it. A node that was away fetches it when it applies the commit. What is cut short before the commit
//! has sealed nothing, and the next attempt goes on with the same version.

use crate::keys::keyring;
use crate::lifecycle::member::Member;
use crate::membership::dial::dial;
use crate::messages::v1::TakeKeyringRequest;
use crate::{NodeError, membership::records};
use crypto::KeyringStatus;
use raft::PeerName;
use replica::cluster::{CommitKeyring, KeyringRecord};
use replica::{Replica as _, RequestId};

impl Member {
    /// Makes a new version, spreads it, and has it committed.
    ///
    /// # Errors
    /// When no majority took it, or the cluster refused it: two nodes tried at one time.
    pub(crate) async fn rotate_keyring(&self) -> Result<u64, NodeError> {
        let _one = self.rotating.lock().await;
        let committed = self.replica_keyring().await?;
        let next = self.keyring.prepare_after(&committed)?;
        faults::point("node.rotation.prepared");
        let voters = self.node.status().voters;
        let others: Vec<_> = voters.iter().filter(|voter| voter.id() != self.identity.node).collect();
        let taken = futures::future::join_all(others.iter().map(|voter| self.spread(&next, voter))).await;
        let mut held = usize::from(others.len() < voters.len());
        for (voter, outcome) in others.iter().zip(taken) {
            match outcome {
                Ok(()) => held += 1,
                Err(cause) => tracing::warn!(peer = voter.name, %cause, "a node did not take the new keyring"),
            }
        }
        faults::point("node.rotation.spread");
        if held <= voters.len() / 2 {
            let text = format!("{held} of {} nodes have the new keyring; a majority is needed", voters.len());
            return Err(NodeError::Refused(text));
        }
        let record = KeyringRecord { version: next.version, hash: next.hash.to_vec() };
        let command = CommitKeyring { keyring: Some(record) };
        let reply = replica::propose(&*self.node, RequestId(crypto::random_bytes()), vec![], command).await?;
        reply.map_err(|_| NodeError::Refused("another node has changed the keyring meanwhile".to_owned()))?;
        faults::point("node.rotation.committed");
        tracing::info!(version = next.version, held, "a new version of the keyring is committed");
        Ok(next.version)
    }

    async fn replica_keyring(&self) -> Result<KeyringStatus, NodeError> {
        let view = self.node.read().await.map_err(replica::ProposeError::from)?;
        keyring::committed(&view).ok_or_else(|| NodeError::Refused("the cluster has no keyring yet".to_owned()))
    }

    async fn spread(&self, next: &KeyringStatus, voter: &raft::Member) -> Result<(), NodeError> {
        let name = PeerName { node: voter.id(), cluster: self.cluster() };
        let mut peer = dial(&voter.peer_addr, &name.to_string(), self.client_tls()).await?;
        let request = TakeKeyringRequest { version: next.version, hash: next.hash.to_vec() };
        let taken = peer.take_keyring(request).await;
        taken.map_err(|status| NodeError::peer(&voter.name, status.message()))?;
        Ok(())
    }
}

/// What a member does when a peer asks it to take a new version: fetches it from that peer, if it is the next one.
pub(crate) async fn take(
    keyring: &keyring::Keyring,
    node: &raft::Node,
    from: &PeerName,
    next: KeyringStatus,
    tls: &std::sync::Arc<rustls::ClientConfig>,
) -> Result<(), NodeError> {
    if keyring.held() == Some(next) {
        return Ok(());
    }
    let (peer, committed) = {
        let view = node.local();
        (records::node(&view, from.node), keyring::committed(&view))
    };
    let follows = committed.is_some_and(|committed| next.version == committed.version + 1);
    let Some(peer) = peer.filter(|_| follows) else {
        return Err(NodeError::Refused("this is not the version after the committed one".to_owned()));
    };
    keyring.fetch_from(&next, &peer.peer_address, &from.to_string(), tls).await
}

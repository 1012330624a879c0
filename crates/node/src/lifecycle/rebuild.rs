//! Rebuild: makes a quarantined node anew from its peers.
//!
//! The node shows the certificate of its old number and is given a new one, which takes the place of the old one in one
//! change of the membership, once it has caught up. Its old database goes only when the new identity is on disk; a rebuild
//! that is cut short after that goes on at the next start, and one that is cut short before may be repeated: the key that it
//! was asked with is kept, and the same key gets the same number.

use crate::disk::quarantine::{self, Finding};
use crate::keys::keyring::Keyring;
use crate::lifecycle::identity::{Identity, unwrap_key, wrap_key};
use crate::lifecycle::join::own_key;
use crate::lifecycle::member::{Origin, claim, open_engine};
use crate::membership::contacts::{self, Contact};
use crate::membership::dial::dial;
use crate::messages::v1::{AdmitResponse, ReadmitRequest};
use crate::{Config, Folder, NodeError, certificates::tls, keys::seal, limits};
use crypto::{KeyringStatus, Seal};
use raft::{ClusterId, Incarnation, PeerName};
use replica::NodeId;
use rustls::ClientConfig;
use std::sync::Arc;
use tokio::time::{Instant, sleep};
use tonic::Code;

/// Makes the node anew, as far as its disk goes: the new identity and the keyring are there, the old database is not.
///
/// # Errors
/// When no peer admits it, or the disk refuses. It may be tried again then.
pub(crate) async fn rebuild(config: &Config, folder: &Folder, finding: Finding) -> Result<Origin, NodeError> {
    let old = Identity::read(&folder.identity())?.ok_or_else(unknown)?;
    let peers = contacts::read(folder);
    if peers.is_empty() {
        return Err(NodeError::Refused("no peer's address is known here any longer; ".to_owned() + OTHER_WAY));
    }
    let seal = seal::open(config, folder, old.dev)?;
    let old_keys = unwrap_key(&*seal, &old.key_wrapped)?;
    let old_tls = tls::member(&old, &old_keys)?.client.clone();
    let keys = own_key(&folder.joining_key(), &*seal)?;
    let request = ReadmitRequest {
        certificate_request: keys.certificate_request().map_err(NodeError::crypto("asking for a certificate"))?,
        name: config.name.clone(),
        zone: config.zone.clone(),
        peer_address: config.peers_advertised(),
        client_address: config.listen.clients.to_string(),
    };
    let admitted = knock(&old, &peers, &old_tls, &request).await?;
    let (identity, needed) = identity(&old, admitted, wrap_key(&*seal, &keys)?)?;
    let keyring = Arc::new(Keyring::new(config, folder, identity.cluster, identity.dev, seal.clone())?);
    let new_tls = tls::member(&identity, &keys)?.client.clone();
    let named = |peer: &Contact| (peer.address.clone(), peer_name(&old, peer));
    keyring.fetch_admitted(&needed, &peers.iter().map(named).collect::<Vec<_>>(), &new_tls).await?;
    // From here on the next start goes on with the new number; before, it finds the old one and the finding.
    quarantine::write(folder.root(), &finding.rebuilt_as(identity.node))?;
    faults::point("node.rebuild.announced");
    identity.write(&folder.identity())?;
    faults::point("node.rebuild.identified");
    tracing::warn!(old = %old.node, new = %identity.node, "the node is rebuilt under a new number");
    finish(config, folder, identity, seal, keyring)
}

/// The last step, which may be repeated: an empty database that is the new identity's, and no finding.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn finish(
    config: &Config,
    folder: &Folder,
    identity: Identity,
    seal: Arc<dyn Seal>,
    keyring: Arc<Keyring>,
) -> Result<Origin, NodeError> {
    Folder::remove_folder(&folder.database())?;
    faults::point("node.rebuild.emptied");
    let engine = open_engine(config, folder)?;
    claim(&*engine, &identity)?;
    Folder::remove(&folder.quarantine())?;
    Folder::remove(&folder.joining_key())?;
    Ok(Origin { identity, engine, seal, keyring })
}

/// The last step at a start that finds a rebuild cut short.
///
/// # Errors
/// As [`finish`].
pub(crate) fn resume(config: &Config, folder: &Folder, identity: Identity) -> Result<Origin, NodeError> {
    tracing::warn!(node = %identity.node, "going on with a rebuild that was cut short");
    let seal = seal::open(config, folder, identity.dev)?;
    let keyring = Arc::new(Keyring::new(config, folder, identity.cluster, identity.dev, seal.clone())?);
    finish(config, folder, identity, seal, keyring)
}

/// What an operator does when the node cannot be rebuilt.
pub(crate) const OTHER_WAY: &str =
    "empty the data folder, ask a member for a token by lockstep operator replace, and join with it";

fn unknown() -> NodeError {
    NodeError::Refused(format!("the node does not know any longer who it is; {OTHER_WAY}"))
}

/// Asks one peer after the other, and again, until one admits the node or one says why nobody will.
async fn knock(
    old: &Identity,
    peers: &[Contact],
    tls: &Arc<ClientConfig>,
    request: &ReadmitRequest,
) -> Result<AdmitResponse, NodeError> {
    let deadline = Instant::now() + limits::ADMITTED_PATIENCE;
    loop {
        let mut last = unknown();
        for peer in peers {
            let admitted = match dial(&peer.address, &peer_name(old, peer), tls.clone()).await {
                Ok(mut client) => client.readmit(request.clone()).await,
                Err(cause) => {
                    last = cause;
                    continue;
                }
            };
            match admitted {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) if status.code() == Code::PermissionDenied => {
                    return Err(NodeError::peer(&peer.address, status.message()));
                }
                Err(status) => last = NodeError::peer(&peer.address, status.message()),
            }
        }
        if Instant::now() >= deadline {
            return Err(last);
        }
        sleep(limits::ADMITTED_PAUSE).await;
    }
}

/// The name that the peer's certificate shows.
fn peer_name(old: &Identity, peer: &Contact) -> String {
    PeerName { node: NodeId(peer.node_id), cluster: old.cluster }.to_string()
}

/// What the answer makes of this node: the same but for its number and its certificate.
fn identity(
    old: &Identity,
    admitted: AdmitResponse,
    key_wrapped: Vec<u8>,
) -> Result<(Identity, KeyringStatus), NodeError> {
    let strange = || NodeError::Refused("the cluster's answer is not that of this node's cluster".to_owned());
    let cluster = ClusterId(admitted.cluster_id.try_into().map_err(|_| strange())?);
    if cluster != old.cluster || admitted.ca_certificate != old.ca_certificate || admitted.dev != old.dev {
        return Err(strange());
    }
    let hash = admitted.keyring_hash.try_into().map_err(|_| strange())?;
    let identity = Identity {
        node: NodeId(admitted.node_id),
        incarnation: Incarnation::from_wire(&admitted.incarnation).map_err(|_| strange())?,
        certificate: admitted.certificate,
        key_wrapped,
        ..old.clone()
    };
    Ok((identity, KeyringStatus { version: admitted.keyring_version, hash }))
}

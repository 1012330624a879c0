//! Join: makes an empty node a member of a cluster.
//!
//! The token says where to knock and which CA to trust. The node gets a number and a certificate for a key that never
//! leaves it, fetches the keyring as a member, and has both on disk before its identity file says that it is one. The
//! leader then finds it in the tables and does the rest: learner, and voter once it has caught up.

use crate::keys::keyring::Keyring;
use crate::lifecycle::identity::{Identity, unwrap_key, wrap_key};
use crate::lifecycle::member::{Member, Origin, claim, open_engine};
use crate::membership::dial::{Peer, dial};
use crate::membership::token::JoinToken;
use crate::messages::v1::{AdmitRequest, AdmitResponse};
use crate::{Config, Folder, NodeError, certificates::tls, keys::seal};
use crypto::{KeyringStatus, NodeKeyPair, Seal, sha256};
use raft::{ClusterId, Incarnation};
use replica::{Clock, NodeId};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A name for TLS to put on the wire; the pinned CA decides, whatever name the peer has.
const ANY_MEMBER: &str = "member.lockstep";
/// Joins. The node's clients' door is still closed when this returns.
///
/// # Errors
/// Whatever keeps it from joining. Another attempt with the same token is the same node.
pub(crate) async fn join(
    config: &Config,
    folder: &Folder,
    peers: TcpListener,
    clock: Arc<dyn Clock>,
    token: &str,
) -> Result<Arc<Member>, NodeError> {
    let token = JoinToken::parse(token)?;
    refuse_open_doors(config, token.dev)?;
    let seal = seal::open(config, folder, token.dev)?;
    let keys = own_key(&folder.joining_key(), &*seal)?;
    faults::point("node.join.key");
    let (address, admitted) = knock(config, &token, &keys).await?;
    faults::point("node.join.admitted");
    let (identity, needed) = identity(config, &token, admitted, wrap_key(&*seal, &keys)?)?;
    let keyring = Arc::new(Keyring::new(config, folder, identity.cluster, identity.dev, seal.clone())?);
    fetch_keyring(&keyring, &needed, &token, &address, &identity, &keys).await?;
    faults::point("node.join.keyring");
    let engine = open_engine(config, folder)?;
    claim(&*engine, &identity)?;
    faults::point("node.join.claimed");
    identity.write(&folder.identity())?;
    faults::point("node.join.identity");
    Folder::remove(&folder.joining_key())?;
    tracing::info!(cluster = %identity.cluster, node = %identity.node, "joined a cluster");
    Member::start(config, Origin { identity, engine, seal, keyring }, peers, clock).await
}

fn refuse_open_doors(config: &Config, dev: bool) -> Result<(), NodeError> {
    if dev && !config.loopback_only() {
        let text = "the token is of a dev cluster, and this node listens elsewhere than on loopback";
        return Err(NodeError::Refused(text.to_owned()));
    }
    Ok(())
}

/// The node's key: kept, sealed, from the first attempt to the last, so that all of them are one node.
pub(crate) fn own_key(path: &Path, seal: &dyn Seal) -> Result<NodeKeyPair, NodeError> {
    if let Ok(wrapped) = std::fs::read(path) {
        return unwrap_key(seal, &wrapped);
    }
    let keys = NodeKeyPair::generate().map_err(NodeError::crypto("making the node's key"))?;
    Folder::replace(path, &wrap_key(seal, &keys)?)?;
    Ok(keys)
}

/// Asks the peers that the token names, one after the other, until one admits the node.
async fn knock(config: &Config, token: &JoinToken, keys: &NodeKeyPair) -> Result<(String, AdmitResponse), NodeError> {
    let tls = Arc::new(tls::joining(token.ca_fingerprint)?);
    let request = AdmitRequest {
        secret: token.secret.clone(),
        certificate_request: keys.certificate_request().map_err(NodeError::crypto("asking for a certificate"))?,
        name: config.name.clone(),
        zone: config.zone.clone(),
        region: config.region.clone(),
        peer_address: config.peers_advertised(),
        client_address: config.listen.clients.to_string(),
    };
    let mut last = NodeError::Refused("the token names no peer".to_owned());
    for address in &token.peers {
        let admitted = match dial(address, ANY_MEMBER, tls.clone()).await {
            Ok(mut peer) => admit(&mut peer, address, request.clone()).await,
            Err(cause) => Err(cause),
        };
        match admitted {
            Ok(response) => return Ok((address.clone(), response)),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

async fn admit(peer: &mut Peer, address: &str, request: AdmitRequest) -> Result<AdmitResponse, NodeError> {
    let reply = peer.admit(request).await.map_err(|status| NodeError::peer(address, status.message()))?;
    Ok(reply.into_inner())
}

/// What the answer makes of this node, once it is found to be the answer that the token promised.
fn identity(
    config: &Config,
    token: &JoinToken,
    admitted: AdmitResponse,
    key_wrapped: Vec<u8>,
) -> Result<(Identity, KeyringStatus), NodeError> {
    let strange = || NodeError::Refused("the cluster's answer is not what the token promised".to_owned());
    if sha256(&admitted.ca_certificate) != token.ca_fingerprint || admitted.dev != token.dev {
        return Err(strange());
    }
    let cluster = ClusterId(admitted.cluster_id.try_into().map_err(|_| strange())?);
    let hash = admitted.keyring_hash.try_into().map_err(|_| strange())?;
    let needed = KeyringStatus { version: admitted.keyring_version, hash };
    let identity = Identity {
        cluster,
        node: NodeId(admitted.node_id),
        incarnation: Incarnation::from_wire(&admitted.incarnation).map_err(|_| strange())?,
        region: config.region.clone(),
        dev: admitted.dev,
        ca_certificate: admitted.ca_certificate,
        certificate: admitted.certificate,
        key_wrapped,
    };
    Ok((identity, needed))
}

/// Fetches the keyring, with the certificate of a member; it is on this node's disk when this returns.
async fn fetch_keyring(
    keyring: &Keyring,
    needed: &KeyringStatus,
    token: &JoinToken,
    admitted_by: &str,
    identity: &Identity,
    keys: &NodeKeyPair,
) -> Result<(), NodeError> {
    let tls = Arc::new(tls::joined(token.ca_fingerprint, identity, keys)?);
    let others = token.peers.iter().map(String::as_str).filter(|peer| *peer != admitted_by);
    let addresses = std::iter::once(admitted_by).chain(others);
    let peers: Vec<_> = addresses.map(|address| (address.to_owned(), ANY_MEMBER.to_owned())).collect();
    keyring.fetch_admitted(needed, &peers, &tls).await
}

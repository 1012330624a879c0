//! Birth: makes a cluster of one empty node, once.
//!
//! The node is a member when its identity file is on disk, which is the last step. A birth that was cut short leaves a
//! mark, and the folder is then refused: nothing was acknowledged, and beginning again on it could give a half-made
//! cluster a second life.

use crate::keys::keyring::Keyring;
use crate::lifecycle::identity::{Identity, wrap_key};
use crate::lifecycle::member::{Member, Origin, claim, open_engine, refuse_to_be_reached};
use crate::messages::v1::{AdmitNode, Credential};
use crate::{Config, Folder, NodeError, keys::seal, membership::records};
use crypto::{CertificateAuthority, NodeKeyPair, Vault};
use raft::{ClusterId, Incarnation, PeerName};
use replica::cluster::{Birth, ClusterRecord, KeyringRecord};
use replica::{AccountId, Clock, Command, NodeId, Partition, RequestId};
use std::sync::Arc;
use tokio::net::TcpListener;

/// What commands may do in a new cluster.
const FEATURE_LEVEL: u32 = 1;
/// The first node's number.
const FIRST: NodeId = NodeId(1);

/// What the operator decides.
pub(crate) struct Choice {
    pub(crate) dev: bool,
    pub(crate) account: AccountId,
}

/// A born cluster's first member, with its clients' door still closed, and the credential to show once.
pub(crate) struct Born {
    pub(crate) member: Arc<Member>,
    pub(crate) root_credential: Option<Credential>,
}

/// Makes the cluster.
///
/// # Errors
/// Whatever keeps it from being made. The folder is not fit for another attempt then.
pub(crate) async fn birth(
    config: &Config,
    folder: &Folder,
    peers: TcpListener,
    clock: Arc<dyn Clock>,
    choice: Choice,
) -> Result<Born, NodeError> {
    if choice.dev {
        refuse_to_be_reached(config)?;
    }
    let seal = seal::open(config, folder, choice.dev)?;
    Folder::replace(&folder.birth_under_way(), b"")?;
    faults::point("node.birth.begun");
    let cluster = ClusterId(crypto::random_bytes());
    let keyring = Arc::new(Keyring::new(config, folder, cluster, choice.dev, seal.clone())?);
    let held = keyring.generate()?;
    faults::point("node.birth.keyring");
    let keys = NodeKeyPair::generate().map_err(NodeError::crypto("making the node's key"))?;
    let (record, identity) = certify(config, &keyring.vault(), &*seal, &keys, cluster, &choice, clock.now().as_secs())?;
    let engine = open_engine(config, folder)?;
    claim(&*engine, &identity)?;
    faults::point("node.birth.claimed");
    let origin = Origin { identity: identity.clone(), engine, seal, keyring };
    let member = Member::start(config, origin, peers, clock).await?;
    member.node.initialize().await?;
    faults::point("node.birth.initialized");
    let keyring = KeyringRecord { version: held.version, hash: held.hash.to_vec() };
    agree(&member, Birth { cluster: Some(record), keyring: Some(keyring) }).await?;
    faults::point("node.birth.agreed");
    agree(&member, first_node(config)).await?;
    let root_credential = root_credential(&member, &choice).await?;
    faults::point("node.birth.credential");
    identity.write(&folder.identity())?;
    faults::point("node.birth.identity");
    Folder::remove(&folder.birth_under_way())?;
    tracing::info!(%cluster, region = config.region, dev = choice.dev, "a cluster is born");
    Ok(Born { member, root_credential })
}

/// The cluster's CA, and the first certificate that it signs.
fn certify(
    config: &Config,
    vault: &Vault,
    seal: &dyn crypto::Seal,
    keys: &NodeKeyPair,
    cluster: ClusterId,
    choice: &Choice,
    now_seconds: u64,
) -> Result<(ClusterRecord, Identity), NodeError> {
    let (ca, certificate) = new_authority(vault, PeerName { node: FIRST, cluster }, keys, now_seconds)?;
    let identity = Identity {
        cluster,
        node: FIRST,
        incarnation: Incarnation::default(),
        region: config.region.clone(),
        dev: choice.dev,
        ca_certificate: ca.certificate_der.clone(),
        certificate,
        key_wrapped: wrap_key(seal, keys)?,
    };
    let record = ClusterRecord {
        cluster_id: cluster.0.to_vec(),
        incarnation: 1,
        partition: Partition::of(&config.region()).as_str().to_owned(),
        region: config.region.clone(),
        dev: choice.dev,
        feature_level: FEATURE_LEVEL,
        default_account: choice.account.to_string(),
        ca_certificate: ca.certificate_der,
        ca_key_sealed: ca.sealed_key,
        ..ClusterRecord::default()
    };
    Ok((record, identity))
}

/// A new CA for a cluster, and the first certificate that it signs.
pub(crate) fn new_authority(
    vault: &Vault,
    first: PeerName,
    keys: &NodeKeyPair,
    now_seconds: u64,
) -> Result<(CertificateAuthority, Vec<u8>), NodeError> {
    let cluster = first.cluster.to_string();
    let ca = vault.new_ca(&cluster, now_seconds).map_err(NodeError::crypto("making the cluster's CA"))?;
    let request = keys.certificate_request().map_err(NodeError::crypto("asking for a certificate"))?;
    let certificate = vault
        .sign_node_certificate(&ca, &cluster, &request, &[first.to_string()], now_seconds)
        .map_err(NodeError::crypto("signing the node's certificate"))?;
    Ok((ca, certificate))
}

fn first_node(config: &Config) -> AdmitNode {
    AdmitNode {
        name: config.name.clone(),
        zone: config.zone.clone(),
        peer_address: config.peers_advertised(),
        client_address: config.listen.clients.to_string(),
        ..AdmitNode::default()
    }
}

/// Has a command of the cluster's first node agreed.
pub(crate) async fn agree<C: Command>(member: &Member, command: C) -> Result<C::Reply, NodeError> {
    let id = RequestId(crypto::random_bytes());
    let reply = replica::propose(&*member.node, id, vec![], command).await?;
    reply.map_err(|refused| NodeError::Refused(records::refused(&refused)))
}

/// A dev cluster needs none: it takes whom it does not know as an account's root.
async fn root_credential(member: &Member, choice: &Choice) -> Result<Option<Credential>, NodeError> {
    if choice.dev {
        return Ok(None);
    }
    member.root_credential(&choice.account).await.map(Some)
}

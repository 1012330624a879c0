//! What this node answers its peers beside Raft: admission, the keyring, what it holds.
//!
//! Everything but admission needs a certificate of this cluster, of a node that was admitted and not removed.

use crate::keys::keyring::Keyring;
use crate::lifecycle::identity::Identity;
use crate::membership::token::Claims;
use crate::messages::v1::peer_service_server::PeerService;
use crate::messages::v1::{
    AdmitNode, AdmitRequest, AdmitResponse, FetchKeyringRequest, FetchKeyringResponse, HandOverRequest,
    HandOverResponse, ReadmitRequest, RenewCertificateRequest, RenewCertificateResponse, ReportRequest, ReportResponse,
    TakeKeyringRequest, TakeKeyringResponse,
};
use crate::{
    certificates::renewal, keys::keyring, keys::rotation, lifecycle::member, limits, membership::records,
    membership::voters,
};
use crypto::{CryptoError, KeyringStatus, Vault, sha256};
use raft::{NodeSlot, PeerIdentity, PeerName, SharedTls};
use replica::{Clock, NodeId, Replica as _, RequestId, Timestamp, cluster};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Answers peers.
pub(crate) struct Peers {
    pub(crate) identity: Identity,
    pub(crate) slot: NodeSlot,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) tls: Arc<SharedTls>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl PeerService for Peers {
    async fn admit(&self, request: Request<AdmitRequest>) -> Result<Response<AdmitResponse>, Status> {
        let request = request.into_inner();
        let now = self.clock.now();
        let claims = Claims::open(&self.vault, self.identity.cluster, &request.secret, now)
            .map_err(|refused| Status::permission_denied(refused.to_string()))?;
        if request.region != self.identity.region {
            let text = format!("this cluster serves {}, the node says {}", self.identity.region, request.region);
            return Err(Status::failed_precondition(text));
        }
        let public_key_hash = public_key_hash(&request.certificate_request)?;
        let node_id = self.give_number(&claims, &request, public_key_hash).await?;
        faults::point("node.admit.numbered");
        let response = self.sign(node_id, &request.certificate_request, now)?;
        tracing::info!(node = %node_id, name = request.name, zone = request.zone, "admitted a node");
        Ok(Response::new(response))
    }

    async fn readmit(&self, request: Request<ReadmitRequest>) -> Result<Response<AdmitResponse>, Status> {
        let old = self.member(&request)?;
        let request = request.into_inner();
        let now = self.clock.now();
        let public_key_hash = public_key_hash(&request.certificate_request)?;
        let command = AdmitNode {
            token_id: readmission(old, &public_key_hash),
            token_expires_at: now.plus_millis(limits::TOKEN_MAX.as_millis() as u64).as_millis(),
            name: request.name.clone(),
            zone: request.zone,
            peer_address: request.peer_address,
            public_key_hash: public_key_hash.to_vec(),
            client_address: request.client_address,
            replaces: old.0,
        };
        let node_id = self.propose_admission(command).await?;
        let response = self.sign(node_id, &request.certificate_request, now)?;
        tracing::warn!(%old, new = %node_id, name = request.name, "admitted a node that is rebuilt");
        Ok(Response::new(response))
    }

    async fn fetch_keyring(
        &self,
        request: Request<FetchKeyringRequest>,
    ) -> Result<Response<FetchKeyringResponse>, Status> {
        self.certified(&request)?;
        // Behind a barrier: whoever was removed gets it from no node any longer, however far behind that one is.
        drop(self.node()?.read().await.map_err(|cause| Status::unavailable(cause.to_string()))?);
        let peer = self.member(&request)?;
        if !self.keyring.is_current(&*self.node()?.local()) {
            return Err(Status::unavailable("this node does not hold the committed keyring either"));
        }
        let transfer = self.vault.transfer_reply(&request.get_ref().transfer).map_err(|cause| refusal(&cause))?;
        tracing::info!(node = %peer, "handed the keyring to a peer");
        Ok(Response::new(FetchKeyringResponse { transfer }))
    }

    async fn report(&self, request: Request<ReportRequest>) -> Result<Response<ReportResponse>, Status> {
        // A node that has just joined answers too, before it has applied who its peers are.
        let peer = self.certified(&request)?;
        if self.slot.node().is_some_and(|node| records::is_removed(&*node.local(), peer)) {
            return Err(removed());
        }
        let held = self.keyring.held();
        Ok(Response::new(ReportResponse {
            node_id: self.identity.node.0,
            keyring_version: held.map_or(0, |held| held.version),
            keyring_hash: held.map_or_else(Vec::new, |held| held.hash.to_vec()),
            voters: self.slot.node().and_then(|node| node.voters()).map(voters::told),
        }))
    }

    async fn take_keyring(
        &self,
        request: Request<TakeKeyringRequest>,
    ) -> Result<Response<TakeKeyringResponse>, Status> {
        let from = PeerName { node: self.member(&request)?, cluster: self.identity.cluster };
        let TakeKeyringRequest { version, hash } = request.into_inner();
        let hash = hash.try_into().map_err(|_| Status::invalid_argument("a keyring's hash has 32 bytes"))?;
        let (next, tls) = (KeyringStatus { version, hash }, self.tls.get().client.clone());
        rotation::take(&self.keyring, self.node()?, &from, next, &tls)
            .await
            .map_err(|cause| Status::failed_precondition(cause.to_string()))?;
        Ok(Response::new(TakeKeyringResponse {}))
    }

    async fn hand_over(&self, request: Request<HandOverRequest>) -> Result<Response<HandOverResponse>, Status> {
        self.member(&request)?;
        let leader = member::hand_over(self.node()?, request.get_ref().node_id)
            .await
            .map_err(|cause| Status::failed_precondition(cause.to_string()))?;
        Ok(Response::new(HandOverResponse { leader_id: leader.0 }))
    }

    async fn renew_certificate(
        &self,
        request: Request<RenewCertificateRequest>,
    ) -> Result<Response<RenewCertificateResponse>, Status> {
        let peer = self.certified(&request)?;
        let view = self.node()?.read().await.map_err(|cause| Status::unavailable(cause.to_string()))?;
        // Behind a barrier: a removal that was acknowledged anywhere is seen here.
        if !records::node(&view, peer).is_some_and(|record| record.belongs()) {
            return Err(Status::permission_denied("the node was removed from the cluster"));
        }
        let certificate = self.certificate(peer, &request.get_ref().certificate_request, self.clock.now())?;
        tracing::info!(node = %peer, "renewed a peer's certificate");
        Ok(Response::new(RenewCertificateResponse { certificate }))
    }
}

impl Peers {
    fn node(&self) -> Result<&Arc<raft::Node>, Status> {
        self.slot.node().ok_or_else(|| Status::unavailable("the node is starting"))
    }

    /// The peer at the other end, as its certificate of this cluster says.
    fn certified<T>(&self, request: &Request<T>) -> Result<NodeId, Status> {
        match request.extensions().get::<PeerIdentity>().copied() {
            Some(PeerIdentity(Some(peer))) if peer.cluster == self.identity.cluster => Ok(peer.node),
            _ => Err(Status::unauthenticated("this call needs a member's certificate")),
        }
    }

    /// The same, once the tables say that the node belongs to the cluster.
    fn member<T>(&self, request: &Request<T>) -> Result<NodeId, Status> {
        let peer = self.certified(request)?;
        match records::node(&self.node()?.local(), peer) {
            Some(record) if record.belongs() => Ok(peer),
            Some(_) => Err(removed()),
            None => Err(Status::unavailable("this node has not applied the peer's admission yet; ask another")),
        }
    }

    async fn give_number(
        &self,
        claims: &Claims,
        request: &AdmitRequest,
        public_key_hash: [u8; 32],
    ) -> Result<NodeId, Status> {
        let command = AdmitNode {
            token_id: claims.token_id.to_vec(),
            token_expires_at: claims.expires_at.as_millis(),
            name: request.name.clone(),
            zone: request.zone.clone(),
            peer_address: request.peer_address.clone(),
            public_key_hash: public_key_hash.to_vec(),
            client_address: request.client_address.clone(),
            replaces: claims.replaces,
        };
        self.propose_admission(command).await
    }

    async fn propose_admission(&self, command: AdmitNode) -> Result<NodeId, Status> {
        let reply = replica::propose(&**self.node()?, RequestId(crypto::random_bytes()), vec![], command)
            .await
            .map_err(|cause| Status::unavailable(cause.to_string()))?;
        match reply {
            Ok(reply) => Ok(NodeId(reply.node_id)),
            Err(refused) => Err(Status::permission_denied(records::refused(&refused))),
        }
    }

    fn sign(&self, node: NodeId, request: &[u8], now: Timestamp) -> Result<AdmitResponse, Status> {
        let view = self.node()?.local();
        let (Some(cluster), Some(needed)) = (cluster::record(&view), keyring::committed(&view)) else {
            return Err(Status::unavailable("this node has not applied the cluster's birth yet; ask another"));
        };
        Ok(AdmitResponse {
            cluster_id: self.identity.cluster.0.to_vec(),
            node_id: node.0,
            certificate: self.certificate(node, request, now)?,
            ca_certificate: cluster.ca_certificate,
            dev: cluster.dev,
            keyring_version: needed.version,
            keyring_hash: needed.hash.to_vec(),
            incarnation: self.identity.incarnation.to_wire(),
        })
    }

    /// A certificate of the cluster for the key of `request`, under the name of `node` and whatever the request says.
    fn certificate(&self, node: NodeId, request: &[u8], now: Timestamp) -> Result<Vec<u8>, Status> {
        let view = self.node()?.local();
        renewal::sign(&*view, &self.vault, PeerName { node, cluster: self.identity.cluster }, request, now)
            .map_err(|cause| refusal(&cause))
    }
}

/// Stands for a token: the same node that asks again with the same key is the same node.
fn readmission(old: NodeId, public_key_hash: &[u8; 32]) -> Vec<u8> {
    let whole = sha256(&[b"readmission".as_slice(), &old.0.to_be_bytes(), public_key_hash].concat());
    whole[..16].to_vec()
}

fn removed() -> Status {
    Status::permission_denied("the node was removed from the cluster")
}

fn refusal(cause: &CryptoError) -> Status {
    match cause {
        CryptoError::Locked => Status::unavailable("this node is sealed; ask another"),
        CryptoError::Malformed => Status::invalid_argument("the request is malformed"),
        other => Status::internal(other.to_string()),
    }
}

/// By which the same node is known when it asks again.
fn public_key_hash(certificate_request: &[u8]) -> Result<[u8; 32], Status> {
    use x509_parser::prelude::{FromDer as _, X509CertificationRequest};
    let (_, parsed) = X509CertificationRequest::from_der(certificate_request)
        .map_err(|_| Status::invalid_argument("the certificate request is malformed"))?;
    Ok(sha256(parsed.certification_request_info.subject_pki.raw))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Folder, SystemClock, certificates::tls};
    use crypto::{DevSeal, NodeKeyPair};
    use raft::{ClusterId, Incarnation};
    use std::path::Path;
    use tonic::Code;

    const CLUSTER: ClusterId = ClusterId([7; 16]);

    /// A door without a node behind it.
    fn peers(folder: &Path) -> Peers {
        let text = format!(
            "name = \"a\"\nzone = \"a\"\nregion = \"us-east-1\"\ndata_dir = {folder:?}\n[seal]\nkind = \"dev\"\n\
             [listen]\nclients = \"127.0.0.1:1\"\npeers = \"127.0.0.1:2\"\nmetrics = \"127.0.0.1:3\"\n"
        );
        let config = Config::parse(&text, Path::new("t.toml")).expect("valid");
        let folder = Folder::open(&config.data_dir).expect("free");
        let seal = Arc::new(DevSeal::open(folder.root(), true).expect("a dev seal"));
        let keyring = Arc::new(Keyring::new(&config, &folder, CLUSTER, true, seal).expect("a keyring"));
        keyring.generate().expect("generated");
        let (vault, keys) = (keyring.vault(), NodeKeyPair::generate().expect("a key pair"));
        let ca = vault.new_ca(&CLUSTER.to_string(), 1_800_000_000).expect("a CA");
        let name = PeerName { node: NodeId(1), cluster: CLUSTER }.to_string();
        let request = keys.certificate_request().expect("a request");
        let certificate = vault
            .sign_node_certificate(&ca, &CLUSTER.to_string(), &request, &[name], 1_800_000_000)
            .expect("a certificate");
        let identity = Identity {
            cluster: CLUSTER,
            node: NodeId(1),
            incarnation: Incarnation::default(),
            region: config.region,
            dev: true,
            ca_certificate: ca.certificate_der,
            certificate,
            key_wrapped: Vec::new(),
        };
        let tls = Arc::new(SharedTls::new(tls::member(&identity, &keys).expect("TLS")));
        Peers { identity, slot: NodeSlot::new(), vault, keyring, tls, clock: Arc::new(SystemClock) }
    }

    fn from<T>(message: T, peer: Option<PeerIdentity>) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    }

    #[tokio::test]
    async fn without_a_certificate_of_the_cluster_nothing_is_answered() {
        let temp = tempfile::tempdir().expect("temp");
        let peers = peers(&temp.path().join("a"));
        let node = |cluster| Some(PeerIdentity(Some(PeerName { node: NodeId(2), cluster })));
        for (peer, expected) in [
            (None, Code::Unauthenticated),
            (Some(PeerIdentity(None)), Code::Unauthenticated),
            (node(ClusterId([8; 16])), Code::Unauthenticated),
            (node(CLUSTER), Code::Ok),
        ] {
            let report = peers.report(from(ReportRequest {}, peer)).await;
            assert_eq!(report.map_or_else(|status| status.code(), |_| Code::Ok), expected, "report, {peer:?}");
            // Who has a certificate is looked up in the tables, which this door does not have.
            let expected = if expected == Code::Ok { Code::Unavailable } else { expected };
            let fetched = peers.fetch_keyring(from(FetchKeyringRequest::default(), peer)).await;
            assert_eq!(fetched.expect_err("refused").code(), expected, "fetch, {peer:?}");
            let taken = peers.take_keyring(from(TakeKeyringRequest::default(), peer)).await;
            assert_eq!(taken.expect_err("refused").code(), expected, "take, {peer:?}");
            let handed = peers.hand_over(from(HandOverRequest::default(), peer)).await;
            assert_eq!(handed.expect_err("refused").code(), expected, "hand over, {peer:?}");
            let readmitted = peers.readmit(from(ReadmitRequest::default(), peer)).await;
            assert_eq!(readmitted.expect_err("refused").code(), expected, "readmit, {peer:?}");
            let renewed = peers.renew_certificate(from(RenewCertificateRequest::default(), peer)).await;
            assert_eq!(renewed.expect_err("refused").code(), expected, "renew, {peer:?}");
        }
    }

    #[tokio::test]
    async fn a_forged_token_admits_nobody() {
        let temp = tempfile::tempdir().expect("temp");
        let peers = peers(&temp.path().join("a"));
        let request = AdmitRequest { secret: "forged".to_owned(), ..AdmitRequest::default() };
        let refused = peers.admit(from(request, None)).await.expect_err("refused");
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
}

//! The node's own certificate, made anew while the node runs: by itself when less than a third of its life is left, and
//! when the operator asks. The node draws a new key and shows its present certificate to a member, who signs for it under
//! the number that this one names. Connections that are open live on; new ones use the new certificate.
//!
//! A certificate that has ended renews nothing, and neither does one of a node that was removed: such a node joins anew.

use crate::lifecycle::identity::{Identity, wrap_key};
use crate::lifecycle::member::Member;
use crate::membership::dial::dial;
use crate::messages::v1::RenewCertificateRequest;
use crate::{NodeError, certificates::tls, hosting::metrics, limits};
use crypto::{CertificateAuthority, CryptoError, NodeKeyPair, Seal, Vault};
use raft::PeerName;
use replica::{Replica as _, Timestamp, View, cluster};
use std::path::PathBuf;
use std::sync::Arc;

/// What a node needs to replace its certificate.
pub(crate) struct Renewal {
    seal: Arc<dyn Seal>,
    /// The identity's file.
    path: PathBuf,
    /// What the file holds. Held while it is replaced.
    own: tokio::sync::Mutex<Identity>,
}

impl Renewal {
    /// Of a node that is what `identity` says.
    pub(crate) fn new(seal: Arc<dyn Seal>, path: PathBuf, identity: Identity) -> Self {
        Self { seal, path, own: tokio::sync::Mutex::new(identity) }
    }
}

impl Member {
    /// Gives this node a new key and certificate; gives the second since 1970 at which the certificate ends.
    ///
    /// # Errors
    /// When no member signs. The present certificate stays then.
    pub(crate) async fn renew_certificate(&self) -> Result<u64, NodeError> {
        let mut own = self.renewal.own.lock().await;
        let keys = NodeKeyPair::generate().map_err(NodeError::crypto("making the node's key"))?;
        let request = keys.certificate_request().map_err(NodeError::crypto("asking for a certificate"))?;
        let certificate = self.signed(&request).await?;
        let key_wrapped = wrap_key(&*self.renewal.seal, &keys)?;
        let renewed = Identity { certificate, key_wrapped, ..own.clone() };
        tls::hold_to_its_name(&renewed, self.clock.now().as_secs())?;
        let (_, ends_at) = life(&renewed.certificate).ok_or_else(unreadable)?;
        let both_ends = tls::member(&renewed, &keys)?;
        faults::point("node.renewal.signed");
        renewed.write(&self.renewal.path)?;
        faults::point("node.renewal.written");
        self.tls.set(both_ends);
        metrics::certificate_ends("node", &renewed.certificate);
        ::metrics::counter!("lockstep_certificate_renewals_total").increment(1);
        tracing::info!(ends_at, "the node has a new certificate");
        *own = renewed;
        Ok(ends_at)
    }

    /// Asks one member after the other. A node that is alone in its cluster has nobody to ask, and signs for itself.
    async fn signed(&self, request: &[u8]) -> Result<Vec<u8>, NodeError> {
        let others = self.others();
        if others.is_empty() {
            let view = self.node.read().await.map_err(replica::ProposeError::from)?;
            let name = PeerName { node: self.identity.node, cluster: self.cluster() };
            let signed = sign(&*view, &self.vault, name, request, self.clock.now());
            return signed.map_err(NodeError::crypto("signing the node's certificate"));
        }
        let mut last = None;
        for peer in others {
            match self.signed_by(&peer, request).await {
                Ok(certificate) => return Ok(certificate),
                Err(cause) => last = Some(cause),
            }
        }
        Err(last.expect("there is another member"))
    }

    async fn signed_by(&self, peer: &raft::Member, request: &[u8]) -> Result<Vec<u8>, NodeError> {
        let name = PeerName { node: peer.id(), cluster: self.cluster() };
        let mut client = dial(&peer.peer_addr, &name.to_string(), self.client_tls()).await?;
        let request = RenewCertificateRequest { certificate_request: request.to_vec() };
        let reply = client.renew_certificate(request).await;
        Ok(reply.map_err(|status| NodeError::peer(&peer.name, status.message()))?.into_inner().certificate)
    }

    /// Whether less than a third of the certificate's life is left.
    async fn certificate_is_old(&self) -> bool {
        let own = self.renewal.own.lock().await;
        is_old(&own.certificate, self.clock.now())
    }
}

/// Looks after the certificate for as long as the node runs.
pub(crate) async fn keep_certificate(member: Arc<Member>) {
    ::metrics::counter!("lockstep_certificate_renewals_total").increment(0);
    loop {
        let mut pause = limits::CERTIFICATE_LOOK;
        if member.certificate_is_old().await
            && let Err(cause) = member.renew_certificate().await
        {
            tracing::warn!(%cause, "the node's certificate could not be renewed");
            pause = limits::CERTIFICATE_RETRY;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = member.stopping().cancelled() => return,
        }
    }
}

/// Signs a certificate of the cluster for the key of `request`, under `name` and whatever the request says.
///
/// # Errors
/// [`CryptoError::Locked`] where there is no CA or no keyring, [`CryptoError::Malformed`] for a bad request.
pub(crate) fn sign(
    view: &(impl View + ?Sized),
    vault: &Vault,
    name: PeerName,
    request: &[u8],
    now: Timestamp,
) -> Result<Vec<u8>, CryptoError> {
    let record = cluster::record(view).ok_or(CryptoError::Locked)?;
    let ca = CertificateAuthority { certificate_der: record.ca_certificate, sealed_key: record.ca_key_sealed };
    vault.sign_node_certificate(&ca, &name.cluster.to_string(), request, &[name.to_string()], now.as_secs())
}

fn is_old(certificate: &[u8], now: Timestamp) -> bool {
    life(certificate).is_some_and(|(begins_at, ends_at)| {
        let (life, left) = (ends_at.saturating_sub(begins_at), ends_at.saturating_sub(now.as_secs()));
        left < life / 3
    })
}

/// From when to when a certificate is good, in seconds since 1970.
fn life(certificate: &[u8]) -> Option<(u64, u64)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let seconds = |time: x509_parser::time::ASN1Time| u64::try_from(time.timestamp()).ok();
    Some((seconds(parsed.validity().not_before)?, seconds(parsed.validity().not_after)?))
}

fn unreadable() -> NodeError {
    NodeError::Refused("the certificate that a peer signed cannot be read".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::{DevSeal, KeyringFile};

    const MADE: u64 = 1_800_000_000;
    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn a_certificate_is_old_when_less_than_a_third_of_its_life_is_left() {
        let temp = tempfile::tempdir().expect("temp");
        let (vault, seal) = (Vault::locked(), DevSeal::open(temp.path(), true).expect("a dev seal"));
        let file = KeyringFile { path: temp.path().join("keyring"), region: "r".into(), cluster_id: "c".into() };
        vault.generate(&seal, &file).expect("generated");
        let ca = vault.new_ca("c", MADE).expect("a CA");
        let request = NodeKeyPair::generate().and_then(|keys| keys.certificate_request()).expect("a request");
        let certificate = vault.sign_node_certificate(&ca, "c", &request, &["n".to_owned()], MADE).expect("signed");
        for (days, old) in [(0, false), (243, false), (244, true), (364, true), (400, true)] {
            let now = Timestamp::from_millis((MADE + days * DAY) * 1_000);
            assert_eq!(is_old(&certificate, now), old, "after {days} days");
        }
        assert!(!is_old(b"no certificate", Timestamp::from_millis(0)));
    }
}

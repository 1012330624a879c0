//! The TLS of links between nodes. Only TLS 1.3, only the cluster's own CA.
//!
//! A member shows its certificate at both ends of a link. A node that is being admitted has none yet: it knows the CA by
//! the fingerprint in its token, and the door lets it in to the one call that needs no certificate.

use crate::NodeError;
use crate::lifecycle::identity::Identity;
use crypto::{NodeKeyPair, sha256};
use raft::{PeerName, PeerTls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme};
use std::sync::Arc;
use std::time::Duration;

/// gRPC speaks HTTP/2 alone.
const ALPN: &[u8] = b"h2";

/// Both ends of a member's links.
pub(crate) fn member(identity: &Identity, keys: &NodeKeyPair) -> Result<PeerTls, NodeError> {
    let ca = CertificateDer::from(identity.ca_certificate.clone());
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone())?;
    let roots = Arc::new(roots);
    // The CA goes along, for a joining node that knows only its fingerprint.
    let chain = vec![CertificateDer::from(identity.certificate.clone()), ca];
    Ok(PeerTls {
        server: Arc::new(server(roots.clone(), chain.clone(), private_key(keys))?),
        client: Arc::new(client(roots, chain, private_key(keys))?),
    })
}

/// The client's end of a link to a cluster that is known by its CA's fingerprint alone.
pub(crate) fn joining(ca_fingerprint: [u8; 32]) -> Result<ClientConfig, NodeError> {
    let mut config = trusting(Trust::Ca(ca_fingerprint))?.with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The same, of a node that has its certificate and does not know yet which member is at which address.
pub(crate) fn joined(
    ca_fingerprint: [u8; 32],
    identity: &Identity,
    keys: &NodeKeyPair,
) -> Result<ClientConfig, NodeError> {
    let chain = vec![CertificateDer::from(identity.certificate.clone())];
    let mut config = trusting(Trust::Ca(ca_fingerprint))?.with_client_auth_cert(chain, private_key(keys))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The client's end of a link that is opened to see who answers, and to say nothing to him.
pub(crate) fn looking() -> Result<ClientConfig, NodeError> {
    let mut config = trusting(Trust::Anyone)?.with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The member that a certificate names; `None` when it names none.
pub(crate) fn peer_name(certificate: &CertificateDer<'_>) -> Option<PeerName> {
    let ServerName::DnsName(name) = own_name(certificate).ok()? else { return None };
    name.as_ref().parse().ok()
}

/// Holds a certificate that a peer signed for this node to what peers will hold it to.
///
/// # Errors
/// [`NodeError::Tls`] when it is not of the node's CA, or not of its name.
pub(crate) fn hold_to_its_name(identity: &Identity, now_seconds: u64) -> Result<(), NodeError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(identity.ca_certificate.clone()))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|cause| Error::General(cause.to_string()))?;
    let name = PeerName { node: identity.node, cluster: identity.cluster }.to_string();
    let name = ServerName::try_from(name).expect("a peer's name is a DNS name");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now_seconds));
    verifier.verify_server_cert(&CertificateDer::from(identity.certificate.as_slice()), &[], &name, &[], now)?;
    Ok(())
}

fn trusting(trust: Trust) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, NodeError> {
    let provider = provider();
    let verifier = Stranger { trust, algorithms: provider.signature_verification_algorithms };
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13])?;
    // rustls calls dangerous whatever is not the web's PKI; for a CA this verifier is stricter than that.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
}

fn server(
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, NodeError> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
        .allow_unauthenticated()
        .build()
        .map_err(|cause| Error::General(cause.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn client(
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, NodeError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn private_key(keys: &NodeKeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(keys.private_key_der().expose_secret().to_vec()))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Whom a node takes for a member before it has a certificate of its own.
#[derive(Debug, Clone, Copy)]
enum Trust {
    /// Whoever the one CA signed whose certificate has this fingerprint, under every name: which member answers at an address is
    /// nothing to a node that is not one yet.
    Ca([u8; 32]),
    /// Whom it meets: nothing is said to him, and what he shows is looked at afterwards.
    Anyone,
}

/// Holds the other end to a trust, and in any case to having the key of the certificate that it shows.
#[derive(Debug)]
struct Stranger {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Stranger {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Ca(fingerprint) = self.trust else { return Ok(ServerCertVerified::assertion()) };
        let found = intermediates.iter().find(|certificate| sha256(certificate) == fingerprint);
        let ca =
            found.ok_or_else(|| Error::General("the peer is not of the cluster that made the token".to_owned()))?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|cause| Error::General(cause.to_string()))?;
        let name = own_name(end_entity)?;
        verifier.verify_server_cert(end_entity, &[], &name, &[], now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("only TLS 1.3 is spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The name that a member's certificate carries, which must be a peer's.
fn own_name(certificate: &CertificateDer<'_>) -> Result<ServerName<'static>, Error> {
    let refused = || Error::General("the peer's certificate names no member".to_owned());
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|_| refused())?;
    let names = parsed.subject_alternative_name().ok().flatten().ok_or_else(refused)?;
    let is_member = |name: &str| name.parse::<raft::PeerName>().is_ok();
    let name = names.value.general_names.iter().find_map(|name| match name {
        x509_parser::extensions::GeneralName::DNSName(name) if is_member(name) => Some((*name).to_owned()),
        _ => None,
    });
    ServerName::try_from(name.ok_or_else(refused)?).map_err(|_| refused())
}

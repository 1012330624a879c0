//! A private authority, and certificates for nodes of any name.

use raft::{ClusterId, PeerName, PeerTls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use replica::NodeId;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

/// A certificate authority.
#[derive(Clone)]
pub struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Arc<Issuer<'static, KeyPair>>,
}

impl Authority {
    pub fn new(cluster: ClusterId) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![format!("ca.{cluster}.lockstep")]).expect("names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed").der().clone();
        Self { certificate, issuer: Arc::new(Issuer::new(params, key)) }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a certificate");
        Arc::new(roots)
    }

    fn certify(&self, name: PeerName) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_string()]).expect("names");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"))
    }

    /// Both ends of a node's links.
    pub fn tls(&self, node: NodeId, cluster: ClusterId) -> PeerTls {
        let (chain, key) = self.certify(PeerName { node, cluster });
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), default_provider().into());
        let verifier = verifier.allow_unauthenticated().build().expect("a verifier");
        let server = ServerConfig::builder_with_provider(default_provider().into());
        let server =
            server.with_safe_default_protocol_versions().expect("versions").with_client_cert_verifier(verifier);
        let client = ClientConfig::builder_with_provider(default_provider().into());
        let client =
            client.with_safe_default_protocol_versions().expect("versions").with_root_certificates(self.roots());
        PeerTls {
            server: Arc::new(server.with_single_cert(chain.clone(), key.clone_key()).expect("a pair")),
            client: Arc::new(client.with_client_auth_cert(chain, key).expect("a pair")),
        }
    }

    /// A client that shows no certificate.
    pub fn anonymous(&self) -> Arc<ClientConfig> {
        let client = ClientConfig::builder_with_provider(default_provider().into());
        let client =
            client.with_safe_default_protocol_versions().expect("versions").with_root_certificates(self.roots());
        Arc::new(client.with_no_client_auth())
    }
}

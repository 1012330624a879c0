//! The cluster's private certificate authority and the certificates of its nodes.

use crate::{CryptoError, Secret, Vault};

/// A cluster's own certificate authority. The private key is sealed and opens in this crate alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAuthority {
    /// Its self-signed certificate (DER): the only trust anchor of links between nodes.
    pub certificate_der: Vec<u8>,
    /// Its private key as a sealed record.
    pub sealed_key: Vec<u8>,
}

/// A node's own TLS key pair (ECDSA P-256).
///
/// This is the one private key that may leave the crate: rustls needs it. It proves which node is speaking and
/// protects nothing at rest. Whoever stores it wraps it with the node's [`crate::Seal`].
pub struct NodeKeyPair {}

impl NodeKeyPair {
    /// Draws a key pair.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses.
    pub fn generate() -> Result<Self, CryptoError> {
        Err(CryptoError::Locked)
    }

    /// Reads back what [`NodeKeyPair::private_key_pem`] gave.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`].
    pub fn from_pem(pem: &Secret) -> Result<Self, CryptoError> {
        let _ = pem;
        Err(CryptoError::Locked)
    }

    /// The private key in PKCS#8 PEM.
    pub fn private_key_pem(&self) -> Secret {
        Secret::new(Vec::new())
    }

    /// The private key in PKCS#8 DER, for `rustls_pki_types::PrivatePkcs8KeyDer`.
    pub fn private_key_der(&self) -> Secret {
        Secret::new(Vec::new())
    }

    /// A certificate signing request (PKCS#10, DER) that proves possession of the private key. It names nothing: the
    /// signer decides on the names.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses.
    pub fn certificate_request(&self) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::Locked)
    }
}

impl Vault {
    /// Makes a cluster's certificate authority, valid from an hour before `now_seconds` (Unix time) for 20 years.
    ///
    /// # Errors
    /// [`CryptoError::Locked`].
    pub fn new_ca(&self, cluster_id: &str, now_seconds: u64) -> Result<CertificateAuthority, CryptoError> {
        let _ = (cluster_id, now_seconds);
        Err(CryptoError::Locked)
    }

    /// Signs a node's certificate for `dns_names`, valid from an hour before `now_seconds` (Unix time) for one year,
    /// as TLS client and server. Whatever names the request itself carries are ignored.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the CA's key does not open, [`CryptoError::Malformed`]
    /// when the request's signature is wrong or its key is not ECDSA P-256, or a name is no DNS name.
    pub fn sign_node_certificate(
        &self,
        ca: &CertificateAuthority,
        cluster_id: &str,
        csr_der: &[u8],
        dns_names: &[String],
        now_seconds: u64,
    ) -> Result<Vec<u8>, CryptoError> {
        let _ = (ca, cluster_id, csr_der, dns_names, now_seconds);
        Err(CryptoError::Locked)
    }
}

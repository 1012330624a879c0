//! The cluster's private certificate authority and the certificates of its nodes (X.509, RFC 5280; ECDSA P-256).

use crate::limits::{CA_CERTIFICATE_LIFETIME, CERTIFICATE_BACKDATE, NODE_CERTIFICATE_LIFETIME};
use crate::p256::P256Key;
use crate::purpose::Purpose;
use crate::record::Owner;
use crate::{CryptoError, Secret, Vault, random_bytes};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use std::time::Duration;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

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
pub struct NodeKeyPair(P256Key);

impl NodeKeyPair {
    /// Draws a key pair.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses.
    pub fn generate() -> Result<Self, CryptoError> {
        P256Key::generate().map(Self)
    }

    /// Reads back what [`NodeKeyPair::private_key_pem`] gave.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`].
    pub fn from_pem(pem: &Secret) -> Result<Self, CryptoError> {
        P256Key::from_pem(pem).map(Self)
    }

    /// The private key in PKCS#8 PEM.
    pub fn private_key_pem(&self) -> Secret {
        self.0.to_pem()
    }

    /// The private key in PKCS#8 DER, for `rustls_pki_types::PrivatePkcs8KeyDer`.
    pub fn private_key_der(&self) -> Secret {
        Secret::new(self.0.pkcs8().to_vec())
    }

    /// A certificate signing request (PKCS#10, DER) that proves possession of the private key. It names nothing: the
    /// signer decides on the names.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses.
    pub fn certificate_request(&self) -> Result<Vec<u8>, CryptoError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&self.0).map_err(|_| CryptoError::Malformed)?;
        Ok(request.der().to_vec())
    }
}

impl Vault {
    /// Makes a cluster's certificate authority, valid from an hour before `now_seconds` (Unix time) for 20 years.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Malformed`] when the library refuses.
    pub fn new_ca(&self, cluster_id: &str, now_seconds: u64) -> Result<CertificateAuthority, CryptoError> {
        let key = P256Key::generate()?;
        let sealed_key = self.seal_record(&owner(&[cluster_id]), key.pkcs8())?;
        let mut params = ca_params(cluster_id);
        set_validity(&mut params, now_seconds, CA_CERTIFICATE_LIFETIME);
        let certificate = params.self_signed(&key).map_err(|_| CryptoError::Malformed)?;
        Ok(CertificateAuthority { certificate_der: certificate.der().to_vec(), sealed_key })
    }

    /// Signs a node's certificate for `dns_names`, valid from an hour before `now_seconds` (Unix time) for one year,
    /// as TLS client and server. Whatever names the request itself carries are ignored.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Damaged`] when the CA's key does not open or is not its certificate's,
    /// [`CryptoError::Malformed`] when the request's signature is wrong or its key is not ECDSA P-256, or a name is no
    /// DNS name, or there is none.
    pub fn sign_node_certificate(
        &self,
        ca: &CertificateAuthority,
        cluster_id: &str,
        csr_der: &[u8],
        dns_names: &[String],
        now_seconds: u64,
    ) -> Result<Vec<u8>, CryptoError> {
        let pkcs8 = self.open_record(&owner(&[cluster_id]), &ca.sealed_key)?;
        let key = P256Key::from_pkcs8(pkcs8).map_err(|_| CryptoError::Damaged)?;
        if certified_key(&ca.certificate_der).as_deref() != Some(key.public_key()) {
            return Err(CryptoError::Damaged);
        }
        let node = RequestedKey::verify(csr_der).ok_or(CryptoError::Malformed)?;
        let params = node_params(dns_names, now_seconds)?;
        let ca_params = ca_params(cluster_id);
        let issuer = Issuer::from_params(&ca_params, &key);
        let certificate = params.signed_by(&node, &issuer).map_err(|_| CryptoError::Malformed)?;
        Ok(certificate.der().to_vec())
    }
}

fn owner<'a>(names: &'a [&'a str; 1]) -> Owner<'a> {
    Owner { purpose: Purpose::AuthorityKey, names }
}

fn ca_params(cluster_id: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&format!("Lockstep cluster {cluster_id}"));
    params.serial_number = Some(new_serial());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn node_params(dns_names: &[String], now_seconds: u64) -> Result<CertificateParams, CryptoError> {
    let first = dns_names.first().ok_or(CryptoError::Malformed)?;
    if !dns_names.iter().all(|name| is_dns_name(name)) {
        return Err(CryptoError::Malformed);
    }
    let mut params = CertificateParams::new(dns_names).map_err(|_| CryptoError::Malformed)?;
    params.distinguished_name = common_name(first);
    params.serial_number = Some(new_serial());
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, now_seconds, NODE_CERTIFICATE_LIFETIME);
    Ok(params)
}

/// Letters, digits and hyphens between dots (RFC 1123): no wildcard, no address, no trailing dot.
fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label) && name.parse::<std::net::IpAddr>().is_err()
}

fn set_validity(params: &mut CertificateParams, now_seconds: u64, lifetime: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    let begin = Duration::from_secs(now_seconds).saturating_sub(CERTIFICATE_BACKDATE);
    params.not_before = epoch + begin;
    params.not_after = epoch + Duration::from_secs(now_seconds) + lifetime;
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    // RFC 5280 allows a common name 64 characters.
    distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    distinguished_name
}

/// 127 random bits: positive, and never the same twice (RFC 5280, 4.1.2.2).
fn new_serial() -> SerialNumber {
    let mut serial: [u8; 16] = random_bytes();
    serial[0] = serial[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&serial)
}

fn certified_key(certificate_der: &[u8]) -> Option<Vec<u8>> {
    let (rest, certificate) = X509Certificate::from_der(certificate_der).ok()?;
    rest.is_empty().then(|| certificate.public_key().subject_public_key.data.to_vec())
}

/// The public key of a request whose signature proves that the sender has the private one.
struct RequestedKey(Vec<u8>);

impl RequestedKey {
    fn verify(csr_der: &[u8]) -> Option<Self> {
        let (rest, request) = X509CertificationRequest::from_der(csr_der).ok()?;
        let info = &request.certification_request_info;
        let algorithm = &request.signature_algorithm.algorithm;
        if !rest.is_empty() || *algorithm != OID_SIG_ECDSA_WITH_SHA256 || !is_p256(&info.subject_pki) {
            return None;
        }
        let point = info.subject_pki.subject_public_key.data.to_vec();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point)
            .verify(info.raw, &request.signature_value.data)
            .ok()
            .map(|()| Self(point))
    }
}

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn is_p256(key: &SubjectPublicKeyInfo<'_>) -> bool {
    let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::open_vault;
    use x509_parser::extensions::GeneralName;

    const NOW: u64 = 1_800_000_000;
    const CLUSTER: &str = "c-1";

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn a_node_certificate_verifies_under_the_authority() {
        let vault = open_vault();
        let ca = vault.new_ca(CLUSTER, NOW).unwrap();
        let node = NodeKeyPair::generate().unwrap();
        let dns_names = names(&["n-1.c-1.lockstep", "localhost"]);
        let request = node.certificate_request().unwrap();
        let der = vault.sign_node_certificate(&ca, CLUSTER, &request, &dns_names, NOW).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        let (_, authority) = X509Certificate::from_der(&ca.certificate_der).unwrap();

        assert_eq!(certificate.issuer(), authority.subject());
        let verify = |signer: &X509Certificate<'_>, signed: &X509Certificate<'_>| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &signer.public_key().subject_public_key.data)
                .verify(signed.tbs_certificate.as_ref(), &signed.signature_value.data)
        };
        verify(&authority, &certificate).unwrap();
        verify(&authority, &authority).unwrap();
        verify(&certificate, &certificate).unwrap_err();

        assert!(authority.is_ca() && !certificate.is_ca());
        assert_eq!(certificate.validity().not_before.timestamp(), NOW as i64 - 3600);
        assert_eq!(certificate.validity().not_after.timestamp(), NOW as i64 + 365 * 86_400);
        let san = certificate.subject_alternative_name().unwrap().unwrap();
        let found: Vec<_> = san.value.general_names.iter().collect();
        assert_eq!(found, [&GeneralName::DNSName("n-1.c-1.lockstep"), &GeneralName::DNSName("localhost")]);
        let usage = certificate.extended_key_usage().unwrap().unwrap();
        assert!(usage.value.server_auth && usage.value.client_auth);
        assert_eq!(certified_key(&der).as_deref(), Some(node.0.public_key()));
    }

    #[test]
    fn authority_key_stays_sealed_and_bound_to_its_cluster() {
        let vault = open_vault();
        let ca = vault.new_ca(CLUSTER, NOW).unwrap();
        let request = NodeKeyPair::generate().unwrap().certificate_request().unwrap();
        let sign = |vault: &Vault, ca: &CertificateAuthority, cluster| {
            vault.sign_node_certificate(ca, cluster, &request, &names(&["n"]), NOW).map(drop)
        };
        assert_eq!(sign(&vault, &ca, CLUSTER), Ok(()));
        assert_eq!(sign(&vault, &ca, "c-2"), Err(CryptoError::Damaged));
        assert_eq!(sign(&open_vault(), &ca, CLUSTER), Err(CryptoError::Damaged));
        let other = vault.new_ca(CLUSTER, NOW).unwrap();
        let mixed = CertificateAuthority { certificate_der: other.certificate_der, ..ca };
        assert_eq!(sign(&vault, &mixed, CLUSTER), Err(CryptoError::Damaged));
    }

    fn info_of(request: &[u8]) -> std::ops::Range<usize> {
        let info = X509CertificationRequest::from_der(request).unwrap().1.certification_request_info.raw.to_vec();
        let start = request.windows(info.len()).position(|window| window == info).unwrap();
        start..start + info.len()
    }

    #[test]
    fn a_request_without_proof_is_refused() {
        let vault = open_vault();
        let ca = vault.new_ca(CLUSTER, NOW).unwrap();
        let request = NodeKeyPair::generate().unwrap().certificate_request().unwrap();
        let sign = |csr: &[u8]| vault.sign_node_certificate(&ca, CLUSTER, csr, &names(&["n"]), NOW).map(drop);
        assert_eq!(sign(&request), Ok(()));
        let rejected = |csr: &[u8], what: &str| assert_eq!(sign(csr), Err(CryptoError::Malformed), "{what}");
        // What the signature covers, and the signature. DER's outer wrapping has several spellings and proves nothing.
        let signature = X509CertificationRequest::from_der(&request).unwrap().1.signature_value.data.into_owned();
        for part in [info_of(&request), request.len() - signature.len()..request.len()] {
            for at in part {
                let mut damaged = request.clone();
                damaged[at] ^= 1 << (at % 8);
                rejected(&damaged, &format!("byte {at} altered"));
            }
        }
        for length in 0..request.len() {
            rejected(&request[..length], &format!("cut to {length} bytes"));
        }
        rejected(&[&request[..], &[0]].concat(), "one byte more");
        let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let foreign = CertificateParams::default().serialize_request(&p384).unwrap();
        rejected(foreign.der(), "another curve");
    }

    #[test]
    fn only_dns_names_are_certified() {
        let vault = open_vault();
        let ca = vault.new_ca(CLUSTER, NOW).unwrap();
        let request = NodeKeyPair::generate().unwrap().certificate_request().unwrap();
        let rows: [(&[&str], bool); 10] = [
            (&["n-1.c-1.lockstep"], true),
            (&["n", "localhost"], true),
            (&[], false),
            (&[""], false),
            (&["*.lockstep"], false),
            (&["a..b"], false),
            (&["a."], false),
            (&["127.0.0.1"], false),
            (&["ok", "n\0"], false),
            (&["-a"], false),
        ];
        for (dns_names, accepted) in rows {
            let signed = vault.sign_node_certificate(&ca, CLUSTER, &request, &names(dns_names), NOW);
            assert_eq!(signed.is_ok(), accepted, "{dns_names:?}");
        }
    }

    #[test]
    fn a_node_key_survives_its_pem() {
        let node = NodeKeyPair::generate().unwrap();
        let pem = node.private_key_pem();
        let back = NodeKeyPair::from_pem(&pem).unwrap();
        assert_eq!(back.private_key_der().expose_secret(), node.private_key_der().expose_secret());
        for bad in [&b""[..], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &[0xff; 9]] {
            assert!(NodeKeyPair::from_pem(&Secret::new(bad.to_vec())).is_err());
        }
    }
}

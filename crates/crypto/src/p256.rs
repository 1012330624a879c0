//! ECDSA P-256 key pairs whose private half is wiped: rcgen's own keep an unwiped copy.

use crate::{CryptoError, Secret};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
const PEM_LINE_CHARACTERS: usize = 64;

/// A key pair that signs certificates and requests.
pub(crate) struct P256Key {
    pair: EcdsaKeyPair,
    pkcs8: Secret,
}

impl P256Key {
    /// Draws a key pair.
    pub(crate) fn generate() -> Result<Self, CryptoError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
            .map_err(|_| CryptoError::Malformed)?;
        Self::from_pkcs8(Secret::new(document.as_ref().to_vec()))
    }

    /// Reads PKCS#8 (DER).
    pub(crate) fn from_pkcs8(pkcs8: Secret) -> Result<Self, CryptoError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.expose_secret())
            .map_err(|_| CryptoError::Malformed)?;
        Ok(Self { pair, pkcs8 })
    }

    /// Reads PKCS#8 (PEM, RFC 7468).
    pub(crate) fn from_pem(pem: &Secret) -> Result<Self, CryptoError> {
        let malformed = CryptoError::Malformed;
        let text = std::str::from_utf8(pem.expose_secret()).map_err(|_| malformed)?.trim();
        let body = text.strip_prefix(PEM_BEGIN).and_then(|text| text.strip_suffix(PEM_END)).ok_or(malformed)?;
        let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
        digits.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
        let der = BASE64_STANDARD.decode(&*digits).map_err(|_| malformed)?;
        Self::from_pkcs8(Secret::new(der))
    }

    /// The private key in PKCS#8 (PEM).
    pub(crate) fn to_pem(&self) -> Secret {
        let digits = Zeroizing::new(BASE64_STANDARD.encode(self.pkcs8()));
        let lines = digits.len().div_ceil(PEM_LINE_CHARACTERS);
        let mut pem = Vec::with_capacity(PEM_BEGIN.len() + PEM_END.len() + 2 + digits.len() + lines);
        pem.extend_from_slice(PEM_BEGIN.as_bytes());
        pem.push(b'\n');
        for line in digits.as_bytes().chunks(PEM_LINE_CHARACTERS) {
            pem.extend_from_slice(line);
            pem.push(b'\n');
        }
        pem.extend_from_slice(PEM_END.as_bytes());
        pem.push(b'\n');
        Secret::new(pem)
    }

    /// The private key in PKCS#8 (DER).
    pub(crate) fn pkcs8(&self) -> &[u8] {
        self.pkcs8.expose_secret()
    }

    /// The public key as an uncompressed point.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

impl PublicKeyData for P256Key {
    fn der_bytes(&self) -> &[u8] {
        self.public_key()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for P256Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature.as_ref().to_vec())
    }
}

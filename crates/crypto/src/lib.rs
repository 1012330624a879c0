//! All cryptography of Lockstep, and the only crate that sees plaintext keys.
//!
//! A [`Vault`] holds the opened keyring of one Region and does everything that needs it: it draws and seals key
//! material, encrypts and decrypts with it, seals access keys and hands out signing keys, seals pagination tokens, and
//! signs the certificates of nodes. A [`Seal`] protects the keyring's file. What leaves this crate is ciphertext,
//! certificates, or a [`Secret`].
//!
//! This crate knows no network, database or table. Of files it knows two: the keyring and a seal's key.

mod access_key;
mod aead;
mod blob;
mod bound;
mod cache;
mod certificate;
mod envelope;
mod error;
mod file;
mod hash;
mod kdf;
mod key_material;
mod keyring;
mod keyring_file;
mod limits;
mod locked;
mod p256;
mod purpose;
mod random;
mod record;
mod seal;
mod secret;
#[cfg(test)]
mod testing;
mod token;
mod transfer;
mod value;
mod vault;

pub use access_key::SigningKey;
pub use blob::{BlobHeader, KeyIdentity, parse_blob};
pub use certificate::{CertificateAuthority, NodeKeyPair};
pub use error::CryptoError;
pub use hash::{hmac_sha256, sha256};
pub use keyring::KeyringStatus;
pub use keyring_file::KeyringFile;
pub use locked::{LockedMemory, locked_memory, reserve_locked_memory};
pub use random::{random, random_bytes};
pub use seal::{DevSeal, KeyFileSeal, Seal};
pub use secret::Secret;
pub use transfer::TransferSecret;
pub use vault::Vault;

//! Keyring transfer between nodes: the keyring crosses the network encrypted to one request, beneath the links' mTLS.
//!
//! ```text
//! request: "LSKT" | format u8 | X25519 public key 32
//! reply:   "LSKU" | format u8 | X25519 public key 32 | envelope of the keyring's content
//! ```
//! The envelope's key is HKDF-SHA256 (RFC 5869) of the X25519 shared secret, salted with both public halves. What makes
//! a reply trustworthy is not who sent it but its hash: only the keyring that the replicated state names is taken.

use crate::bound::Bound;
use crate::envelope::{self, Nonce, Sealing};
use crate::keyring::Keyring;
use crate::purpose::Purpose;
use crate::vault::OpenKeyring;
use crate::{CryptoError, KeyringFile, KeyringStatus, Seal, Secret, Vault};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

const REQUEST_MAGIC: &[u8; 5] = b"LSKT\x01";
const REPLY_MAGIC: &[u8; 5] = b"LSKU\x01";
const PUBLIC_KEY_BYTES: usize = 32;
const HEADER_BYTES: usize = 5 + PUBLIC_KEY_BYTES;

/// The asking node's half of a transfer: opens the one reply to its request.
pub struct TransferSecret {
    private: PrivateKey,
    request: Vec<u8>,
}

impl TransferSecret {
    /// Begins a transfer: the secret to keep, and the request to send to a peer.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] when the library refuses to draw a key.
    pub fn new() -> Result<(Self, Vec<u8>), CryptoError> {
        let private = PrivateKey::generate(&X25519).map_err(|_| CryptoError::Malformed)?;
        let request = header(REQUEST_MAGIC, &private)?;
        Ok((Self { private, request: request.clone() }, request))
    }
}

impl Vault {
    /// Answers a peer's request with this node's keyring, encrypted to the request. The caller has authenticated the
    /// peer as a member: whoever made the request can read the answer.
    ///
    /// # Errors
    /// [`CryptoError::Locked`], [`CryptoError::Malformed`].
    pub fn transfer_reply(&self, request: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let private = PrivateKey::generate(&X25519).map_err(|_| CryptoError::Malformed)?;
        self.transfer_reply_with(&private, &Nonce::random(), request)
    }

    fn transfer_reply_with(&self, private: &PrivateKey, nonce: &Nonce, request: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let open = self.keyring()?;
        let mut reply = header(REPLY_MAGIC, private)?;
        let theirs = public_key(REQUEST_MAGIC, request).ok_or(CryptoError::Malformed)?;
        let key = shared_key(private, theirs, request, &reply).ok_or(CryptoError::Malformed)?;
        let bound = bound(&open.region, &open.cluster_id, request, &reply);
        let content = open.keyring.encode();
        let content = content.expose_secret();
        envelope::seal(Sealing::On, &key, Purpose::Transfer, bound.as_bytes(), nonce, content, &mut reply);
        Ok(reply)
    }

    /// Takes over a transferred keyring: opens it, writes the file under this node's own seal, and uses it. `expected`
    /// comes from the replicated state (or from the leader that prepares a new version); another keyring is refused.
    ///
    /// # Errors
    /// [`CryptoError::KeyringDamaged`] when the reply does not open or is not the expected keyring,
    /// [`CryptoError::KeyringStale`] when it is older than the open one, and those of writing the file.
    pub fn accept_transfer(
        &self,
        secret: TransferSecret,
        reply: &[u8],
        expected: &KeyringStatus,
        seal: &dyn Seal,
        file: &KeyringFile,
    ) -> Result<KeyringStatus, CryptoError> {
        let content = open_reply(&secret, reply, file).ok_or(CryptoError::KeyringDamaged)?;
        let keyring = Keyring::decode(&content)?;
        if keyring.status(&file.region, &file.cluster_id) != *expected {
            return Err(CryptoError::KeyringDamaged);
        }
        self.change(|current| {
            if current.is_some_and(|open| open.status.version > expected.version) {
                return Err(CryptoError::KeyringStale);
            }
            file.replace(seal, &keyring)?;
            Ok(OpenKeyring::new(keyring, file))
        })
    }
}

fn open_reply(secret: &TransferSecret, reply: &[u8], file: &KeyringFile) -> Option<Secret> {
    let (header, envelope) = reply.split_at_checked(HEADER_BYTES)?;
    let theirs = public_key(REPLY_MAGIC, header)?;
    let key = shared_key(&secret.private, theirs, &secret.request, header)?;
    let bound = bound(&file.region, &file.cluster_id, &secret.request, header);
    envelope::open(Sealing::On, &key, Purpose::Transfer, bound.as_bytes(), envelope)
}

/// What says that a public key follows, and the public key.
fn header(magic: &[u8], private: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    let public = private.compute_public_key().map_err(|_| CryptoError::Malformed)?;
    Ok([magic, public.as_ref()].concat())
}

fn public_key<'a>(magic: &[u8], header: &'a [u8]) -> Option<&'a [u8; PUBLIC_KEY_BYTES]> {
    header.strip_prefix(magic)?.try_into().ok()
}

fn shared_key(
    private: &PrivateKey,
    theirs: &[u8; PUBLIC_KEY_BYTES],
    request: &[u8],
    reply_header: &[u8],
) -> Option<Zeroizing<[u8; 32]>> {
    let salt = [request, reply_header].concat();
    agree(private, UnparsedPublicKey::new(&X25519, theirs), (), |shared| {
        let mut key = Zeroizing::new([0; 32]);
        let info = [Purpose::Transfer.label().as_bytes()];
        let extracted = Salt::new(HKDF_SHA256, &salt).extract(shared);
        let expanded = extracted.expand(&info, HKDF_SHA256).map_err(drop)?;
        expanded.fill(&mut *key).map_err(drop)?;
        Ok(key)
    })
    .ok()
}

fn bound(region: &str, cluster_id: &str, request: &[u8], reply_header: &[u8]) -> Bound {
    Bound::new(Purpose::Transfer.label()).text(region).text(cluster_id).bytes(request).bytes(reply_header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{file_of, fixed_nonce, fixed_vault, identity, seal_of};
    use expect_test::expect;
    use tempfile::TempDir;

    struct Node {
        folder: TempDir,
        vault: Vault,
    }

    impl Node {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), vault: Vault::locked() }
        }

        fn born() -> Self {
            let node = Self::new();
            node.vault.generate(&node.seal(), &node.file()).unwrap();
            node
        }

        fn file(&self) -> KeyringFile {
            file_of(self.folder.path())
        }

        fn seal(&self) -> impl Seal + use<> {
            seal_of(self.folder.path(), 1)
        }

        fn status(&self) -> KeyringStatus {
            self.vault.status().unwrap()
        }

        fn accept(&self, secret: TransferSecret, reply: &[u8], expected: &KeyringStatus) -> Result<(), CryptoError> {
            self.vault.accept_transfer(secret, reply, expected, &self.seal(), &self.file()).map(drop)
        }
    }

    #[test]
    fn golden_bytes() {
        let [asker, giver] = [1, 2].map(|byte| PrivateKey::from_private_key(&X25519, &[byte; 32]).unwrap());
        let request = header(REQUEST_MAGIC, &asker).unwrap();
        expect!["4c534b5401a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b4409f8a209"]
            .assert_eq(&hex::encode(&request));
        let reply = fixed_vault().transfer_reply_with(&giver, &fixed_nonce(), &request).unwrap();
        expect!["4c534b5501ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babb29fa54e17c1d9343e30810eb9a3b4c3f278629b1d25f96dbb1bf8ca1ea95e364"].assert_eq(&hex::encode(&reply[..HEADER_BYTES + 60]));
        expect!["b5983b5308dc2fcdec2f54e11c0df6d4294bea7e94d076e71ec6244df388e334"]
            .assert_eq(&hex::encode(crate::sha256(&reply)));
        let secret = TransferSecret { private: asker, request };
        assert!(open_reply(&secret, &reply, &file_of("/nowhere".as_ref())).is_some());
    }

    #[test]
    fn a_transferred_keyring_opens_what_the_giver_sealed_and_survives_a_restart() {
        let (giver, taker) = (Node::born(), Node::new());
        let (secret, request) = TransferSecret::new().unwrap();
        let reply = giver.vault.transfer_reply(&request).unwrap();
        taker.accept(secret, &reply, &giver.status()).unwrap();
        assert_eq!(taker.status(), giver.status());
        let sealed = giver.vault.new_key_material(&identity()).unwrap();
        let restarted = Vault::locked();
        restarted.load(&taker.seal(), &taker.file()).unwrap();
        for vault in [&taker.vault, &restarted] {
            vault.encrypt(&sealed, &identity(), &Default::default(), b"x").unwrap();
        }
        assert_ne!(std::fs::read(giver.file().path).unwrap(), std::fs::read(taker.file().path).unwrap());
    }

    #[test]
    fn a_reply_is_good_for_one_request_and_the_expected_keyring_only() {
        let (giver, stranger, taker) = (Node::born(), Node::born(), Node::new());
        let refused = |secret, reply: &[u8], expected: &KeyringStatus| {
            assert_eq!(taker.accept(secret, reply, expected), Err(CryptoError::KeyringDamaged));
            assert_eq!(taker.vault.status(), None);
            assert!(!taker.file().path.exists());
        };
        let (_, other_request) = TransferSecret::new().unwrap();
        let (secret, _) = TransferSecret::new().unwrap();
        refused(secret, &giver.vault.transfer_reply(&other_request).unwrap(), &giver.status());
        let (secret, request) = TransferSecret::new().unwrap();
        refused(secret, &stranger.vault.transfer_reply(&request).unwrap(), &giver.status());
        let (secret, request) = TransferSecret::new().unwrap();
        let expected = KeyringStatus { version: 2, ..giver.status() };
        refused(secret, &giver.vault.transfer_reply(&request).unwrap(), &expected);
    }

    #[test]
    fn an_altered_or_foreign_reply_is_refused() {
        let giver = Node::born();
        let (secret, request) = TransferSecret::new().unwrap();
        let reply = giver.vault.transfer_reply(&request).unwrap();
        let file = giver.file();
        assert!(open_reply(&secret, &reply, &file).is_some());
        assert!(open_reply(&secret, &reply, &KeyringFile { region: "us-east-2".into(), ..file.clone() }).is_none());
        assert!(open_reply(&secret, &reply, &KeyringFile { cluster_id: "c-2".into(), ..file.clone() }).is_none());
        for at in 0..reply.len() {
            let mut damaged = reply.clone();
            damaged[at] ^= 1 << (at % 8);
            // X25519 ignores the highest bit of a public key; the binding does not.
            assert!(open_reply(&secret, &damaged, &file).is_none(), "byte {at} altered opens");
        }
        for length in (0..reply.len()).step_by(7) {
            assert!(open_reply(&secret, &reply[..length], &file).is_none(), "cut to {length} bytes opens");
        }
    }

    #[test]
    fn a_malformed_request_is_refused() {
        let giver = Node::born();
        let (_, request) = TransferSecret::new().unwrap();
        let low_order = [&REQUEST_MAGIC[..], &[0; 32]].concat();
        for malformed in [b"", &request[..36], &[&request[..], b"x"].concat(), &low_order[..]] {
            assert_eq!(giver.vault.transfer_reply(malformed), Err(CryptoError::Malformed));
        }
        assert_eq!(Vault::locked().transfer_reply(&request), Err(CryptoError::Locked));
    }

    #[test]
    fn an_older_keyring_does_not_replace_a_newer_one() {
        let node = Node::born();
        let (secret, request) = TransferSecret::new().unwrap();
        let (old, reply) = (node.status(), node.vault.transfer_reply(&request).unwrap());
        node.vault.prepare_next(&node.seal(), &node.file()).unwrap();
        assert_eq!(node.accept(secret, &reply, &old), Err(CryptoError::KeyringStale));
        assert_eq!(node.status().version, 2);
    }
}

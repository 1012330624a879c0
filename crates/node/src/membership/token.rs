//! Join tokens: what an operator carries from a member to an empty node.
//!
//! The text says where to knock and which CA to trust, so that the empty node speaks to the right cluster before it has
//! a certificate. Its secret part is sealed under the cluster's keyring and names an id and an expiry; the cluster keeps
//! nothing of a token until it has admitted its node, and then that it is spent.

use crate::messages::v1::{JoinTokenText, TokenClaims};
use crate::{NodeError, limits};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use crypto::Vault;
use prost::Message as _;
use raft::ClusterId;
use replica::Timestamp;

/// How every token begins, so that people and secret scanners know one.
const PREFIX: &str = "lockstep-join-";
/// The format of the text's message.
const FORMAT: u32 = 1;
/// What the claims are sealed for.
const SCOPE: &[&str] = &["join"];

/// A join token as the joining node reads it. Its text is a secret until it is spent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct JoinToken {
    /// Where to knock, `host:port`.
    pub(crate) peers: Vec<String>,
    /// SHA-256 of the CA's certificate.
    pub(crate) ca_fingerprint: [u8; 32],
    /// Sealed claims.
    pub(crate) secret: String,
    /// Whether the cluster is a dev cluster.
    pub(crate) dev: bool,
}

/// What a token entitles to, as a member reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The token's own id: one token admits one node.
    pub(crate) token_id: [u8; 16],
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// The node that the admitted one replaces; 0 for none.
    pub(crate) replaces: u64,
}

impl JoinToken {
    /// The text that the operator gets.
    pub(crate) fn to_text(&self) -> String {
        let message = JoinTokenText {
            format: FORMAT,
            peers: self.peers.clone(),
            ca_fingerprint: self.ca_fingerprint.to_vec(),
            secret: self.secret.clone(),
            dev: self.dev,
        };
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(message.encode_to_vec()))
    }

    /// Reads the text that an operator brought.
    ///
    /// # Errors
    /// [`NodeError::Refused`]
    pub(crate) fn parse(text: &str) -> Result<Self, NodeError> {
        Self::from_text(text.trim()).ok_or_else(|| NodeError::Refused("this is not a join token".to_owned()))
    }

    fn from_text(text: &str) -> Option<Self> {
        if text.len() > limits::TOKEN_BYTES_MAX {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let message = JoinTokenText::decode(bytes.as_slice()).ok()?;
        if message.format != FORMAT || message.peers.is_empty() || message.secret.is_empty() {
            return None;
        }
        let ca_fingerprint = message.ca_fingerprint.try_into().ok()?;
        Some(Self { peers: message.peers, ca_fingerprint, secret: message.secret, dev: message.dev })
    }
}

impl Claims {
    /// Seals the claims under the cluster's keyring.
    pub(crate) fn seal(&self, vault: &Vault, cluster: ClusterId) -> Result<String, NodeError> {
        let message = TokenClaims {
            token_id: self.token_id.to_vec(),
            cluster_id: cluster.0.to_vec(),
            expires_at: self.expires_at.as_millis(),
            replaces: self.replaces,
        };
        vault.seal_token(SCOPE, &message.encode_to_vec()).map_err(NodeError::crypto("sealing a join token"))
    }

    /// Opens the claims, and holds them to this cluster and to the time. One answer for every defect: whoever brings a
    /// wrong token learns nothing of what is wrong with it.
    pub(crate) fn open(vault: &Vault, cluster: ClusterId, secret: &str, now: Timestamp) -> Result<Self, NodeError> {
        let refused = || NodeError::Refused("the join token is not of this cluster, or has expired".to_owned());
        if vault.status().is_none() {
            return Err(NodeError::Refused("this node is sealed and cannot read join tokens; ask another".to_owned()));
        }
        let bytes = vault.open_token(SCOPE, secret).map_err(|_| refused())?;
        let message = TokenClaims::decode(bytes.as_slice()).map_err(|_| refused())?;
        let expires_at = Timestamp::from_millis(message.expires_at);
        if message.cluster_id != cluster.0 || expires_at <= now {
            return Err(refused());
        }
        let token_id = message.token_id.try_into().map_err(|_| refused())?;
        Ok(Self { token_id, expires_at, replaces: message.replaces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: ClusterId = ClusterId([7; 16]);

    fn vault(folder: &std::path::Path) -> Vault {
        let vault = Vault::locked();
        let seal = crypto::DevSeal::open(folder, true).expect("dev seal");
        let file = crypto::KeyringFile {
            path: folder.join("keyring"),
            region: "us-east-1".to_owned(),
            cluster_id: CLUSTER.to_string(),
        };
        vault.generate(&seal, &file).expect("generated");
        vault
    }

    #[test]
    fn a_token_reads_as_it_is_written() {
        let token = JoinToken {
            peers: vec!["127.0.0.1:8444".to_owned(), "zone-b:8444".to_owned()],
            ca_fingerprint: [9; 32],
            secret: "sealed".to_owned(),
            dev: true,
        };
        let text = token.to_text();
        assert!(JoinToken::parse(&format!(" {text}\n")).expect("parsed") == token, "white space around it is nothing");
        for damaged in ["", PREFIX, &text[1..], &text[..text.len() - 4], &format!("{text}!")] {
            assert!(JoinToken::from_text(damaged).is_none(), "{damaged}");
        }
        assert!(JoinToken::from_text(&format!("{PREFIX}{}", "A".repeat(limits::TOKEN_BYTES_MAX))).is_none());
    }

    #[test]
    fn claims_are_held_to_their_cluster_and_time() {
        let temp = tempfile::tempdir().expect("temp");
        let vault = vault(temp.path());
        let at = Timestamp::from_millis;
        let claims = Claims { token_id: [1; 16], expires_at: at(1_000), replaces: 3 };
        let secret = claims.seal(&vault, CLUSTER).expect("sealed");
        let opened = |cluster, secret: &str, now| Claims::open(&vault, cluster, secret, now).ok();
        assert_eq!(opened(CLUSTER, &secret, at(999)), Some(claims));
        assert_eq!(opened(CLUSTER, &secret, at(1_000)), None, "expired");
        assert_eq!(opened(ClusterId([8; 16]), &secret, at(0)), None, "another cluster's");
        assert_eq!(opened(CLUSTER, "forged", at(0)), None);
        let page = vault.seal_token(&["kms", "ListKeys"], b"marker").expect("sealed");
        assert_eq!(opened(CLUSTER, &page, at(0)), None, "a pagination token is no join token");
    }
}

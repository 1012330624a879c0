//! What `access` asks: whose an access key is, whether it stands, and a handle that signs with it.

use crate::Iam;
use crate::tables::{self, CredentialKind, CredentialStatus};
use access::{Caller, CallerKind, Credentials, Directory, Found, Signer, SignerUnavailable, Standing};
use crypto::Vault;
use replica::{AccountId, View};
use std::sync::Arc;

impl Credentials for Iam {
    fn find(&self, view: &dyn View, access_key_id: &str, session_token: Option<&str>) -> Found {
        let Some((account, record)) = tables::find(view, access_key_id) else {
            return self.find_unknown(view, access_key_id);
        };
        // Access keys here are long-term ones; none has a session token.
        if session_token.is_some() {
            return Found::Unknown;
        }
        if record.status() != CredentialStatus::Active {
            return Found::Inactive;
        }
        let signer = Box::new(VaultSigner {
            vault: Arc::clone(&self.vault),
            account: account.clone(),
            access_key_id: record.access_key_id,
            sealed_secret: record.sealed_secret,
        });
        Found::Key { caller: Caller::root(CallerKind::Root, account, &self.partition, access_key_id), signer }
    }
}

impl Iam {
    /// A dev cluster takes whom it does not know as the root of the account that the key id names by being one, or of
    /// its default account.
    fn find_unknown(&self, view: &dyn View, access_key_id: &str) -> Found {
        let Some(cluster) = replica::cluster::record(view).filter(|cluster| cluster.dev) else {
            return Found::Unknown;
        };
        let named: Result<AccountId, _> = access_key_id.parse();
        match named.or_else(|_| cluster.default_account.parse()) {
            Ok(account) => {
                let kind = CallerKind::DevRoot;
                Found::DevRoot { caller: Caller::root(kind, account, &self.partition, access_key_id) }
            }
            Err(_) => Found::Unknown,
        }
    }
}

impl Directory for Iam {
    fn standing(&self, view: &dyn View, access_key_id: &str) -> Standing {
        match tables::find(view, access_key_id) {
            None => Standing::Unknown,
            Some((account, record)) if record.status() == CredentialStatus::Active => Standing::ActiveRoot(account),
            Some(_) => Standing::Inactive,
        }
    }

    /// One read: an account's credentials are rows of the account.
    fn stands_for(&self, view: &dyn View, account: &AccountId, access_key_id: &str) -> bool {
        let found = tables::credential(view, account, access_key_id);
        found.is_some_and(|record| record.status() == CredentialStatus::Active && record.kind() == CredentialKind::Root)
    }
}

/// Signs with a sealed secret, which only `crypto` opens.
struct VaultSigner {
    vault: Arc<Vault>,
    account: AccountId,
    access_key_id: String,
    sealed_secret: Vec<u8>,
}

impl Signer for VaultSigner {
    fn sign(
        &self,
        date: &str,
        region: &str,
        service: &str,
        string_to_sign: &[u8],
    ) -> Result<[u8; 32], SignerUnavailable> {
        let (account, id) = (self.account.as_str(), self.access_key_id.as_str());
        match self.vault.signing_key(&self.sealed_secret, account, id, date, region, service) {
            Ok(key) => Ok(key.sign(string_to_sign)),
            Err(cause) => {
                tracing::error!(access_key_id = id, %cause, "an access key's secret does not open");
                Err(SignerUnavailable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cluster, NOW, account, region};
    use access::{AuthError, PayloadHash, SignedRequest, Verifier};

    const OWNER: &str = "111122223333";

    /// What `found` is, in a word.
    fn word(found: &Found) -> String {
        match found {
            Found::Unknown => "unknown".to_owned(),
            Found::Inactive => "inactive".to_owned(),
            Found::Key { caller, .. } => format!("{:?} {}", caller.kind, caller.arn),
            Found::DevRoot { caller } => format!("{:?} {}", caller.kind, caller.arn),
        }
    }

    #[tokio::test]
    async fn access_keys_are_found_as_they_stand() {
        for dev in [false, true] {
            let cluster = Cluster::born(dev).await;
            let mut ids = Vec::new();
            for _ in 0..2 {
                let credential = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential");
                ids.push(credential.access_key_id);
            }
            let (on, off) = (ids[0].as_str(), ids[1].as_str());
            let inactive = CredentialStatus::Inactive;
            cluster.iam.set_credential_status(&account(OWNER), off, inactive).await.expect("switched off");
            let dev_root = |owner: &str| match dev {
                true => format!("DevRoot arn:aws:iam::{owner}:root"),
                false => "unknown".to_owned(),
            };
            for (id, token, expected) in [
                (on, None, format!("Root arn:aws:iam::{OWNER}:root")),
                (on, Some("token"), "unknown".to_owned()),
                (off, None, "inactive".to_owned()),
                ("AKIAIOSFODNN7EXAMPLE", None, dev_root("000000000000")),
                ("test", Some("test"), dev_root("000000000000")),
                ("", None, dev_root("000000000000")),
                ("444455556666", None, dev_root("444455556666")),
                ("4444555566667", None, dev_root("000000000000")),
            ] {
                let found = cluster.iam.find(&*cluster.view(), id, token);
                assert_eq!(word(&found), expected, "dev: {dev} {id} {token:?}");
            }
            for (owner, id, expected) in [
                (OWNER, on, true),
                (OWNER, off, false),
                (OWNER, "AKIAIOSFODNN7EXAMPLE", false),
                ("444455556666", on, false),
            ] {
                let view = cluster.view();
                assert_eq!(cluster.iam.stands_for(&*view, &account(owner), id), expected, "{owner} {id}");
                // It says in one read what `standing` says.
                let standing = cluster.iam.standing(&*view, id);
                assert_eq!(standing == Standing::ActiveRoot(account(owner)), expected, "{owner} {id}");
            }
        }
    }

    /// A signed GetCallerIdentity, verified as the gateway does it.
    fn verify(cluster: &Cluster, id: &str, secret: &[u8]) -> Result<String, AuthError> {
        let (day, date) = ("20150830", "20150830T123600Z");
        let payload = crypto::sha256(b"");
        let canonical =
            format!("POST\n/\n\nhost:localhost\nx-amz-date:{date}\n\nhost;x-amz-date\n{}", hex::encode(payload));
        let scope = format!("{day}/us-east-1/sts/aws4_request");
        let hash = hex::encode(crypto::sha256(canonical.as_bytes()));
        let mut key = [b"AWS4", secret].concat();
        for part in [day, "us-east-1", "sts", "aws4_request"] {
            key = crypto::hmac_sha256(&key, part.as_bytes()).to_vec();
        }
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        let signature = hex::encode(crypto::hmac_sha256(&key, text.as_bytes()));
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
        let headers: [(&str, &[u8]); 3] =
            [("host", b"localhost"), ("x-amz-date", date.as_bytes()), ("authorization", authorization.as_bytes())];
        let payload = PayloadHash::Sha256(payload);
        let request =
            SignedRequest { method: "POST", path: "/", query: "", headers: &headers, payload, service: Some("sts") };
        let verifier = Verifier::new(region(), Arc::clone(&cluster.iam) as Arc<_>);
        verifier.verify(&*cluster.view(), &request, NOW).map(|verified| verified.caller.account.to_string())
    }

    #[tokio::test]
    async fn the_secret_that_was_shown_signs() {
        let cluster = Cluster::born(true).await;
        let credential = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential");
        let (id, secret) = (credential.access_key_id.as_str(), credential.secret.expose_secret());
        assert_eq!(verify(&cluster, id, secret), Ok(OWNER.to_owned()));
        assert_eq!(verify(&cluster, id, b"another"), Err(AuthError::Mismatch), "even on a dev cluster");
        assert_eq!(verify(&cluster, "test", b"test"), Ok("000000000000".to_owned()));
        cluster.iam.delete_credential(&account(OWNER), id).await.expect("deleted");
        let server = Cluster::born(false).await;
        assert_eq!(verify(&server, id, secret), Err(AuthError::UnknownKey));
    }

    #[tokio::test]
    async fn a_locked_node_says_that_it_cannot_check() {
        let cluster = Cluster::born(false).await;
        let credential = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential");
        let iam = Arc::new(Iam::new(Arc::clone(&cluster.local) as Arc<_>, Arc::new(Vault::locked()), &region()));
        let locked = Cluster { iam, local: Arc::clone(&cluster.local) };
        let (id, secret) = (credential.access_key_id.as_str(), credential.secret.expose_secret());
        assert_eq!(verify(&locked, id, secret), Err(AuthError::Unavailable));
    }
}

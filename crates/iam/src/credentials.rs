//! What `access` asks: whose an access key is, whether it stands, and a handle that signs with it.

use crate::Iam;
use crate::tables::{self, CredentialStatus};
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

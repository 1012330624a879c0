//! Gives an account's root an access key, and makes the account when there is none. The operator's: AWS has a console
//! page for it and no API.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-access-key.html>

use super::kind;
use crate::error::IamError;
use crate::limits::ACCESS_KEYS_PER_ROOT_MAX;
use crate::tables::{
    self, AccessKeyRecord, AccountRecord, CreateRootCredential, CreateRootCredentialReply, CredentialKind,
    CredentialRecord, CredentialStatus, FORMAT,
};
use crate::{AccessKeyId, Iam};
use crypto::Secret;
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, access_version};

/// A new access key. The secret is here and nowhere else.
#[derive(Debug)]
pub struct RootCredential {
    /// Its id.
    pub access_key_id: AccessKeyId,
    /// The secret access key, in ASCII: shown once.
    pub secret: Secret,
}

impl Iam {
    /// Makes an access key for the root of `account`, and the account when there is none.
    ///
    /// # Errors
    /// [`IamError::AccessKeysLimit`], [`IamError::Crypto`] while the keyring does not seal, [`IamError::Propose`].
    pub async fn create_root_credential(&self, account: &AccountId) -> Result<RootCredential, IamError> {
        let access_key_id = AccessKeyId::draw();
        let (secret, sealed_secret) = self.vault.new_access_key(account.as_str(), access_key_id.as_str())?;
        let command = CreateRootCredential {
            account: account.to_string(),
            access_key_id: access_key_id.to_string(),
            sealed_secret,
        };
        self.propose(command).await?;
        Ok(RootCredential { access_key_id, secret })
    }
}

impl Command for CreateRootCredential {
    const KIND: u32 = kind::CREATE_ROOT_CREDENTIAL;
    type Reply = CreateRootCredentialReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<Self::Reply> {
        let Ok(account) = self.account.parse::<AccountId>() else {
            return Applied::refused(IamError::Malformed);
        };
        if tables::account_of(view, &self.access_key_id).is_some() {
            return Applied::refused(IamError::AccessKeyExists { access_key_id: self.access_key_id });
        }
        if tables::credentials_of(view, &account) >= ACCESS_KEYS_PER_ROOT_MAX {
            return Applied::refused(IamError::AccessKeysLimit { max: ACCESS_KEYS_PER_ROOT_MAX });
        }
        let mut writes = Writes::new();
        if tables::account(view, &account).is_none() {
            let record = AccountRecord { format: FORMAT, created_at: at.as_millis() };
            writes.put_message(tables::account_key(&account), &record);
        }
        let owner = AccessKeyRecord { format: FORMAT, account: account.to_string() };
        writes.put_message(tables::access_key_key(&self.access_key_id), &owner);
        let key = tables::credential_key(&account, &self.access_key_id);
        let record = CredentialRecord {
            format: FORMAT,
            access_key_id: self.access_key_id,
            account: self.account,
            kind: CredentialKind::Root.into(),
            status: CredentialStatus::Active.into(),
            created_at: at.as_millis(),
            sealed_secret: self.sealed_secret,
        };
        writes.put_message(key, &record);
        access_version::raise(view, &mut writes, &account);
        Applied::reply(writes, CreateRootCredentialReply {})
    }
}

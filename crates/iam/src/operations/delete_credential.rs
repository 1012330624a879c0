//! Removes an access key: what DeleteAccessKey is to users, for an account's root.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>

use super::kind;
use crate::Iam;
use crate::error::IamError;
use crate::tables::{self, DeleteCredential, DeleteCredentialReply};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, access_version};

impl Iam {
    /// Removes the account's access key. From the moment that this answers, no node takes it.
    ///
    /// # Errors
    /// [`IamError::NoSuchAccessKey`], [`IamError::Propose`].
    pub async fn delete_credential(&self, account: &AccountId, access_key_id: &str) -> Result<(), IamError> {
        let command = DeleteCredential { account: account.to_string(), access_key_id: access_key_id.to_owned() };
        self.propose(command).await?;
        Ok(())
    }
}

impl Command for DeleteCredential {
    const KIND: u32 = kind::DELETE_CREDENTIAL;
    type Reply = DeleteCredentialReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<Self::Reply> {
        let Ok(account) = self.account.parse::<AccountId>() else {
            return Applied::refused(IamError::Malformed);
        };
        let Some(record) = tables::credential(view, &account, &self.access_key_id) else {
            return Applied::refused(IamError::NoSuchAccessKey { access_key_id: self.access_key_id });
        };
        let mut writes = Writes::new();
        writes.delete(tables::credential_key(&account, &self.access_key_id));
        writes.delete(tables::access_key_key(&self.access_key_id));
        writes.evict(record.sealed_secret);
        access_version::raise(view, &mut writes, &account);
        Applied::reply(writes, DeleteCredentialReply {})
    }
}

//! Switches an access key on or off: what UpdateAccessKey is to users, for an account's root.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>

use super::kind;
use crate::Iam;
use crate::error::IamError;
use crate::tables::{self, CredentialStatus, SetCredentialStatus, SetCredentialStatusReply};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, access_version};

impl Iam {
    /// Gives the account's access key this status. From the moment that this answers, no node takes a key that was
    /// switched off.
    ///
    /// # Errors
    /// [`IamError::NoSuchAccessKey`], [`IamError::Propose`].
    pub async fn set_credential_status(
        &self,
        account: &AccountId,
        access_key_id: &str,
        status: CredentialStatus,
    ) -> Result<(), IamError> {
        let command = SetCredentialStatus {
            account: account.to_string(),
            access_key_id: access_key_id.to_owned(),
            status: status.into(),
        };
        self.propose(command).await?;
        Ok(())
    }
}

impl Command for SetCredentialStatus {
    const KIND: u32 = kind::SET_CREDENTIAL_STATUS;
    type Reply = SetCredentialStatusReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<Self::Reply> {
        let status = self.status();
        let Some(account) = self.account.parse::<AccountId>().ok().filter(|_| status != CredentialStatus::Unspecified)
        else {
            return Applied::refused(IamError::Malformed);
        };
        let Some(mut record) = tables::credential(view, &account, &self.access_key_id) else {
            return Applied::refused(IamError::NoSuchAccessKey { access_key_id: self.access_key_id });
        };
        let mut writes = Writes::new();
        if record.status() != status {
            record.set_status(status);
            writes.put_message(tables::credential_key(&account, &self.access_key_id), &record);
            writes.evict(record.sealed_secret);
            access_version::raise(view, &mut writes, &account);
        }
        Applied::reply(writes, SetCredentialStatusReply {})
    }
}

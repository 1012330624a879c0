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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cluster, account};
    use access::{Directory as _, Standing};

    const OWNER: &str = "111122223333";

    #[tokio::test]
    async fn apply_changes_the_status_and_raises_the_access_version_when_it_did() {
        use CredentialStatus::{Active, Inactive, Unspecified};
        let cluster = Cluster::born(false).await;
        let id = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential").access_key_id;
        let id = id.as_str();
        let active = || Standing::ActiveRoot(account(OWNER));
        let none = |id: &str| Err(IamError::NoSuchAccessKey { access_key_id: id.to_owned() });
        for (owner, named, status, expected, standing, version) in [
            (OWNER, id, Active, Ok(()), active(), 1),
            (OWNER, id, Inactive, Ok(()), Standing::Inactive, 2),
            (OWNER, id, Inactive, Ok(()), Standing::Inactive, 2),
            (OWNER, id, Active, Ok(()), active(), 3),
            (OWNER, id, Unspecified, Err(IamError::Malformed), active(), 3),
            (OWNER, "AKIANONE", Inactive, none("AKIANONE"), active(), 3),
            ("444455556666", id, Inactive, none(id), active(), 3),
        ] {
            let found = cluster.iam.set_credential_status(&account(owner), named, status).await;
            assert_eq!(found, expected, "{owner} {named} {status:?}");
            assert_eq!(cluster.iam.standing(&*cluster.view(), id), standing, "{owner} {named} {status:?}");
            assert_eq!(access_version::read(&*cluster.view(), &account(OWNER)), version);
        }
    }

    #[tokio::test]
    async fn switching_off_wipes_the_opened_secret() {
        let cluster = Cluster::born(false).await;
        let id = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential").access_key_id;
        let (_, record) = tables::find(&cluster.tables(), id.as_str()).expect("the credential");
        let status = CredentialStatus::Inactive.into();
        let command = SetCredentialStatus { account: OWNER.to_owned(), access_key_id: id.to_string(), status };
        let applied = command.apply(Timestamp::default(), &cluster.tables());
        assert_eq!(applied.writes.evictions(), [record.sealed_secret]);
    }
}

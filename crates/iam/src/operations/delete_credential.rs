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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cluster, account};
    use access::{Directory as _, Standing};

    const OWNER: &str = "111122223333";

    #[tokio::test]
    async fn a_deleted_access_key_is_unknown_and_makes_room() {
        let cluster = Cluster::born(false).await;
        let id = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential").access_key_id;
        let id = id.as_str();
        cluster.iam.create_root_credential(&account(OWNER)).await.expect("another");
        let none = || Err(IamError::NoSuchAccessKey { access_key_id: id.to_owned() });
        let active = Standing::ActiveRoot(account(OWNER));
        for (owner, expected, standing, version) in [
            ("444455556666", none(), active, 2),
            (OWNER, Ok(()), Standing::Unknown, 3),
            (OWNER, none(), Standing::Unknown, 3),
        ] {
            assert_eq!(cluster.iam.delete_credential(&account(owner), id).await, expected, "{owner}");
            assert_eq!(cluster.iam.standing(&*cluster.view(), id), standing, "{owner}");
            assert_eq!(access_version::read(&*cluster.view(), &account(OWNER)), version, "{owner}");
        }
        assert!(cluster.iam.create_root_credential(&account(OWNER)).await.is_ok());
    }

    #[tokio::test]
    async fn deletion_wipes_the_opened_secret() {
        let cluster = Cluster::born(false).await;
        let id = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential").access_key_id;
        let (_, record) = tables::find(&cluster.tables(), id.as_str()).expect("the credential");
        let command = DeleteCredential { account: OWNER.to_owned(), access_key_id: id.to_string() };
        let applied = command.apply(Timestamp::default(), &cluster.tables());
        assert_eq!(applied.writes.evictions(), [record.sealed_secret]);
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cluster, account};
    use replica::testing::Tables;

    const OWNER: &str = "111122223333";

    fn command(owner: &str, access_key_id: &str) -> CreateRootCredential {
        let (account, access_key_id) = (owner.to_owned(), access_key_id.to_owned());
        CreateRootCredential { account, access_key_id, sealed_secret: vec![7] }
    }

    #[test]
    fn apply_makes_the_account_once_and_two_access_keys_at_most() {
        let mut tables = Tables::default();
        let exists = |id: &str| Err(IamError::AccessKeyExists { access_key_id: id.to_owned() });
        for (at, command, expected, version) in [
            (1, command(OWNER, "AKIA1"), Ok(()), 1),
            (2, command(OWNER, "AKIA1"), exists("AKIA1"), 1),
            (3, command("444455556666", "AKIA1"), exists("AKIA1"), 1),
            (4, command(OWNER, "AKIA2"), Ok(()), 2),
            (5, command(OWNER, "AKIA3"), Err(IamError::AccessKeysLimit { max: 2 }), 2),
            (6, command("444455556666", "AKIA3"), Ok(()), 2),
            (7, command("44445555", "AKIA4"), Err(IamError::Malformed), 2),
        ] {
            let applied = command.apply(Timestamp::from_millis(at), &tables);
            let found = applied.result.map(|_| ()).map_err(IamError::from);
            assert_eq!((found, applied.writes.is_empty()), (expected.clone(), expected.is_err()), "at {at}");
            tables.commit(&applied.writes);
            assert_eq!(access_version::read(&tables, &account(OWNER)), version, "at {at}");
        }
        assert_eq!(tables::account(&tables, &account(OWNER)).map(|a| a.created_at), Some(1));
        let (owner, record) = tables::find(&tables, "AKIA2").expect("the second one");
        assert_eq!((owner.as_str(), record.created_at, record.kind()), (OWNER, 4, CredentialKind::Root));
        assert_eq!((record.status(), record.sealed_secret), (CredentialStatus::Active, vec![7]));
    }

    #[tokio::test]
    async fn the_secret_is_shown_once_and_kept_sealed() {
        let cluster = Cluster::born(false).await;
        let credential = cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential");
        let id = credential.access_key_id.as_str();
        let (_, record) = tables::find(&cluster.tables(), id).expect("the credential");
        let secret = credential.secret.expose_secret();
        assert_eq!(secret.len(), 40, "as long as AWS's");
        let sealed = &record.sealed_secret;
        assert!(!sealed.is_empty() && !sealed.windows(secret.len()).any(|part| part == secret));
        assert!(format!("{credential:?}").ends_with("secret: [redacted] }"), "{credential:?}");
    }

    #[tokio::test]
    async fn a_third_access_key_is_refused() {
        let cluster = Cluster::born(false).await;
        for _ in 0..2 {
            cluster.iam.create_root_credential(&account(OWNER)).await.expect("a credential");
        }
        let third = cluster.iam.create_root_credential(&account(OWNER)).await;
        assert_eq!(third.map(|_| ()), Err(IamError::AccessKeysLimit { max: 2 }));
        assert_eq!(tables::credentials_of(&cluster.tables(), &account(OWNER)), 2);
    }

    #[test]
    fn command_format_is_pinned() {
        let bytes = prost::Message::encode_to_vec(&command(OWNER, "AKIA"));
        assert_eq!(hex::encode(bytes), "0a0c3131313132323232333333331204414b49411a0107");
        assert_eq!(CreateRootCredential::KIND, 100);
    }
}

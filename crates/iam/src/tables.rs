//! The records of this crate and their keys.

use replica::{AccountId, Key, Table, View, get_message, scan_all};

/// The messages as they are on disk and in the log.
#[allow(missing_docs)]
mod state {
    include!(concat!(env!("OUT_DIR"), "/lockstep.iam.v1.rs"));
}

pub(crate) use state::{
    AccessKeyRecord, AccountRecord, CreateRootCredential, CreateRootCredentialReply, CredentialKind, CredentialRecord,
    DeleteCredential, DeleteCredentialReply, SetCredentialStatus, SetCredentialStatusReply, SetQuota, SetQuotaProfile,
    SetQuotaProfileReply, SetQuotaReply,
};

pub use state::CredentialStatus;

/// Format number of every record here.
pub(crate) const FORMAT: u32 = 1;

/// IamAccounts: account.
pub(crate) fn account_key(account: &AccountId) -> Key {
    Key::of(Table::IamAccounts, account)
}

/// IamCredentials: account, access key id.
pub(crate) fn credential_key(account: &AccountId, access_key_id: &str) -> Key {
    Key::of(Table::IamCredentials, account).text(access_key_id)
}

/// AccessKeys: access key id.
pub(crate) fn access_key_key(access_key_id: &str) -> Key {
    Key::cluster(Table::AccessKeys).text(access_key_id)
}

/// The account's record.
pub(crate) fn account(view: &dyn View, account: &AccountId) -> Option<AccountRecord> {
    get_message(view, account_key(account).as_bytes())
}

/// An account's credential.
pub(crate) fn credential(view: &dyn View, account: &AccountId, access_key_id: &str) -> Option<CredentialRecord> {
    get_message(view, credential_key(account, access_key_id).as_bytes())
}

/// How many credentials the account has: a number that is bounded where credentials are made.
pub(crate) fn credentials_of(view: &dyn View, account: &AccountId) -> usize {
    scan_all(view, Key::of(Table::IamCredentials, account).as_bytes()).len()
}

/// The account that an access key belongs to.
pub(crate) fn account_of(view: &dyn View, access_key_id: &str) -> Option<AccountId> {
    let record: AccessKeyRecord = get_message(view, access_key_key(access_key_id).as_bytes())?;
    Some(record.account.parse().expect("apply writes account ids of their form"))
}

/// An access key's account and credential.
///
/// # Panics
/// When the two tables disagree: one apply writes both.
pub(crate) fn find(view: &dyn View, access_key_id: &str) -> Option<(AccountId, CredentialRecord)> {
    let account = account_of(view, access_key_id)?;
    let record = credential(view, &account, access_key_id).expect("an access key's account has its credential");
    Some((account, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    #[test]
    fn record_format_1_is_pinned() {
        let account = AccountRecord { format: FORMAT, created_at: 1_700_000_000_000 };
        assert_eq!(hex::encode(account.encode_to_vec()), "08011080d095ffbc31");
        let key = AccessKeyRecord { format: FORMAT, account: "000000000000".to_owned() };
        assert_eq!(hex::encode(key.encode_to_vec()), "0801120c303030303030303030303030");
        let credential = CredentialRecord {
            format: FORMAT,
            access_key_id: "AKIA".to_owned(),
            account: "000000000000".to_owned(),
            kind: CredentialKind::Root.into(),
            status: CredentialStatus::Inactive.into(),
            created_at: 1_700_000_000_000,
            sealed_secret: vec![7; 3],
        };
        assert_eq!(
            hex::encode(credential.encode_to_vec()),
            "08011204414b49411a0c303030303030303030303030200128023080d095ffbc313a03070707"
        );
    }

    #[test]
    fn keys_are_pinned() {
        let account: AccountId = "000000000000".parse().expect("account");
        assert_eq!(hex::encode(account_key(&account)), "103030303030303030303030300001");
        assert_eq!(hex::encode(credential_key(&account, "AKIA")), "113030303030303030303030300001414b49410001");
        assert_eq!(hex::encode(access_key_key("AKIA")), "04414b49410001");
    }
}

//! Who calls, once the signature has been found good.

use replica::{AccountId, Partition};

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account that the caller acts in.
    pub account: AccountId,
    /// What the caller is.
    pub kind: CallerKind,
    /// The caller's ARN, such as `arn:aws:iam::000000000000:root`.
    pub arn: String,
    /// AWS's unique id of the principal: for a root, the account id.
    pub user_id: String,
    /// The key that signed.
    pub access_key_id: String,
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// An account's root, with a credential of its own.
    Root,
    /// Anyone whom a dev cluster does not know: taken as the root of an account, with no credential to look up.
    DevRoot,
}

impl Caller {
    /// The root of `account`, signing with `access_key_id`.
    pub fn root(kind: CallerKind, account: AccountId, partition: &Partition, access_key_id: &str) -> Self {
        Self {
            arn: account.root_arn(partition).to_string(),
            user_id: account.to_string(),
            access_key_id: access_key_id.to_owned(),
            kind,
            account,
        }
    }
}

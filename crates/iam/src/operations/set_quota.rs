//! Sets how much of something an account may have, or goes back to the profile's number. The operator's: AWS has Service
//! Quotas and people behind it.
//!
//! <https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html>

use super::kind;
use crate::Iam;
use crate::error::IamError;
use crate::tables::{SetQuota, SetQuotaReply};
use access::quota::{self, Quota};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes};

impl Iam {
    /// Gives the account this limit; `None` goes back to the profile's. A limit below what is used takes nothing away.
    ///
    /// # Errors
    /// [`IamError::LimitOutOfRange`], [`IamError::Propose`].
    pub async fn set_quota(&self, account: &AccountId, quota: Quota, limit: Option<u64>) -> Result<(), IamError> {
        if let Some(limit) = limit {
            quota.check_limit(limit)?;
        }
        self.propose(SetQuota { account: account.to_string(), quota: quota as u32, limit }).await?;
        Ok(())
    }
}

impl Command for SetQuota {
    const KIND: u32 = kind::SET_QUOTA;
    type Reply = SetQuotaReply;

    fn apply(self, _at: Timestamp, _view: &dyn View) -> Applied<Self::Reply> {
        let account = self.account.parse::<AccountId>().ok();
        let (Some(account), Some(quota)) = (account, Quota::numbered(self.quota)) else {
            return Applied::refused(IamError::Malformed);
        };
        if self.limit.is_some_and(|limit| quota.check_limit(limit).is_err()) {
            return Applied::refused(IamError::Malformed);
        }
        let mut writes = Writes::new();
        quota::set_limit(&mut writes, &account, quota, self.limit);
        Applied::reply(writes, SetQuotaReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cluster, account};
    use replica::testing::Tables;

    const OWNER: &str = "111122223333";

    #[test]
    fn apply_sets_known_quotas_of_accounts_within_their_range() {
        for (owner, number, limit, may) in [
            (OWNER, Quota::KmsKeys as u32, Some(7), true),
            (OWNER, Quota::KmsKeys as u32, None, true),
            (OWNER, Quota::SecretVersions as u32, Some(0), false),
            (OWNER, 999, Some(7), false),
            ("1111", Quota::KmsKeys as u32, Some(7), false),
        ] {
            let command = SetQuota { account: owner.to_owned(), quota: number, limit };
            let applied = command.apply(Timestamp::default(), &Tables::default());
            let found = applied.result.map(|_| ()).map_err(IamError::from);
            assert_eq!(found, if may { Ok(()) } else { Err(IamError::Malformed) }, "{owner} {number} {limit:?}");
            assert_eq!(applied.writes.is_empty(), !may, "{owner} {number} {limit:?}");
        }
    }

    #[tokio::test]
    async fn a_limit_is_one_accounts_own_until_it_is_taken_back() {
        let cluster = Cluster::born(false).await;
        let limit = |owner: &str| quota::limit(&*cluster.view(), &account(owner), Quota::KmsKeys);
        cluster.iam.set_quota(&account(OWNER), Quota::KmsKeys, Some(2)).await.expect("set");
        assert_eq!((limit(OWNER), limit("444455556666")), (2, 1_000));
        cluster.iam.set_quota(&account(OWNER), Quota::KmsKeys, None).await.expect("reset");
        assert_eq!(limit(OWNER), 1_000);
        let refused = cluster.iam.set_quota(&account(OWNER), Quota::SecretVersions, Some(0)).await;
        assert!(matches!(refused, Err(IamError::LimitOutOfRange(_))), "{refused:?}");
    }

    #[test]
    fn command_format_is_pinned() {
        let command = SetQuota { account: OWNER.to_owned(), quota: Quota::KmsKeys as u32, limit: Some(0) };
        let bytes = prost::Message::encode_to_vec(&command);
        assert_eq!(hex::encode(bytes), "0a0c31313131323232323333333310011800");
        assert_eq!(SetQuota::KIND, 103);
    }
}

//! What an operator may ask of quotas.

use crate::NodeError;
use crate::lifecycle::member::Member;
use crate::messages::v1::{ListQuotasResponse, QuotaStanding};
use access::quota::{Profile, Quota, Standing};
use replica::AccountId;

impl Member {
    /// How an account stands with its quotas.
    pub(super) async fn list_quotas(&self, account: &AccountId) -> Result<ListQuotasResponse, NodeError> {
        let (profile, standings) = self.iam.quotas(account).await.map_err(refused)?;
        let quotas = standings.into_iter().map(told).collect();
        Ok(ListQuotasResponse { profile: profile.name().to_owned(), quotas })
    }

    /// Sets how much of something an account may have.
    pub(super) async fn set_quota(&self, account: &AccountId, name: &str, limit: Option<u64>) -> Result<(), NodeError> {
        let quota: Quota = name.parse().map_err(refused)?;
        self.iam.set_quota(account, quota, limit).await.map_err(refused)
    }

    /// Sets the numbers that hold for every account where none was set.
    pub(super) async fn set_quota_profile(&self, name: &str) -> Result<(), NodeError> {
        let profile: Profile = name.parse().map_err(refused)?;
        self.iam.set_quota_profile(profile).await.map_err(refused)
    }
}

fn told(standing: Standing) -> QuotaStanding {
    let Standing { quota, used, limit, is_own } = standing;
    QuotaStanding { name: quota.name().to_owned(), used, limit, own: is_own }
}

fn refused(cause: impl std::fmt::Display) -> NodeError {
    NodeError::Refused(cause.to_string())
}

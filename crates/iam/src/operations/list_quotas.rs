//! How an account stands with its quotas. The operator's, as [`super::set_quota`].

use crate::Iam;
use crate::error::IamError;
use access::quota::{self, Profile, Standing};
use replica::AccountId;

impl Iam {
    /// The profile of the cluster, and how the account stands with every quota, as of a moment after the call began.
    ///
    /// # Errors
    /// [`IamError::Propose`] when no read barrier is to be had.
    pub async fn quotas(&self, account: &AccountId) -> Result<(Profile, Vec<Standing>), IamError> {
        let view = self.replica.read().await?;
        Ok((quota::profile(&*view), quota::standings(&*view, account)))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Cluster, account};
    use access::quota::{Profile, Quota};

    #[tokio::test]
    async fn every_quota_is_told_with_the_number_that_counts() {
        let cluster = Cluster::born(false).await;
        let owner = account("111122223333");
        cluster.iam.set_quota_profile(Profile::Aws).await.expect("set");
        cluster.iam.set_quota(&owner, Quota::Secrets, Some(3)).await.expect("set");
        let (profile, standings) = cluster.iam.quotas(&owner).await.expect("told");
        assert_eq!((profile, standings.len()), (Profile::Aws, Quota::ALL.len()));
        let limits: Vec<_> = standings.iter().map(|standing| (standing.limit, standing.is_own)).collect();
        assert_eq!((limits[0], limits[7]), ((100_000, false), (3, true)));
    }
}

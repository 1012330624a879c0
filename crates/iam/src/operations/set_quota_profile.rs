//! Sets which numbers all accounts have where no operator set others.

use super::kind;
use crate::Iam;
use crate::error::IamError;
use crate::tables::{SetQuotaProfile, SetQuotaProfileReply};
use access::quota::{self, Profile};
use replica::{Applied, Command, Timestamp, View, Writes};

impl Iam {
    /// Gives the cluster this profile of quotas.
    ///
    /// # Errors
    /// [`IamError::Propose`].
    pub async fn set_quota_profile(&self, profile: Profile) -> Result<(), IamError> {
        self.propose(SetQuotaProfile { profile: profile as u32 }).await?;
        Ok(())
    }
}

impl Command for SetQuotaProfile {
    const KIND: u32 = kind::SET_QUOTA_PROFILE;
    type Reply = SetQuotaProfileReply;

    fn apply(self, _at: Timestamp, _view: &dyn View) -> Applied<Self::Reply> {
        let Some(profile) = Profile::numbered(self.profile) else {
            return Applied::refused(IamError::Malformed);
        };
        let mut writes = Writes::new();
        quota::set_profile(&mut writes, profile);
        Applied::reply(writes, SetQuotaProfileReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Cluster;
    use replica::testing::Tables;

    #[tokio::test]
    async fn the_profile_is_the_clusters() {
        let cluster = Cluster::born(false).await;
        for profile in [Profile::Aws, Profile::Classic] {
            cluster.iam.set_quota_profile(profile).await.expect("set");
            assert_eq!(quota::profile(&*cluster.view()), profile);
        }
    }

    #[test]
    fn an_unknown_profile_is_refused() {
        let applied = SetQuotaProfile { profile: 9 }.apply(Timestamp::default(), &Tables::default());
        assert_eq!(applied.result.map(|_| ()).map_err(IamError::from), Err(IamError::Malformed));
        assert!(applied.writes.is_empty());
    }

    #[test]
    fn command_format_is_pinned() {
        let bytes = prost::Message::encode_to_vec(&SetQuotaProfile { profile: Profile::Aws as u32 });
        assert_eq!(hex::encode(bytes), "0802");
        assert_eq!(SetQuotaProfile::KIND, 104);
    }
}

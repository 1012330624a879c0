//! How the voters stand. The leader alone hears them all, so every other node asks it.

use crate::lifecycle::member::Member;
use crate::limits;
use crate::membership::dial::dial;
use crate::messages::v1::{DeadVoter, ReportRequest, VotersStanding};
use raft::PeerName;

impl Member {
    /// What the leader sees of the voters; `None` when there is no leader, or none that answers at once.
    pub(crate) async fn voters(&self) -> Option<VotersStanding> {
        match self.own_voters() {
            Some(standing) => Some(standing),
            None => tokio::time::timeout(limits::ASK_LEADER, self.leaders_voters()).await.ok()?,
        }
    }

    /// The same, where this node leads.
    pub(crate) fn own_voters(&self) -> Option<VotersStanding> {
        self.node.voters().map(told)
    }

    async fn leaders_voters(&self) -> Option<VotersStanding> {
        let leader = self.node.leader()?;
        let found = self.others().into_iter().find(|member| member.id() == leader)?;
        let name = PeerName { node: leader, cluster: self.cluster() };
        let mut peer = dial(&found.peer_addr, &name.to_string(), self.client_tls()).await.ok()?;
        peer.report(ReportRequest {}).await.ok()?.into_inner().voters
    }
}

pub(crate) fn told(voters: raft::Voters) -> VotersStanding {
    let dead = voters.dead.into_iter().map(|dead| DeadVoter {
        node_id: dead.member.node_id,
        name: dead.member.name,
        zone: dead.member.zone,
        silent_ms: dead.silent.map(|silent| u64::try_from(silent.as_millis()).unwrap_or(u64::MAX)),
    });
    VotersStanding { failures_survivable: voters.failures_survivable, dead: dead.collect() }
}

//! How a node stands, in the words of `lockstep status`.

use crate::keys::keyring;
use crate::lifecycle::member::Member;
use crate::messages::v1::{Member as MemberStatus, Membership};
use replica::Replica as _;

/// How a member stands.
pub(crate) fn membership(member: &Member) -> Membership {
    let status = member.node.status();
    let applied = status.applied.unwrap_or(0);
    let known = status.last_log.max(status.committed).unwrap_or(0);
    let describe = |voter: bool| {
        move |member: &raft::Member| MemberStatus {
            node_id: member.node_id,
            name: member.name.clone(),
            zone: member.zone.clone(),
            peer_address: member.peer_addr.clone(),
            voter,
        }
    };
    let voters = status.voters.iter().map(describe(true));
    let learners = status.learners.iter().map(describe(false));
    Membership {
        cluster_id: member.cluster().to_string(),
        node_id: member.identity.node.0,
        role: status.role.as_str().to_owned(),
        term: status.term,
        leader_id: status.leader.map_or(0, |leader| leader.0),
        applied,
        lag: known.saturating_sub(applied),
        keyring_held: member.keyring.held().map_or(0, |held| held.version),
        keyring_needed: keyring::committed(&member.node.local()).map_or(0, |needed| needed.version),
        dev: member.identity.dev,
        members: voters.chain(learners).collect(),
        chain: hex::encode(status.chain),
        voters: None,
    }
}

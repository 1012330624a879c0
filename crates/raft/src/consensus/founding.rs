//! A cluster that begins with the tables of another: what a saved standing says, and what a new first node makes of it.

use super::codec;
use super::log::record;
use super::standing::Standing;
use super::types::{LeaderId, Membership, StoredMembership, Vote};
use crate::Member;
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};
use store::{Engine, StoreError};

/// Where tables stood when they were saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedStanding(Standing);

impl SavedStanding {
    /// Reads the meta value of tables; `None` when it is none of this version, or nothing was ever applied.
    pub fn read(meta: &[u8]) -> Option<Self> {
        let standing = Standing::decode(Some(meta)).ok()?;
        standing.applied.is_some().then_some(Self(standing))
    }

    /// The index of the last applied entry.
    pub fn applied(&self) -> u64 {
        self.0.applied.map_or(0, |id| id.index)
    }

    /// The term in which it was proposed.
    pub fn term(&self) -> u64 {
        self.0.applied.map_or(0, |id| id.leader_id.term)
    }

    /// The hash over every write since birth.
    pub fn chain(&self) -> [u8; 32] {
        self.0.chain
    }

    /// Every member, and whether it votes.
    pub fn members(&self) -> Vec<(Member, bool)> {
        let membership = self.0.membership.membership();
        let voters: BTreeSet<u64> = membership.voter_ids().collect();
        membership.nodes().map(|(id, member)| (member.clone(), voters.contains(id))).collect()
    }

    /// The meta value of the same tables in a cluster whose one member is `member`. Index and hash go on from here.
    pub fn refounded(&self, member: &Member) -> Vec<u8> {
        let voters = vec![BTreeSet::from([member.node_id])];
        let members = BTreeMap::from([(member.node_id, member.clone())]);
        let membership = Membership::new(voters, members).expect("the one voter is a member");
        let standing = Standing {
            membership: StoredMembership::new(self.0.applied, membership),
            node_id_max: self.0.node_id_max.max(member.node_id),
            ..self.0.clone()
        };
        standing.encode()
    }

    /// Has the engine's node begin in the term of what it holds: the next term is its own, and above all before. Synced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_term(&self, engine: &dyn Engine, member: &Member) -> Result<(), StoreError> {
        let leader = LeaderId { term: self.term(), node_id: member.node_id };
        let vote = codec::vote(&Vote { leader_id: leader, committed: false });
        engine.put_record(record::VOTE, &vote.encode_to_vec(), true)
    }
}

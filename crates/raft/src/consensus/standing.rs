//! Where the state machine stands: committed with the tables in one batch, so the two never disagree.

use super::codec::{self, Undecodable};
use super::types::{Entry, LogId, Payload, SnapshotMeta, StoredMembership};
use crate::wire;
use aws_lc_rs::digest;
use prost::Message as _;

/// Format number of [`wire::Standing`].
const FORMAT: u32 = 1;

/// The last applied entry and what follows from all entries up to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// The last applied entry.
    pub(super) applied: Option<LogId>,
    /// The last applied membership.
    pub(super) membership: StoredMembership,
    /// `H(chain before ‖ index ‖ writes)`, over every entry since the first.
    pub(super) chain: [u8; 32],
    /// The highest node number of any applied membership.
    pub(super) node_id_max: u64,
}

/// How far apply is: what readers wait for and operators compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// Position of the last applied entry.
    pub(crate) applied: Option<u64>,
    /// The chain hash after it.
    pub(crate) chain: [u8; 32],
    /// The highest node number of any applied membership.
    pub(crate) node_id_max: u64,
}

impl Standing {
    /// Takes a step: `entry` was applied and came to `writes`, in canonical form.
    pub(super) fn advance(&mut self, entry: &Entry, writes: &[u8]) {
        assert!(self.applied.is_none_or(|last| last < entry.log_id), "{} after {:?}", entry.log_id, self.applied);
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&self.chain);
        hash.update(&entry.log_id.index.to_be_bytes());
        hash.update(writes);
        self.chain.copy_from_slice(hash.finish().as_ref());
        self.applied = Some(entry.log_id);
        if let Payload::Membership(membership) = &entry.payload {
            let highest = membership.nodes().map(|(id, _)| *id).max().unwrap_or_default();
            self.node_id_max = self.node_id_max.max(highest);
            self.membership = StoredMembership::new(Some(entry.log_id), membership.clone());
        }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress { applied: self.applied.map(|id| id.index), chain: self.chain, node_id_max: self.node_id_max }
    }

    pub(super) fn snapshot_meta(&self) -> SnapshotMeta {
        SnapshotMeta { last_log_id: self.applied, last_membership: self.membership.clone() }
    }

    pub(super) fn to_message(&self) -> wire::Standing {
        wire::Standing {
            format: FORMAT,
            applied: self.applied.as_ref().map(codec::log_id),
            membership_log_id: self.membership.log_id().as_ref().map(codec::log_id),
            membership: Some(codec::membership(self.membership.membership())),
            chain: self.chain.to_vec(),
            node_id_max: self.node_id_max,
        }
    }

    pub(super) fn from_message(message: wire::Standing) -> Result<Self, Undecodable> {
        if message.format != FORMAT {
            return Err(Undecodable("standing"));
        }
        let membership = codec::read_membership(message.membership)?;
        Ok(Self {
            applied: codec::read_log_id_option(message.applied)?,
            membership: StoredMembership::new(codec::read_log_id_option(message.membership_log_id)?, membership),
            chain: message.chain.try_into().map_err(|_| Undecodable("chain hash"))?,
            node_id_max: message.node_id_max,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        self.to_message().encode_to_vec()
    }

    /// Reads the meta value of the tables; none means that nothing was applied.
    pub(super) fn decode(meta: Option<&[u8]>) -> Result<Self, Undecodable> {
        match meta {
            None => Ok(Self::default()),
            Some(bytes) => Self::from_message(wire::Standing::decode(bytes).map_err(|_| Undecodable("standing"))?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{LeaderId, Proposed};
    use super::*;

    fn command(index: u64) -> Entry {
        let log_id = LogId { leader_id: LeaderId { term: 1, node_id: 1 }, index };
        Entry { log_id, payload: Payload::Normal(Proposed(Vec::new().into())) }
    }

    #[test]
    fn standing_format_1_is_pinned() {
        let log_id = LogId { leader_id: LeaderId { term: 3, node_id: 2 }, index: 7 };
        let standing = Standing { applied: Some(log_id), chain: [7; 32], node_id_max: 5, ..Standing::default() };
        let hex: String = standing.encode().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, format!("080112080a0408031002100722002a20{}3005", "07".repeat(32)));
        assert_eq!(Standing::decode(Some(&standing.encode())), Ok(standing.clone()));
        let unknown = wire::Standing { format: 2, ..standing.to_message() };
        assert_eq!(Standing::from_message(unknown), Err(Undecodable("standing")));
    }

    #[test]
    fn a_standing_reads_as_it_is_written() {
        let mut standing = Standing::default();
        assert_eq!(Standing::decode(Some(&standing.encode())), Ok(standing.clone()));
        standing.advance(&command(0), b"writes");
        assert_eq!(Standing::decode(Some(&standing.encode())), Ok(standing));
        assert_eq!(Standing::decode(None), Ok(Standing::default()));
    }

    #[test]
    fn the_chain_depends_on_every_write_and_its_place() {
        let chain = |steps: &[(u64, &[u8])]| {
            let mut standing = Standing::default();
            steps.iter().for_each(|(index, writes)| standing.advance(&command(*index), writes));
            standing.chain
        };
        let base = chain(&[(0, b"a"), (1, b"b")]);
        assert_eq!(base, chain(&[(0, b"a"), (1, b"b")]));
        for other in [chain(&[(0, b"a"), (1, b"c")]), chain(&[(0, b"b"), (1, b"a")]), chain(&[(0, b"a"), (2, b"b")])] {
            assert_ne!(base, other);
        }
    }
}

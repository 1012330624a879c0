//! openraft's types, with this crate's filled in.

use crate::Member;
use bytes::Bytes;
use std::fmt;

openraft::declare_raft_types!(
    /// This crate's choice of openraft's types.
    pub(crate) Types:
        D = Proposed,
        R = Answer,
        NodeId = u64,
        Node = Member,
        AsyncRuntime = super::runtime::Runtime,
);

/// An encoded `replica::Envelope`, as it stands in the log.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Vec<u8>", into = "Vec<u8>")]
pub(crate) struct Proposed(pub(crate) Bytes);

impl From<Vec<u8>> for Proposed {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Proposed> for Vec<u8> {
    fn from(proposed: Proposed) -> Self {
        proposed.0.into()
    }
}

/// Shows the length alone: what is inside is nobody's business here, and would fill the log of the program.
impl fmt::Debug for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl fmt::Display for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What apply answered: an encoded `replica::Outcome`; empty for an entry that is not a command.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Answer(pub(crate) Vec<u8>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

pub(crate) type LeaderId = openraft::impls::leader_id_adv::LeaderId<u64, u64>;
pub(crate) type Vote = openraft::Vote<LeaderId>;
pub(crate) type LogId = openraft::LogId<LeaderId>;
pub(crate) type Membership = openraft::Membership<u64, Member>;
pub(crate) type StoredMembership = openraft::StoredMembership<LeaderId, u64, Member>;
pub(crate) type Payload = openraft::EntryPayload<Proposed, u64, Member>;
pub(crate) type Entry = openraft::Entry<LeaderId, Payload>;
pub(crate) type SnapshotMeta = openraft::SnapshotMeta<LeaderId, u64, Member>;
pub(crate) type Raft = openraft::Raft<Types, super::machine::StateMachine>;

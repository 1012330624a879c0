//! Identities that the contract itself carries.

use std::fmt;

/// The number of a node. Never reused: a node that lost its disk comes back under a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one attempt to change state. Two proposals with one id act once and get one outcome.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub [u8; 16]);

/// One attempt at a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Which proposal.
    pub id: RequestId,
    /// Whether an earlier attempt may still be under way somewhere. Then a refusal counts only from the log, where it is
    /// remembered: else the earlier attempt could act after its repeat was refused.
    pub is_repeat: bool,
}

impl From<RequestId> for Attempt {
    /// The first.
    fn from(id: RequestId) -> Self {
        Self { id, is_repeat: false }
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

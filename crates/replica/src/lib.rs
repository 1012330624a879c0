//! The contract of replicated state.
//!
//! A service changes state by proposing a [`Command`]; every node applies it to its own tables through [`Machine`] and
//! comes to the same [`Writes`] and the same [`Outcome`]. A service reads state through a [`View`]. Both are reached
//! through [`Replica`], which the `raft` crate implements for a cluster and [`testing::Local`] for one table in memory.
//!
//! This crate is pure: it knows no clock, dice, disk, network, async runtime or AWS service.

pub mod access_version;
pub mod arn;
pub mod cluster;
mod command;
pub mod due;
mod envelope;
mod fence;
mod ids;
mod key;
mod machine;
mod overlay;
mod requests;
pub mod reset;
pub mod tables;
pub mod testing;
mod time;
mod view;
mod writes;

pub use arn::{AccountId, Arn, Partition, Region};
pub use command::{Applied, Command, Malformed, Refusal, kind};
pub use envelope::{AccessVersion, Envelope, Outcome, Proposal};
pub use fence::fence;
pub use ids::{Attempt, NodeId, RequestId};
pub use key::{Key, KeyReader};
pub use machine::{AppliedEntry, Machine};
pub use overlay::Overlay;
pub use tables::Table;
pub use time::{Clock, Timestamp};
pub use view::{Row, View, get_message, scan_all};
pub use writes::{Write, Writes};

use async_trait::async_trait;
use prost::Message as _;

/// Replicated state as a service sees it: a place to read from and to propose to.
#[async_trait]
pub trait Replica: Send + Sync + 'static {
    /// The tables as this node has them now, possibly behind the cluster. Fit only for checks that are repeated on a
    /// view of [`Replica::read`], such as finding the key that a signature names.
    fn local(&self) -> Box<dyn View + '_>;

    /// The tables after a read barrier: whatever was acknowledged anywhere before this call began is in the view.
    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable>;

    /// Has a command agreed and applied, and gives what apply answered, exactly once per [`Proposal::id`].
    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable>;
}

/// Why the cluster gave no answer. Every kind becomes HTTP 500 or 503 at the wire, which SDKs retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No leader, or no quorum, within the time a request may wait. Nothing was proposed.
    #[error("no leader could be reached in time")]
    NoLeader,
    /// The command may or may not have been agreed; a repeat with the same id is answered with its outcome.
    #[error("the outcome is unknown")]
    Unknown,
    /// Too many requests wait already.
    #[error("too many requests are waiting")]
    Overloaded,
    /// Apply panicked in the dry run; the command never entered the log.
    #[error("the command was refused by its dry run")]
    Poison,
    /// Less than a quorum has room on its disk. Nothing was proposed; reads go on.
    #[error("the disks of the cluster are full; changes are taken again when there is room")]
    DiskFull,
}

/// Proposes a typed command and gives its typed reply or its refusal.
///
/// # Errors
/// [`ProposeError::Unavailable`] as [`Replica::propose`], [`ProposeError::Reauthorize`] when a permission that the
/// proposal relied on has moved: the caller starts again at its authorization.
pub async fn propose<C: Command>(
    replica: &dyn Replica,
    attempt: impl Into<Attempt>,
    access: Vec<AccessVersion>,
    command: C,
) -> Result<Result<C::Reply, Refusal>, ProposeError> {
    let Attempt { id, is_repeat } = attempt.into();
    let proposal = Proposal { id, is_repeat, access, kind: C::KIND, body: command.encode_to_vec() };
    match replica.propose(proposal).await? {
        Outcome::Reply(bytes) => match C::Reply::decode(bytes.as_slice()) {
            Ok(reply) => Ok(Ok(reply)),
            // A member of a newer version wrote an answer that this binary cannot read.
            Err(_) => Err(ProposeError::Unavailable(Unavailable::Unknown)),
        },
        // Another attempt of the call was told that nothing would come of it.
        Outcome::Refused(refusal) if fence::is_fenced(&refusal) => Err(ProposeError::Unavailable(Unavailable::Unknown)),
        Outcome::Refused(refusal) => Ok(Err(refusal)),
        Outcome::Reauthorize => Err(ProposeError::Reauthorize),
    }
}

/// Why a proposal has no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// See [`Unavailable`].
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A credential, policy or grant of the account changed between the authorization and apply.
    #[error("permissions changed under the request")]
    Reauthorize,
}

//! A command: a message of facts that every node applies alike.

use crate::{Timestamp, View, Writes};

pub use crate::envelope::state::Refusal;

/// The numbers of commands. Append-only; a retired number stays reserved. Each crate has a hundred.
pub mod kind {
    /// `replica::cluster::Birth`
    pub const BIRTH: u32 = 1;
    /// `replica::cluster::CommitKeyring`
    pub const COMMIT_KEYRING: u32 = 2;
    /// `replica::reset::Reset`
    pub const RESET: u32 = 3;
    /// `replica::fence::Fence`
    pub const FENCE: u32 = 4;
    /// First number of the crate `iam`.
    pub const IAM: u32 = 100;
    /// First number of the crate `kms`.
    pub const KMS: u32 = 200;
    /// First number of the crate `ssm`.
    pub const SSM: u32 = 300;
    /// First number of the crate `secretsmanager`.
    pub const SECRETSMANAGER: u32 = 400;
    /// First number of the crate `node`.
    pub const NODE: u32 = 900;
}

/// A change of state, as facts: whatever was random is drawn before, whatever is secret is sealed before.
pub trait Command: prost::Message + Default + Send + 'static {
    /// Its number in [`kind`].
    const KIND: u32;
    /// What it answers when it was done. Never holds a secret: outcomes are stored.
    type Reply: prost::Message + Default + 'static;

    /// Decides and describes the change. A function of its arguments alone: no clock, dice or I/O. `at` never goes
    /// back from one entry to the next.
    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<Self::Reply>;
}

/// What apply came to. A refusal changes nothing.
#[derive(Debug)]
pub struct Applied<R> {
    /// The changes to commit.
    pub writes: Writes,
    /// The answer.
    pub result: Result<R, Refusal>,
}

impl<R> Applied<R> {
    /// Done.
    pub fn reply(writes: Writes, reply: R) -> Self {
        Self { writes, result: Ok(reply) }
    }

    /// Refused, with nothing changed.
    pub fn refused(refusal: impl Into<Refusal>) -> Self {
        Self { writes: Writes::new(), result: Err(refusal.into()) }
    }
}

impl Refusal {
    /// A refusal of a service's own kind. The arguments fill the error's fields again on the proposing node.
    pub fn new(kind: u32, args: impl IntoIterator<Item = String>) -> Self {
        Self { kind, args: args.into_iter().collect(), starts_over: false }
    }

    /// The same refusal, after which the proposer looks at the tables again and proposes anew under the same id. It is
    /// not remembered, so a call acts once however often it starts over, and however often an SDK repeats it.
    #[must_use]
    pub fn starting_over(self) -> Self {
        Self { starts_over: true, ..self }
    }
}

/// Bytes that are not the command their kind says, or a kind that nobody registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No crate registered this kind.
    #[error("no command has the number {0}")]
    UnknownKind(u32),
    /// The body does not decode.
    #[error("a command of kind {0} does not decode")]
    Body(u32),
    /// The envelope does not decode, or is of a format this binary does not know.
    #[error("the envelope does not decode")]
    Envelope,
}

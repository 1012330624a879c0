//! Snapshot files: what a cluster holds at one moment, in one file, sealed as it is. `docs/backup.md` is for operators.

mod command;
mod form;
mod inspect;
mod living;
mod read;
mod save;
#[cfg(test)]
mod tests;
mod write;

pub use inspect::{Inspection, inspect};
pub(crate) use living::refuse_over_the_living;
pub use read::BackupError;
pub(crate) use read::Reader;
pub(crate) use save::{Pieces, save};

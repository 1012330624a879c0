//! Who may do what: signatures, callers, permissions. Pure: HTTP, disks, the wall clock and secret access keys are others'.

mod authority;
mod caller;

pub use authority::{Authority, Condition, Denied, Directory, Permit, Standing};
pub use caller::{Caller, CallerKind};

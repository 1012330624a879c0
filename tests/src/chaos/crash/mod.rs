//! F30: at every crash point, a process is ended once under load, as a power cut would end it.

mod arm;
mod beginning;
mod due;
mod joining;
mod leading;
mod plan;
mod rebuilding;
mod scenario;
mod snapshots;

pub use due::crash_before_what_is_due;
pub use plan::{HANDFUL, Way, plan};
pub use scenario::{CrashPoints, groups};

//! F30: at every crash point, a process is ended once under load, as a power cut would end it.

mod beginning;
mod joining;
mod plan;
mod running;

pub use plan::{HANDFUL, Way, plan};

use super::{Field, Scenario, Setup, faulty};
use anyhow::{Result, ensure};

/// Crashes at some points that one cluster can pass, one after the other.
pub struct CrashPoints {
    points: Vec<(&'static str, Way)>,
}

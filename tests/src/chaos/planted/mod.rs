//! Planted bugs: for each, a scenario whose checks have to notice it, and that finds nothing without it.

mod away;
mod damage;
mod list;
mod plain;
mod power;
mod slow;
mod vote;

pub use list::{BUGS, QUICK, find, run_planted};

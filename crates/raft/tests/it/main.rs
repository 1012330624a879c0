//! The crate from outside: clusters in one process, in one binary because each would link all of this again.

mod cluster;
mod disk;
mod kit;
mod peers;
mod snapshots;
mod storm;

//! The test kit: clusters of real processes, faults, and the real clients.

mod cluster;
mod load;
mod process;
mod python;
mod wait;

pub use cluster::{ACCOUNT, Cluster, NodeStatus, Zone};
pub use load::{Load, Written};
pub use process::{Process, program, scratch};
pub use python::{Pytest, pytest};
pub use wait::{until, until_async};

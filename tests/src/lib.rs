//! The test kit: clusters of real processes, faults, and the real clients.

pub mod chaos;
mod checkout;
mod cluster;
pub mod data_files;
mod dev;
mod load;
mod metrics;
mod node;
mod ports;
mod process;
mod python;
mod reset;
mod wait;
mod wire;

pub use checkout::checkout;
pub use cluster::{ACCOUNT, Cluster, NodeOptions, NodeStatus, Options, Zone};
pub use dev::Dev;
pub use load::{Load, Written};
pub use metrics::{metrics, series};
pub use node::node_test;
pub use ports::free_ports;
pub use process::{Process, program, scratch};
pub use python::{Pytest, pytest, python};
pub use reset::reset;
pub use wait::{until, until_async};
pub use wire::{Refusal, Wire};

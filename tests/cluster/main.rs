//! Clusters of real processes under real faults. Each test shows that its fault took place, and reads every
//! acknowledged write back from each node.

mod backup;
mod canary;
mod certificates;
mod client_failover;
mod dev;
mod disk;
mod disk_full;
mod failover;
mod keyring;
mod locked_memory;
mod lost_answer;
mod membership;
mod overload;
mod quotas;
mod regions;
mod reset;
mod restart;
mod rolling;
mod snapshot;

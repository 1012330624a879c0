//! Clusters of real processes under real faults. Each test shows that its fault took place, and reads every
//! acknowledged write back from each node.

mod backup;
mod canary;
mod certificates;
mod client_failover;
mod dev;
mod failover;
mod keyring;
mod lost_answer;
mod quotas;
mod regions;
mod reset;
mod restart;
mod snapshot;

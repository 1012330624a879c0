//! What lies in `deploy/`, held to the binary itself: every sample is parsed by it, every command line is run, every
//! metric that is named is there.

mod compose;
mod dockerfile;
mod files;
mod metrics;
mod node;
mod promql;
mod runbook;
mod sample;
mod systemd;

//! The load: twelve clients, each with one call under way, over keys, aliases, parameters and secrets.

use super::History;
use crate::Cluster;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

/// What a scenario may ask of the load.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// How many clients.
    pub clients: usize,
    /// The most calls per second over all of them.
    pub rate: u32,
    /// How long a client waits for an answer before it counts the call as unknown.
    pub patience: Duration,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { clients: 12, rate: 500, patience: Duration::from_secs(5) }
    }
}

/// A running load.
pub struct Load {}

impl Load {
    /// Starts it.
    ///
    /// # Errors
    /// When its resources cannot be made.
    pub async fn start(_: &Cluster, _: &LoadOptions, _seed: u64, _: Arc<History>) -> Result<Self> {
        Ok(Self {})
    }
}

//! A node is away for so long that it gets a snapshot, and what was deleted meanwhile must be gone there too.

use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::{Result, ensure};
use std::time::Duration;

/// Few, so that the log does not reach back far.
const SNAPSHOT_ENTRIES: u64 = 250;
/// More than the log keeps.
const AWAY_ENTRIES: u64 = 1_500;
/// How long that may take.
const AWAY: Duration = Duration::from_secs(180);
/// What a node says when a snapshot is in place.
const INSTALLED: &str = "installed a snapshot";

/// A follower that was away.
pub(super) struct Away;

impl Scenario for Away {
    fn name(&self) -> &'static str {
        "away"
    }

    fn what(&self) -> &'static str {
        "a follower was away and gets a snapshot"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.options.snapshot_entries = Some(SNAPSHOT_ENTRIES);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(500)?;
        let node = field.follower()?;
        field.kill(node)?;
        let leader = field.cluster().wait_leader()?;
        let goal = field.cluster().status(leader)?.applied + AWAY_ENTRIES;
        let far = || field.cluster().status(leader).is_ok_and(|status| status.applied >= goal);
        until("the others are far ahead", AWAY, || far().then_some(()))?;
        field.start(node)?;
        field.wait_ready(node)?;
        let log = std::fs::read_to_string(&field.cluster().zones()[node].log)?;
        ensure!(log.contains(INSTALLED), "the fault did nothing: node {node} got no snapshot");
        field.observe(format!("node {node} was away and got a snapshot"));
        field.progress(300)
    }
}

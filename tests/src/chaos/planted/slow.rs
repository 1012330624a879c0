//! Nodes that linger: what is old for a moment is old for long enough to be read.

use crate::NodeOptions;
use crate::chaos::{Field, Scenario, Setup, faulty};
use anyhow::{Context as _, Result};

/// How many calls are answered meanwhile.
const CALLS: usize = 1_000;
/// How often the lead goes to another node.
const TRANSFERS: usize = 8;

/// Nodes apply late, and their rounds of asking the leader take long, though not as long as that.
pub(super) struct SlowFollower;

/// Where one lingers: every batch, and every answer to a round. A node that lingers for longer serves nobody.
const SLOW: &str = "raft.apply.begun=60,raft.read.asked=20";
/// Every batch.
const SLOW_APPLY: &str = "raft.apply.begun=250";

impl Scenario for SlowFollower {
    fn name(&self) -> &'static str {
        "slow follower"
    }

    fn what(&self) -> &'static str {
        "a follower applies late and asks slowly"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        linger(setup, 2..3, SLOW);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        if field.cluster().wait_leader()? == 2 {
            field.cluster().operator(2, &["transfer", "--to", "1"])?;
        }
        field.progress(CALLS)?;
        // It is behind whenever somebody looks: that is the fault.
        let behind = (0..20).filter(|_| is_behind(field).unwrap_or(false)).count();
        anyhow::ensure!(behind > 0, "the fault did nothing: the follower is never behind");
        field.observe(format!("the follower was behind in {behind} looks of 20"));
        heal(field, 2..3)
    }
}

fn is_behind(field: &Field) -> Result<bool> {
    Ok(field.cluster().status(2)?.applied < field.cluster().status(0)?.applied)
}

/// All nodes apply late, and the lead moves.
pub(super) struct SlowLeaders;

impl Scenario for SlowLeaders {
    fn name(&self) -> &'static str {
        "slow leaders"
    }

    fn what(&self) -> &'static str {
        "all nodes apply late while the lead moves"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        linger(setup, 0..3, SLOW_APPLY);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        let mut moved = 0;
        for _ in 0..TRANSFERS {
            field.progress(40)?;
            let leader = field.cluster().wait_leader()?;
            let next = (leader + 1) % 3;
            // A node that is far behind may refuse; the next one will not.
            if field.cluster().operator(leader, &["transfer", "--to", &(next + 1).to_string()]).is_ok() {
                moved += 1;
            }
        }
        (moved > 0).then_some(()).context("the fault did nothing: the lead never moved")?;
        field.observe(format!("the lead moved {moved} times"));
        heal(field, 0..3)
    }
}

fn linger(setup: &mut Setup, nodes: std::ops::Range<usize>, points: &str) {
    setup.options.each.resize_with(setup.options.nodes, NodeOptions::default);
    for node in nodes {
        setup.options.each[node].environment.push((faulty::SLOW_VARIABLE.to_owned(), points.to_owned()));
    }
}

/// Starts nodes anew that do not linger: what must hold is checked on them.
fn heal(field: &mut Field, nodes: std::ops::Range<usize>) -> Result<()> {
    for node in nodes {
        field.kill(node)?;
        field.cluster_mut().environment(node).retain(|(name, _)| name != faulty::SLOW_VARIABLE);
        field.start(node)?;
        field.wait_ready(node)?;
    }
    Ok(())
}

//! F22: the cluster grows from three nodes to five and shrinks again, and its leader is replaced, all under load.

use crate::chaos::{Field, Scenario, Setup};
use anyhow::{Context as _, Result, ensure};

/// Calls between one change and the next.
const BETWEEN: usize = 60;
/// Nodes at the beginning, and more that join.
const NODES: usize = 3;
const SPARES: usize = 2;

/// F22.
pub struct Members;

impl Scenario for Members {
    fn name(&self) -> &'static str {
        "F22"
    }

    fn what(&self) -> &'static str {
        "three nodes become five and three again, and the leader is replaced"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        (setup.options.nodes, setup.options.spares) = (NODES, SPARES);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 3) {
            let empty = (0..NODES + SPARES).filter(|number| !field.running().contains(number)).collect::<Vec<_>>();
            for number in empty {
                grow(field, number)?;
            }
            survive_two(field)?;
            let leader = field.cluster().wait_leader()?;
            let other = field.follower()?;
            for number in [leader, other] {
                shrink(field, number)?;
            }
            replace_leader(field, other)?;
        }
        Ok(())
    }
}

fn grow(field: &mut Field, number: usize) -> Result<()> {
    let through = field.cluster().wait_leader()?;
    field.start(number)?;
    field.cluster().join(number, through)?;
    field.wait_ready(number)?;
    let voters = field.running().len();
    field.cluster().wait_voters(voters)?;
    field.observe(format!("node {number} joined: {voters} vote"));
    field.progress(BETWEEN)
}

/// Five nodes go on without two of them.
fn survive_two(field: &mut Field) -> Result<()> {
    let leader = field.cluster().wait_leader()?;
    let other = field.follower()?;
    for number in [leader, other] {
        field.kill(number)?;
    }
    field.wait_leader_other_than(leader)?;
    field.progress(BETWEEN)?;
    field.observe(format!("{leader} and {other} of five were away"));
    for number in [leader, other] {
        field.start(number)?;
        field.wait_ready(number)?;
    }
    Ok(())
}

fn shrink(field: &mut Field, number: usize) -> Result<()> {
    let id = field.cluster().status(number)?.id;
    let through = *field.running().iter().find(|other| **other != number).context("others run")?;
    field.cluster().operator(through, &["remove", &id.to_string()])?;
    field.retire(number)?;
    let voters = field.running().len();
    field.cluster().wait_voters(voters)?;
    ensure!(field.cluster().wait_leader()? != number, "a node that is no member leads");
    field.observe(format!("node {number} removed: {voters} vote"));
    field.progress(BETWEEN)
}

/// An empty node takes the leader's vote and place.
fn replace_leader(field: &mut Field, empty: usize) -> Result<()> {
    let leader = field.cluster().wait_leader()?;
    let id = field.cluster().status(leader)?.id;
    let through = field.follower()?;
    let voters = field.running().len();
    field.start(empty)?;
    field.cluster().replace(empty, through, id)?;
    field.wait_ready(empty)?;
    field.wait_leader_other_than(leader)?;
    field.retire(leader)?;
    field.cluster().wait_voters(voters)?;
    field.observe(format!("node {empty} replaced {leader}, which led"));
    field.progress(BETWEEN)
}

//! F1 to F3, and kills again and again: processes are ended by kill -9.

use crate::chaos::{Field, Scenario};
use anyhow::{Result, ensure};
use std::time::Duration;

/// Calls between one fault and the next.
const BETWEEN: usize = 100;

/// F1.
pub struct KillLeader;

impl Scenario for KillLeader {
    fn name(&self) -> &'static str {
        "F1"
    }

    fn what(&self) -> &'static str {
        "kill -9 of the leader"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 10) {
            field.progress(BETWEEN)?;
            let leader = field.cluster().wait_leader()?;
            field.kill(leader)?;
            let successor = field.wait_leader_other_than(leader)?;
            field.observe(format!("leader {leader} killed, {successor} leads"));
            field.progress(BETWEEN)?;
            field.start(leader)?;
            field.wait_ready(leader)?;
        }
        Ok(())
    }
}

/// F2.
pub struct KillFollower;

impl Scenario for KillFollower {
    fn name(&self) -> &'static str {
        "F2"
    }

    fn what(&self) -> &'static str {
        "kill -9 of a follower"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 10) {
            field.progress(BETWEEN)?;
            let leader = field.cluster().wait_leader()?;
            let follower = field.follower()?;
            field.kill(follower)?;
            ensure!(field.cluster().status(follower).is_err(), "the fault did nothing: {follower} answers");
            field.observe(format!("follower {follower} killed"));
            field.progress(BETWEEN)?;
            ensure!(field.cluster().leader() == Some(leader), "the loss of a follower moved the leadership");
            field.start(follower)?;
            field.wait_ready(follower)?;
        }
        Ok(())
    }
}

/// F3.
pub struct KillAll;

impl Scenario for KillAll {
    fn name(&self) -> &'static str {
        "F3"
    }

    fn what(&self) -> &'static str {
        "kill -9 of all nodes at once, and their restart"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 8) {
            field.progress(BETWEEN)?;
            let nodes = field.running();
            for number in &nodes {
                field.kill(*number)?;
            }
            let answers = nodes.iter().any(|number| field.cluster().status(*number).is_ok());
            ensure!(!answers, "the fault did nothing: somebody answers");
            field.observe("all nodes killed");
            for number in &nodes {
                field.start(*number)?;
            }
            for number in &nodes {
                field.wait_ready(*number)?;
            }
            field.progress(BETWEEN)?;
        }
        Ok(())
    }
}

/// Kills under load, as fast as nodes come back: mostly the leader, at times two nodes or all.
pub struct Kills;

/// Kills of a full run; a run ends with all the checks.
const CYCLES: usize = 30;
/// The least and the most time that the load has between a restart and the next kill.
const PAUSE: (Duration, Duration) = (Duration::from_millis(0), Duration::from_millis(700));

impl Scenario for Kills {
    fn name(&self) -> &'static str {
        super::KILLS
    }

    fn what(&self) -> &'static str {
        "kill -9 of nodes again and again, the leader more often than others"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(3, CYCLES) {
            let leader = field.cluster().wait_leader()?;
            let nodes = field.running().len();
            let victims: Vec<usize> = match field.pick(20) {
                0 => (0..nodes).collect(),
                1..=3 => vec![leader, (leader + 1 + field.pick(nodes - 1)) % nodes],
                4..=13 => vec![leader],
                _ => vec![(leader + 1 + field.pick(nodes - 1)) % nodes],
            };
            for number in &victims {
                field.kill(*number)?;
            }
            field.observe(format!("killed {victims:?}, {leader} led"));
            // At times the next one is only started when the others have gone on without it.
            let away = field.time_between(PAUSE.0, PAUSE.1);
            field.last(away);
            for number in &victims {
                field.start(*number)?;
            }
            for number in &victims {
                field.wait_ready(*number)?;
            }
            field.progress(BETWEEN / 4)?;
        }
        Ok(())
    }
}

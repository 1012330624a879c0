//! Little happens: what is wrong shows under any load, or after any restart.

use crate::chaos::{Field, Scenario};
use anyhow::Result;

/// How many calls are answered before and after.
const CALLS: usize = 400;
/// How many leaders die.
const LEADERS: usize = 5;

/// Each node is killed and comes back.
pub(super) struct Restarts;

impl Scenario for Restarts {
    fn name(&self) -> &'static str {
        "restarts"
    }

    fn what(&self) -> &'static str {
        "each node is killed and started again"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(CALLS)?;
        for node in 0..3 {
            field.kill(node)?;
            field.start(node)?;
            field.wait_ready(node)?;
            field.observe(format!("node {node} was killed and came back"));
        }
        field.progress(CALLS)
    }
}

/// Leaders die with calls under way, which are sent again.
pub(super) struct LostAnswers;

impl Scenario for LostAnswers {
    fn name(&self) -> &'static str {
        "lost answers"
    }

    fn what(&self) -> &'static str {
        "leaders are killed with calls under way"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..LEADERS {
            field.progress(CALLS / 2)?;
            let leader = field.cluster().wait_leader()?;
            field.kill(leader)?;
            let successor = field.wait_leader_other_than(leader)?;
            field.observe(format!("leader {leader} killed, {successor} leads"));
            field.start(leader)?;
            field.wait_ready(leader)?;
        }
        field.progress(CALLS)
    }
}

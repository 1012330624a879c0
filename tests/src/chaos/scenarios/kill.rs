//! F1 to F3: processes are killed.

use crate::chaos::{Field, Scenario};
use anyhow::Result;

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
        for _ in 0..field.length().choose(1, 8) {
            let leader = field.cluster().wait_leader()?;
            field.progress(100)?;
            field.kill(leader)?;
            let successor = field.wait_leader_other_than(leader)?;
            field.observe(format!("leader {leader} killed, {successor} leads"));
            field.progress(100)?;
            field.start(leader)?;
            field.wait_ready(leader)?;
        }
        Ok(())
    }
}

//! F23: every node is restarted in turn, as an upgrade does. There is one version of the binary so far: what a mixed
//! cluster does is not shown, that a rolling restart costs no caller anything is.

use crate::chaos::{Field, Outcome, Record, Scenario};
use anyhow::{Result, ensure};

/// Calls between one restart and the next.
const BETWEEN: usize = 100;

/// F23.
pub struct Rolling;

impl Scenario for Rolling {
    fn name(&self) -> &'static str {
        "F23"
    }

    fn what(&self) -> &'static str {
        "rolling restart, each node ended as an operator does, the same binary before and after"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 5) {
            field.progress(BETWEEN)?;
            let since = field.history().now();
            for number in field.running() {
                let led = field.cluster().wait_leader()? == number;
                ensure!(field.terminate(number)?, "node {number} did not end well");
                field.observe(format!("node {number} ended{}", if led { ", which led" } else { "" }));
                field.progress(BETWEEN)?;
                field.start(number)?;
                field.wait_ready(number)?;
            }
            field.progress(BETWEEN)?;
            let failed: Vec<Record> = field
                .history()
                .records()
                .into_iter()
                .filter(|record| record.invoked > since && has_failed(record))
                .collect();
            if let Some(first) = failed.first() {
                field.violation(format!("{} calls failed in a rolling restart, the first: {first:?}", failed.len()));
            }
        }
        Ok(())
    }
}

/// Of a client that knows all nodes. One that knows a single node has to see that node go.
fn has_failed(record: &Record) -> bool {
    record.node.is_none() && matches!(record.outcome, Some(Outcome::Unknown(_)))
}

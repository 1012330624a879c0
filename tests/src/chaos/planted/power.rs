//! The power fails everywhere at once: what was acknowledged was synced on a majority.

use crate::NodeOptions;
use crate::chaos::shim::Faults;
use crate::chaos::{Field, Scenario, Setup};
use crate::scratch;
use anyhow::{Result, ensure};

/// Faults of each node's disk, and where its data is.
#[derive(Default)]
pub(super) struct Disks {
    pub(super) faults: Vec<Faults>,
    folder: Option<tempfile::TempDir>,
}

impl Disks {
    /// Gives every node a disk that forgets what was not synced when its power is cut.
    pub(super) fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        let folder = scratch();
        setup.options.each.resize_with(setup.options.nodes, NodeOptions::default);
        for (number, node) in setup.options.each.iter_mut().enumerate() {
            let data = folder.path().join(format!("data-{number}"));
            let faults = Faults::new(&folder.path().join(format!("control-{number}")), &data)?;
            faults.track_writes();
            node.environment.extend(faults.environment());
            node.data = Some(data);
            self.faults.push(faults);
        }
        self.folder = Some(folder);
        Ok(())
    }
}

/// An outage of all nodes.
#[derive(Default)]
pub(super) struct Outage {
    disks: Disks,
}

impl Scenario for Outage {
    fn name(&self) -> &'static str {
        "outage"
    }

    fn what(&self) -> &'static str {
        "the power of all nodes fails at once"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.disks.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(500)?;
        for node in 0..3 {
            field.kill(node)?;
        }
        let mut writes = 0;
        for disk in &self.disks.faults {
            writes += disk.cut_power()?.writes;
        }
        ensure!(writes > 0, "the fault did nothing: every write was synced");
        field.observe(format!("the outage took {writes} writes that were not synced"));
        for node in 0..3 {
            field.start(node)?;
        }
        for node in 0..3 {
            field.wait_ready(node)?;
        }
        field.progress(300)
    }
}

//! Disks that can be made slow, failing or forgetful: the library of faults before every node's libc.

use crate::chaos::Setup;
use crate::chaos::shim::Faults;
use crate::scratch;
use anyhow::{Context, Result};

/// The faults of each node, in the order of the nodes.
#[derive(Default)]
pub(super) struct Disks {
    each: Vec<Faults>,
    /// Control files and data.
    folder: Option<tempfile::TempDir>,
}

impl Disks {
    pub(super) fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        let folder = scratch();
        let nodes = setup.options.nodes;
        setup.options.each.resize_with(nodes.max(setup.options.each.len()), Default::default);
        for (number, options) in setup.options.each.iter_mut().enumerate().take(nodes) {
            let data = options.data.get_or_insert_with(|| folder.path().join(format!("data-{number}")));
            let faults = Faults::new(&folder.path().join(format!("control-{number}")), data)?;
            options.environment.extend(faults.environment());
            self.each.push(faults);
        }
        self.folder = Some(folder);
        Ok(())
    }

    /// The faults of a node.
    pub(super) fn of(&self, node: usize) -> Result<&Faults> {
        self.each.get(node).context("the faults are made before the run")
    }

    pub(super) fn each(&self) -> &[Faults] {
        &self.each
    }
}

//! F24: the cluster is saved to a file under load and restored elsewhere. What the restored one holds has to fit what
//! was acknowledged before the save began; what came after its end must not be there.

use crate::chaos::{Field, Scenario, Setup};
use crate::{Cluster, Options};
use anyhow::{Context as _, Result, ensure};

/// The key of every seal: a file is restored where the same key is.
const SEAL: [u8; 32] = [7; 32];
/// Calls before and after the save.
const BETWEEN: usize = 200;

/// F24.
pub struct Backup;

impl Scenario for Backup {
    fn name(&self) -> &'static str {
        "F24"
    }

    fn what(&self) -> &'static str {
        "a snapshot is saved under load, refused over the living, and restored into a new cluster"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.options.seal = Some(SEAL);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 3) {
            field.progress(BETWEEN)?;
            let file = field.cluster().folder().join("saved.snapshot");
            let path = file.to_str().context("a path in UTF-8")?;
            let at = field.pick(3);
            let begun = field.history().now();
            field.cluster().operator(at, &["snapshot", "save", path])?;
            let ended = field.history().now();
            field.progress(BETWEEN)?;

            let mut new = Cluster::prepare(&Options { seal: Some(SEAL), nodes: 1, ..Options::default() })?;
            new.take_credentials(field.cluster());
            new.run(0)?;
            let refused = new.operator(0, &["snapshot", "restore", path]).expect_err("the old cluster lives");
            ensure!(format!("{refused:#}").contains("voters"), "{refused:#}");
            let all = field.running();
            all.iter().try_for_each(|number| field.kill(*number))?;
            new.operator(0, &["snapshot", "restore", path])?;
            new.wait_ready(0)?;
            let wrong = field.judge_restored(&new, begun, ended);
            wrong.into_iter().for_each(|what| field.violation(what));
            field.observe(format!("restored what node {at} saved while {} calls went on", BETWEEN));
            drop(new);
            all.iter().try_for_each(|number| field.start(*number))?;
            all.iter().try_for_each(|number| field.wait_ready(*number))?;
            std::fs::remove_file(&file)?;
        }
        field.progress(BETWEEN)
    }
}

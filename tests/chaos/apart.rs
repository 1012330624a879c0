//! A run in namespaces of its own: this program again, for one run, whose report it leaves in a file.

use anyhow::{Context as _, Result, ensure};
use std::process::Command;
use tests::chaos::scenarios::Make;
use tests::chaos::{Length, Report, RunOptions};
use tests::scratch;

/// Runs a scenario once, apart.
pub(crate) fn run(make: Make, options: &RunOptions) -> Result<Report> {
    let folder = scratch();
    let record = folder.path().join("report");
    let mut again = Command::new(std::env::current_exe()?);
    again.args(["--inside", "--scenario", make().name(), "--seed", &options.seed.to_string()]);
    again.arg("--record").arg(&record);
    if options.length == Length::Short {
        again.arg("--short");
    }
    if let Some(program) = &options.program {
        again.arg("--program").arg(program);
    }
    for (node, name, value) in &options.environment {
        let node = node.map(|node| format!("{node}:")).unwrap_or_default();
        again.arg("--env").arg(format!("{node}{name}={value}"));
    }
    let status = again.status().context("this program cannot be started again")?;
    ensure!(status.success(), "the run in namespaces of its own ended with {status}");
    let line = std::fs::read_to_string(&record).context("the run left no report")?;
    Ok(serde_json::from_str(&line)?)
}

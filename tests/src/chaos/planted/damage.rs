//! A node's log is damaged in its middle while everything is down, and the node comes back with one that knows less.

use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::{Context as _, Result, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::Duration;

/// How long two nodes may take to elect a leader, if they may.
const ELECTION: Duration = Duration::from_secs(15);

/// Damage in the middle of what was synced.
pub(super) struct DamagedLog;

impl Scenario for DamagedLog {
    fn name(&self) -> &'static str {
        "damaged log"
    }

    fn what(&self) -> &'static str {
        "a log is damaged in its middle, and the others know less or are away"
    }

    fn prepare(&mut self, _: &mut Setup) -> Result<()> {
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(300)?;
        let leader = field.cluster().wait_leader()?;
        let (damaged, behind) = ((leader + 1) % 3, (leader + 2) % 3);
        field.kill(behind)?;
        let from = log_bytes(field, damaged)?;
        field.progress(500)?;
        field.kill(damaged)?;
        field.kill(leader)?;
        let at = flip(field, damaged, from)?;
        field.observe(format!("byte {at} of the log of node {damaged} was flipped"));

        field.start(damaged)?;
        // It may refuse to run, and should not serve.
        field.expect_end(damaged);
        field.start(behind)?;
        let both = [damaged, behind];
        let leads = |field: &Field| {
            both.iter().any(|node| field.cluster().status(*node).is_ok_and(|status| status.role == "leader"))
        };
        if until("a leader without the rest of the log", ELECTION, || leads(field).then_some(())).is_ok() {
            field.start(leader)?;
            return field.progress(300);
        }
        // As it should be: the damaged node counts for nothing, and the one that knows everything is needed.
        field.start(leader)?;
        field.wait_ready(leader)?;
        field.cluster_mut().retire(damaged);
        field.progress(300)
    }
}

/// The write-ahead log that a node writes now, and how long it is.
fn log_bytes(field: &Field, node: usize) -> Result<(PathBuf, u64)> {
    let folder = field.cluster().zones()[node].data.join("db");
    let mut logs = Vec::new();
    for entry in walk(&folder)? {
        if entry.extension().is_some_and(|extension| extension == "log") {
            logs.push((entry.clone(), std::fs::metadata(&entry)?.len()));
        }
    }
    logs.sort();
    logs.pop().context("a node has a write-ahead log")
}

fn walk(folder: &PathBuf) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(walk(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// Flips a byte between what the log held before and its end.
fn flip(field: &Field, node: usize, (path, from): (PathBuf, u64)) -> Result<u64> {
    let (now, length) = log_bytes(field, node)?;
    let from = if now == path { from } else { 0 };
    ensure!(length > from + 1_000, "the log has hardly grown");
    let at = from + (length - from) / 3;
    let file = File::options().read(true).write(true).open(&now)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ 0xff], at)?;
    Ok(at)
}

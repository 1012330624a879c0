//! A node is started with a point to crash at, crashes, and is started without.

use super::Way;
use crate::chaos::{Field, faulty};
use crate::until;
use anyhow::{Context as _, Result, ensure};
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

/// How long a node may take to come to its point, on a busy machine.
pub(super) const COMES: Duration = Duration::from_secs(40);
/// SIGABRT: how a process ends at a crash point.
pub(super) const ABORTED: i32 = 6;

/// A point, and the way to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crash {
    pub(super) point: &'static str,
    pub(super) way: Way,
}

/// Has a node end at a point the next time it is started; it passes the point so often before.
pub(super) fn arm(field: &mut Field, node: usize, point: &str, before: u64) {
    disarm(field, node);
    let variable = (faulty::CRASH_VARIABLE.to_owned(), format!("{point}:{before}"));
    field.cluster_mut().environment(node).push(variable);
}

/// The next start is one without a point.
pub(super) fn disarm(field: &mut Field, node: usize) {
    field.cluster_mut().environment(node).retain(|(name, _)| name != faulty::CRASH_VARIABLE);
}

/// Starts a node anew with a point to crash at.
pub(super) fn restart_armed(field: &mut Field, node: usize, point: &str, before: u64) -> Result<()> {
    field.kill(node)?;
    start_armed(field, node, point, before)
}

/// Starts a node that does not run with a point to crash at.
pub(super) fn start_armed(field: &mut Field, node: usize, point: &str, before: u64) -> Result<()> {
    arm(field, node, point, before);
    field.start(node)?;
    // From here on it may end at any time, and is meant to.
    field.expect_end(node);
    Ok(())
}

/// Whether the node has crashed. Any other end is an error.
pub(super) fn has_crashed(field: &mut Field, node: usize, point: &str) -> Result<bool> {
    let Some(status) = field.cluster_mut().exit(node) else { return Ok(false) };
    let said = faulty::has_crashed_at(&field.cluster().zones()[node].log, point);
    ensure!(said && status.signal() == Some(ABORTED), "node {node} ended otherwise than at {point}: {status}");
    Ok(true)
}

/// Waits until the node has crashed at the point.
pub(super) fn wait_crash(field: &mut Field, node: usize, point: &str) -> Result<()> {
    let mut otherwise = Ok(());
    until("the crash", COMES, || match has_crashed(field, node, point) {
        Ok(crashed) => crashed.then_some(()),
        Err(cause) => {
            otherwise = Err(cause);
            Some(())
        }
    })?;
    otherwise
}

/// Starts a node that has crashed without a point, and waits until it serves and the load goes on.
pub(super) fn recover(field: &mut Field, node: usize) -> Result<()> {
    disarm(field, node);
    field.start(node)?;
    field.wait_ready(node).with_context(|| format!("node {node} does not come back"))?;
    field.progress(30)
}

/// The number of a node in the cluster: they joined in the order of their names.
pub(super) fn id(node: usize) -> String {
    (node + 1).to_string()
}

//! Crashes of a node that is rebuilt from its peers, because its database is lost.

use super::arm::{COMES, Crash, disarm, start_armed};
use super::leading::until_crashed;
use crate::chaos::Field;
use crate::{NodeStatus, until};
use anyhow::{Context as _, Result};

/// Where a node writes down its peers' addresses.
const CONTACTS: &str = "peers.json";

/// The node crashes over it, and is asked again until it serves.
pub(super) fn crash(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    // Without its database, a node asks whom it wrote down; one that has just joined has not done so yet.
    let contacts = field.cluster().zones()[node].data.join(CONTACTS);
    until("the addresses of its peers", COMES, || contacts.exists().then_some(()))?;
    let voters = field.cluster().status(node)?.voters;
    field.kill(node)?;
    std::fs::remove_dir_all(field.cluster().zones()[node].data.join("db"))?;
    start_armed(field, node, crash.point, 0)?;
    until_crashed(field, node, crash, |field| rebuild(field, node))?;
    disarm(field, node);
    field.start(node)?;
    until("the rebuilt node", COMES, || {
        let ready = field.cluster().status(node).is_ok_and(|status| status.ready);
        if !ready {
            rebuild(field, node);
        }
        ready.then_some(())
    })
    .with_context(|| format!("node {node} does not come back"))?;
    // It answers before it votes under its new number: until then the next node that is damaged would be one too many.
    let votes = |status: NodeStatus| status.role != "learner" && status.voters == voters;
    until("its vote", COMES, || field.cluster().status(node).is_ok_and(votes).then_some(()))?;
    field.progress(30)?;
    Ok(node)
}

/// Fails when the node crashes over it, is not there yet, or has nothing to rebuild any more.
fn rebuild(field: &Field, node: usize) {
    let _ = field.cluster().operator(node, &["rebuild"]);
}

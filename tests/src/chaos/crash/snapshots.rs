//! Crashes over snapshots that are built or installed, and over a log that is cut.

use super::arm::{Crash, has_crashed, recover, restart_armed, start_armed, wait_crash};
use crate::chaos::Field;
use crate::until;
use anyhow::{Result, bail};
use std::time::Duration;

/// How far the others go while a node is away: further than two snapshots, so that the log does not reach back.
const AWAY_ENTRIES: u64 = 700;
/// How long that may take.
const AWAY: Duration = Duration::from_secs(120);
/// How long a leader without followers writes what nobody else gets.
const ALONE: Duration = Duration::from_millis(700);
/// How often a leader is made to write for nobody.
const CUTS_MAX: usize = 4;

/// The armed node writes until a snapshot is due.
pub(super) fn build(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    wait_crash(field, node, crash.point)?;
    Ok(node)
}

/// The node is away for so long that it gets a snapshot.
pub(super) fn install(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    field.kill(node)?;
    let leader = field.cluster().wait_leader()?;
    let goal = field.cluster().status(leader)?.applied + AWAY_ENTRIES;
    let far = |field: &Field| field.cluster().status(leader).is_ok_and(|status| status.applied >= goal);
    until("the others are far ahead", AWAY, || far(field).then_some(()))?;
    start_armed(field, node, crash.point, 0)?;
    wait_crash(field, node, crash.point)?;
    Ok(node)
}

/// The leader writes what nobody else gets and dies; the others go on without it, and it comes back.
pub(super) fn truncate(field: &mut Field, crash: Crash) -> Result<usize> {
    for _ in 0..CUTS_MAX {
        let node = field.cluster().wait_leader()?;
        let others = [(node + 1) % 3, (node + 2) % 3];
        for other in others {
            field.kill(other)?;
        }
        field.last(ALONE);
        field.kill(node)?;
        for other in others {
            field.start(other)?;
        }
        field.wait_leader_other_than(node)?;
        field.progress(10)?;
        let successor = field.cluster().wait_leader()?;
        let goal = field.cluster().status(successor)?.applied;
        start_armed(field, node, crash.point, 0)?;
        // Whoever has applied what the others agreed on has cut what they did not.
        let cut = |field: &Field| field.cluster().status(node).is_ok_and(|status| status.applied >= goal);
        while !has_crashed(field, node, crash.point)? && !cut(field) {
            field.last(Duration::from_millis(20));
        }
        if has_crashed(field, node, crash.point)? {
            recover(field, node)?;
            return Ok(node);
        }
        // Nothing had to be cut: nobody wrote in that moment.
        restart_plain(field, node)?;
    }
    bail!("{CUTS_MAX} leaders came back, and none had to cut its log")
}

fn restart_plain(field: &mut Field, node: usize) -> Result<()> {
    field.kill(node)?;
    recover(field, node)
}

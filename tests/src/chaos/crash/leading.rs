//! Crashes of a node that runs: it follows, leads, votes, hands over, takes over, changes the keyring.

use super::arm::{COMES, Crash, has_crashed, id, recover, restart_armed, wait_crash};
use crate::chaos::Field;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// How often a busy point is passed before, at the most.
const BEFORE_MAX: usize = 40;
/// How often leaders are killed until the armed node votes.
const ELECTIONS_MAX: usize = 8;
/// Within this time after a leader's death everybody has voted.
const ELECTION: Duration = Duration::from_secs(3);

/// A follower crashes while it serves.
pub(super) fn follow(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    let before = field.pick(BEFORE_MAX) as u64;
    restart_armed(field, node, crash.point, before)?;
    wait_crash(field, node, crash.point)?;
    Ok(node)
}

/// A follower is armed, becomes the leader and crashes. It may crash before: the point is passed by followers too then.
pub(super) fn lead(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    let before = field.pick(BEFORE_MAX) as u64;
    restart_armed(field, node, crash.point, before)?;
    until_crashed(field, node, crash, |field| {
        if field.cluster().leader() != Some(node) {
            make_leader(field, node);
        }
    })?;
    Ok(node)
}

/// The leader is killed, and who votes then crashes.
pub(super) fn vote(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    // It may have voted already, when the start of it took long.
    for _ in 0..ELECTIONS_MAX {
        if has_crashed(field, node, crash.point)? {
            recover(field, node)?;
            return Ok(node);
        }
        let leader = field.cluster().wait_leader()?;
        if leader == node {
            // A candidate asks others, and answers nobody.
            let other = (node + 1) % 3;
            make_leader(field, other);
            continue;
        }
        field.kill(leader)?;
        let until = Instant::now() + ELECTION;
        while Instant::now() < until && !has_crashed(field, node, crash.point)? {
            field.last(Duration::from_millis(20));
        }
        field.start(leader)?;
    }
    bail!("{ELECTIONS_MAX} elections passed")
}

/// The armed node leads, and is asked to hand over.
pub(super) fn hand_over(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    let other = (node + 1) % 3;
    until_crashed(field, node, crash, |field| {
        let next = if field.cluster().leader() == Some(node) { other } else { node };
        make_leader(field, next);
    })?;
    Ok(node)
}

/// The lead is handed to the armed node.
pub(super) fn take_over(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    until_crashed(field, node, crash, |field| make_leader(field, node))?;
    Ok(node)
}

/// The armed node is asked for a new version of the keyring; when it is back, it makes one.
pub(super) fn rotate(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    until_crashed(field, node, crash, |field| rotate_at(field, node))?;
    recover(field, node)?;
    field.cluster().operator(node, &["rotate-keyring"])?;
    field.progress(30)?;
    Ok(node)
}

/// Another node is asked, and the armed one takes the new version.
pub(super) fn take_keyring(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    let other = (node + 1) % 3;
    until_crashed(field, node, crash, |field| rotate_at(field, other))?;
    Ok(node)
}

/// The armed node is asked for a new certificate; when it is back, it gets one.
pub(super) fn renew(field: &mut Field, crash: Crash) -> Result<usize> {
    let node = field.follower()?;
    restart_armed(field, node, crash.point, 0)?;
    until_crashed(field, node, crash, |field| drop(field.cluster().operator(node, &["renew-certificate"])))?;
    Ok(node)
}

/// Does something again and again until the node has crashed.
pub(super) fn until_crashed(
    field: &mut Field,
    node: usize,
    crash: Crash,
    mut step: impl FnMut(&mut Field),
) -> Result<()> {
    let begun = Instant::now();
    while !has_crashed(field, node, crash.point)? {
        if begun.elapsed() > COMES {
            bail!("waited {COMES:?} in vain: the crash of node {node}");
        }
        step(field);
        field.last(Duration::from_millis(50));
    }
    Ok(())
}

/// Fails when the node is not there yet or crashes over it, which the caller sees for itself.
pub(super) fn make_leader(field: &Field, node: usize) {
    let asked = field.cluster().leader().unwrap_or(node);
    let _ = field.cluster().operator(asked, &["transfer", "--to", &id(node)]);
}

fn rotate_at(field: &Field, node: usize) {
    let _ = field.cluster().operator(node, &["rotate-keyring"]);
}

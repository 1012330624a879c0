//! Crashes over changes of the membership: of the node that joins, and of the one that admits or removes it.

use super::arm::{COMES, Crash, recover, restart_armed, start_armed, wait_crash};
use super::leading::{make_leader, until_crashed};
use crate::chaos::Field;
use crate::until;
use anyhow::{Context as _, Result};

/// The node whose door the token names first.
const DOOR: usize = 0;

/// The joining node crashes, and is the same node when it asks again.
pub(super) fn join(field: &mut Field, crash: Crash, before: u64, spare: usize) -> Result<usize> {
    let voters = field.cluster().status(DOOR)?.voters;
    start_armed(field, spare, crash.point, before)?;
    let token = token(field)?;
    // It fails: whom it asks ends over it.
    let _ = ask_to_join(field, spare, &token);
    wait_crash(field, spare, crash.point)?;
    super::arm::disarm(field, spare);
    field.start(spare)?;
    finish(field, spare, &token, voters + 1)?;
    Ok(spare)
}

/// The node that leads and admits another one crashes, and the other one is a member in the end.
pub(super) fn admit(field: &mut Field, crash: Crash, spare: usize) -> Result<usize> {
    let voters = field.cluster().status(DOOR)?.voters;
    let token = token(field)?;
    restart_armed(field, DOOR, crash.point, 0)?;
    lead(field)?;
    field.start(spare)?;
    // Whether it ends well depends on where the other one crashes.
    let _ = ask_to_join(field, spare, &token);
    wait_crash(field, DOOR, crash.point)?;
    recover(field, DOOR)?;
    finish(field, spare, &token, voters + 1)?;
    Ok(DOOR)
}

/// The node that leads while another one takes the place of a third crashes; in the end the third is out.
pub(super) fn replace(field: &mut Field, crash: Crash, spare: usize) -> Result<usize> {
    // Whom it replaces is a node of this scenario's own.
    let voters = field.cluster().status(DOOR)?.voters;
    field.start(spare)?;
    let token = token(field)?;
    let joined = ask_to_join(field, spare, &token)?;
    let old = joined["node_id"].as_u64().context("a joined node has a number")?.to_string();
    finish(field, spare, &token, voters + 1)?;

    restart_armed(field, DOOR, crash.point, 0)?;
    lead(field)?;
    let token = field.cluster().operator(DOOR, &["replace", "--id", &old])?;
    let token = token["token"].as_str().context("replace gives a token")?.to_owned();
    let other = field.cluster().zones().len() - 1;
    field.start(other)?;
    let _ = ask_to_join(field, other, &token);
    wait_crash(field, DOOR, crash.point)?;
    recover(field, DOOR)?;
    finish(field, other, &token, voters + 1)?;
    field.kill(spare)?;
    field.cluster_mut().retire(spare);
    Ok(DOOR)
}

/// The node that was asked to remove another one crashes, and the other one is gone in the end.
pub(super) fn remove(field: &mut Field, crash: Crash, spare: usize) -> Result<usize> {
    let voters = field.cluster().status(DOOR)?.voters;
    field.start(spare)?;
    let token = token(field)?;
    let joined = ask_to_join(field, spare, &token)?;
    let id = joined["node_id"].as_u64().context("a joined node has a number")?.to_string();
    finish(field, spare, &token, voters + 1)?;

    restart_armed(field, DOOR, crash.point, 0)?;
    until_crashed(field, DOOR, crash, |field| drop(field.cluster().operator(DOOR, &["remove", &id])))?;
    recover(field, DOOR)?;
    until("the removal", COMES, || {
        let _ = field.cluster().operator(DOOR, &["remove", &id]);
        field.cluster().status(DOOR).is_ok_and(|status| status.voters == voters).then_some(())
    })?;
    field.kill(spare)?;
    field.cluster_mut().retire(spare);
    Ok(DOOR)
}

fn lead(field: &Field) -> Result<()> {
    until("the lead of the node that admits", COMES, || {
        let leads = field.cluster().leader() == Some(DOOR);
        if !leads {
            make_leader(field, DOOR);
        }
        leads.then_some(())
    })
}

fn token(field: &Field) -> Result<String> {
    let token = field.cluster().operator(DOOR, &["token"])?;
    Ok(token["token"].as_str().context("token gives a token")?.to_owned())
}

fn ask_to_join(field: &Field, spare: usize, token: &str) -> Result<serde_json::Value> {
    field.cluster().operator(spare, &["join", "--token", token])
}

/// Asks with the same token until the node votes. One that is a member already refuses to be asked, which is right.
fn finish(field: &mut Field, spare: usize, token: &str, voters: u64) -> Result<()> {
    until("the node votes", COMES, || {
        let status = field.cluster().status(spare);
        if status.is_err() {
            let _ = ask_to_join(field, spare, token);
        }
        status.is_ok_and(|status| status.ready && status.voters == voters).then_some(())
    })
    .with_context(|| format!("node {spare} does not become a member"))?;
    field.progress(20)
}

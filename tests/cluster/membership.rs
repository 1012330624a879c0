//! The membership changes under load: from three nodes to five and back, and one node in the place of another. Nobody who
//! knows all nodes sees a call fail, and nothing that was acknowledged is lost.

use crate::failover::{all_nodes_hold, without_refusals};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tests::{Cluster, Load, Options, until};

/// Writers under it.
const WRITERS: usize = 6;
/// How long nothing may be acknowledged.
const GAP_MAX: Duration = Duration::from_secs(2);
/// How long a change may take on a busy machine.
const CHANGES: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_become_five_and_three_again() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { spares: 2, ..Options::default() })?;
    let load = Load::start(&cluster, WRITERS);
    load.progress(30).await?;
    let begun = Instant::now();
    for number in [3, 4] {
        cluster.run(number)?;
        cluster.join(number, number - 3)?;
        cluster.wait_voters(number + 1)?;
    }
    until("two failures would be survived", CHANGES, || survives(&cluster, 2))?;
    load.progress(30).await?;

    // The leader goes first: it asks for its own removal.
    for voters in [4, 3] {
        let leader = cluster.wait_leader()?;
        remove(&mut cluster, leader, leader)?;
        cluster.wait_voters(voters)?;
        load.progress(30).await?;
    }
    until("one failure would be survived", CHANGES, || survives(&cluster, 1))?;
    let gap = load.longest_gap(begun);
    eprintln!("three, five, three: no answer for {gap:?} at the most");
    ensure!(gap < GAP_MAX, "no answer for {gap:?}");
    let acknowledged = without_refusals(load).await?;
    all_nodes_hold(&cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_and_a_dead_node_are_replaced() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { spares: 2, ..Options::default() })?;
    let load = Load::start(&cluster, WRITERS);
    load.progress(30).await?;
    let (begun, leader) = (Instant::now(), cluster.wait_leader()?);
    let id = cluster.status(leader)?.id;
    cluster.run(3)?;
    cluster.replace(3, (leader + 1) % 3, id)?;
    until("the replaced node says so", CHANGES, || says_removed(&cluster, leader))?;
    cluster.retire(leader);
    cluster.wait_voters(3)?;
    load.progress(30).await?;

    let followers: Vec<usize> = cluster.members().filter(|number| Some(*number) != cluster.leader()).collect();
    let (dead, other) = (followers[0], followers[1]);
    let id = cluster.status(dead)?.id;
    cluster.kill(dead)?;
    let named = || cluster.status(other).is_ok_and(|status| status.dead == [id] && status.survives == Some(0));
    until("the dead node is named", CHANGES, || named().then_some(()))?;
    let refused = cluster.operator(other, &["remove", &cluster.status(other)?.id.to_string()]);
    ensure!(refused.is_err_and(|error| format!("{error:#}").contains("--force")), "a majority was given up");
    cluster.run(4)?;
    cluster.replace(4, other, id)?;
    cluster.retire(dead);
    cluster.wait_voters(3)?;
    until("one failure would be survived", CHANGES, || survives(&cluster, 1))?;
    let gap = load.longest_gap(begun);
    eprintln!("two nodes replaced: no answer for {gap:?} at the most");
    ensure!(gap < GAP_MAX, "no answer for {gap:?}");
    let acknowledged = without_refusals(load).await?;
    all_nodes_hold(&cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_removed_while_it_was_away_learns_of_it() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let away = (cluster.wait_leader()? + 1) % 3;
    let id = cluster.status(away)?.id;
    cluster.kill(away)?;
    cluster.operator((away + 1) % 3, &["remove", &id.to_string()])?;
    let voters = |number: usize| cluster.status(number).is_ok_and(|status| status.voters == 2);
    until("it is out", CHANGES, || (voters((away + 1) % 3) && voters((away + 2) % 3)).then_some(()))?;
    cluster.run(away)?;
    until("it says so", CHANGES, || says_removed(&cluster, away))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_that_died_holds_up_no_other() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { spares: 2, ..Options::default() })?;
    cluster.run(3)?;
    cluster.join(3, 0)?;
    cluster.kill(3)?;
    cluster.run(4)?;
    cluster.join(4, 0)?;
    let votes = || cluster.status(4).is_ok_and(|status| status.role == "follower");
    until("the living one votes", CHANGES, || votes().then_some(()))
}

/// Removes a node, waits until it says so itself, and ends it.
fn remove(cluster: &mut Cluster, number: usize, through: usize) -> Result<()> {
    let id = cluster.status(number)?.id;
    cluster.operator(through, &["remove", &id.to_string()])?;
    until("the removed node says so", CHANGES, || says_removed(cluster, number))?;
    cluster.retire(number);
    Ok(())
}

fn says_removed(cluster: &Cluster, number: usize) -> Option<()> {
    let status = cluster.status(number).ok()?;
    let says = status.reason.is_some_and(|reason| reason.contains("was removed"));
    (says && !status.ready).then_some(())
}

/// Whether every member says that so many failures would be survived.
fn survives(cluster: &Cluster, failures: u64) -> Option<()> {
    let says = |number| cluster.status(number).is_ok_and(|status| status.survives == Some(failures));
    cluster.members().all(says).then_some(())
}

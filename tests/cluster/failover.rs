//! A node is killed, or paused, under load.

use anyhow::{Result, ensure};
use rustix::process::Signal;
use std::time::Duration;
use tests::{Cluster, Load, Written, until};

/// Writers under each fault.
const WRITERS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_leader_loses_nothing_and_fails_no_call() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, WRITERS);
    load.progress(30).await?;
    let leader = cluster.wait_leader()?;
    cluster.kill(leader)?;
    let successor = cluster.wait_leader()?;
    ensure!(successor != leader, "the fault did nothing: {leader} still leads");
    load.progress(30).await?;
    let acknowledged = without_refusals(load).await?;
    cluster.run(leader)?;
    all_nodes_hold(&cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_a_follower_fails_no_call() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, WRITERS);
    load.progress(30).await?;
    let follower = (cluster.wait_leader()? + 1) % 3;
    cluster.kill(follower)?;
    ensure!(cluster.status(follower).is_err(), "the fault did nothing: {follower} still answers");
    load.progress(30).await?;
    let acknowledged = without_refusals(load).await?;
    cluster.run(follower)?;
    all_nodes_hold(&cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_paused_for_three_seconds_answers_nothing_old() -> Result<()> {
    let cluster = Cluster::start()?;
    let load = Load::start(&cluster, WRITERS);
    load.progress(30).await?;
    let leader = cluster.wait_leader()?;
    cluster.signal(leader, Signal::STOP)?;
    let others = [(leader + 1) % 3, (leader + 2) % 3];
    let successor = until("another leader", Duration::from_secs(10), || {
        others.into_iter().find(|&other| cluster.status(other).is_ok_and(|status| status.role == "leader"))
    })?;
    let changed = changed_while_paused(&cluster, successor).await?;
    tokio::time::sleep(Duration::from_secs(3)).await; // the fault itself: the pause is three seconds long
    cluster.signal(leader, Signal::CONT)?;
    // The first thing that the awakened node says must be the new value.
    changed.verify(&cluster.client_at(leader)).await?;
    let acknowledged = without_refusals(load).await?;
    all_nodes_hold(&cluster, &acknowledged).await
}

/// A parameter that the paused node cannot know.
async fn changed_while_paused(cluster: &Cluster, at: usize) -> Result<Written> {
    let mut request = proto::ssm::v1::PutParameterRequest {
        name: Some("/while/paused".to_owned()),
        value: Some("new".to_owned()),
        ..Default::default()
    };
    request.set_type(proto::ssm::v1::ParameterType::String);
    cluster.client_at(at).ssm().put_parameter(request).await?;
    Ok(Written::Parameter("/while/paused".to_owned(), "new".to_owned()))
}

/// Stops a load of which no call may have failed.
///
/// # Errors
/// When one has.
pub(crate) async fn without_refusals(load: Load) -> Result<Vec<Written>> {
    let (acknowledged, refused) = load.stop().await?;
    ensure!(refused.is_empty(), "{} calls failed, the first: {}", refused.len(), refused[0]);
    Ok(acknowledged)
}

/// Waits until the nodes are level, then reads everything back from each of them.
///
/// # Errors
/// When anything is missing, or the nodes came to different states.
pub(crate) async fn all_nodes_hold(cluster: &Cluster, acknowledged: &[Written]) -> Result<()> {
    ensure!(!acknowledged.is_empty(), "nothing was acknowledged: the test would show nothing");
    let statuses = cluster.wait_level()?;
    ensure!(statuses.iter().all(|status| status.chain == statuses[0].chain), "the nodes differ: {statuses:?}");
    for number in cluster.members() {
        let client = cluster.client_at(number);
        for written in acknowledged {
            written.verify(&client).await?;
        }
    }
    Ok(())
}

//! All nodes end, by kill -9 or in good order, and come back with everything.

use crate::failover::all_nodes_hold;
use anyhow::{Result, ensure};
use tests::{Cluster, Load, Written};

#[tokio::test(flavor = "multi_thread")]
async fn killing_all_nodes_at_once_loses_nothing() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 6);
    load.progress(60).await?;
    for number in 0..3 {
        cluster.kill(number)?;
    }
    ensure!((0..3).all(|number| cluster.status(number).is_err()), "the fault did nothing");
    // The writers see their calls fail; only what was acknowledged counts.
    let (acknowledged, _) = load.stop().await?;
    come_back(&mut cluster, &acknowledged).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_asked_to_end_do_and_come_back() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 3);
    load.progress(30).await?;
    let (acknowledged, _) = load.stop().await?;
    for number in 0..3 {
        ensure!(cluster.terminate(number)?, "node {number} did not end well");
    }
    come_back(&mut cluster, &acknowledged).await
}

async fn come_back(cluster: &mut Cluster, acknowledged: &[Written]) -> Result<()> {
    for number in 0..3 {
        cluster.run(number)?;
    }
    all_nodes_hold(cluster, acknowledged).await
}

//! Every node is restarted in turn, as an upgrade does it, and leadership is handed over by hand; nobody who knows all nodes
//! sees a call fail.

use crate::failover::{all_nodes_hold, without_refusals};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tests::{Cluster, Load};

/// Writers under it.
const WRITERS: usize = 8;
/// How long nothing may be acknowledged, on a machine that runs other tests at the same time; alone, a hand-over takes less
/// than a tenth of a second, which the benchmark measures.
const GAP_MAX: Duration = Duration::from_secs(2);
/// What a node logs that led and was ended.
const HANDED_OVER: &str = "handed leadership over";

#[tokio::test(flavor = "multi_thread")]
async fn restarting_every_node_in_turn_fails_no_call() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, WRITERS);
    let mut leaders_ended = 0;
    for number in 0..cluster.zones().len() {
        load.progress(50).await?;
        let leads = cluster.wait_leader()? == number;
        leaders_ended += usize::from(leads);
        let begun = Instant::now();
        ensure!(cluster.terminate(number)?, "node {number} did not end well");
        let ended = begun.elapsed();
        load.progress(30).await?;
        let gap = load.longest_gap(begun);
        eprintln!("node {number}, which {}: gone after {ended:?}, no answer for {gap:?}", part(leads));
        ensure!(gap < GAP_MAX, "node {number}, which {}: no answer for {gap:?}", part(leads));
        let log = std::fs::read_to_string(&cluster.zones()[number].log)?;
        ensure!(!leads || log.contains(HANDED_OVER), "node {number} led, and left without handing over");
        cluster.run(number)?;
        cluster.wait_ready(number)?;
    }
    ensure!(leaders_ended > 0, "no leader was ended: the test would show nothing");
    let acknowledged = without_refusals(load).await?;
    all_nodes_hold(&cluster, &acknowledged).await
}

fn part(leads: bool) -> &'static str {
    if leads { "led" } else { "followed" }
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_over_leadership_fails_no_call() -> Result<()> {
    const ROUNDS: usize = 10;
    let cluster = Cluster::start()?;
    let load = Load::start(&cluster, WRITERS);
    let mut gaps = Vec::new();
    for round in 0..ROUNDS {
        load.progress(50).await?;
        let (leader, begun) = (cluster.wait_leader()?, Instant::now());
        cluster.operator(round % 3, &["transfer"])?;
        load.progress(30).await?;
        gaps.push(load.longest_gap(begun));
        ensure!(cluster.wait_leader()? != leader, "the transfer did nothing: {leader} still leads");
    }
    gaps.sort();
    eprintln!("{ROUNDS} hand-overs, no answer for {gaps:?}");
    ensure!(gaps[ROUNDS / 2] < GAP_MAX, "hand-overs take long: {gaps:?}");
    let acknowledged = without_refusals(load).await?;
    all_nodes_hold(&cluster, &acknowledged).await
}

//! How a development cluster comes up: in each Region its first node is born if it has not been, the others join if they
//! have not, and then all are waited for.

use super::layout::{Layout, Zone};
use super::limits;
use super::zones::{Running, last_words};
use crate::status::{NodeStatus, ask, ask_all};
use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use node::v1::{CreateJoinTokenRequest, InitRequest, JoinRequest};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A join token's life: this command uses it at once.
const TOKEN_SECONDS: u64 = 60;

/// Brings the cluster up, and says how its nodes stand.
///
/// # Errors
/// When a zone ends or does not come up in time; the error has its last words.
pub async fn rise(layout: &Layout, running: &[Running]) -> Result<Vec<NodeStatus>> {
    let patience = Instant::now() + limits::RISES_WITHIN;
    let regions = 0..layout.regions().len();
    try_join_all(regions.map(|place| begin(layout, place, running, patience))).await?;
    serving(layout, running, patience).await
}

/// Makes the Region at this place a cluster, where it is none yet.
async fn begin(layout: &Layout, place: usize, running: &[Running], patience: Instant) -> Result<()> {
    let (first, others) = layout.zones.split_first().context("a cluster has a node")?;
    let (first_runs, others_run) = running.split_first().context("a cluster has a process")?;
    let found = alive(first, place, first_runs, patience).await?;
    if found.phase.as_deref() == Some("empty") {
        let request = InitRequest { dev: true, account: layout.account.clone() };
        let born = node::admin::connect(&first.node(place).socket).await?.init(request).await;
        born.map_err(|status| refused(first, &status))?;
    }
    for (zone, runs) in others.iter().zip(others_run) {
        let found = alive(zone, place, runs, patience).await?;
        if found.phase.as_deref() == Some("empty") {
            join(first, zone, place).await?;
        }
    }
    Ok(())
}

/// Waits until a zone's process answers the admin socket of one of its nodes, with whatever it made of its folder.
async fn alive(zone: &Zone, place: usize, running: &Running, patience: Instant) -> Result<NodeStatus> {
    loop {
        let found = ask(&zone.node(place)).await;
        if let Some(pid) = found.pid.filter(|pid| *pid != running.pid()) {
            bail!("zone {} runs already, as process {pid}", zone.zone);
        }
        let settled = matches!(found.phase.as_deref(), Some("empty" | "member"));
        if settled {
            return Ok(found);
        }
        give_up(zone, running, patience)?;
        sleep(limits::LOOK).await;
    }
}

async fn join(first: &Zone, zone: &Zone, place: usize) -> Result<()> {
    let mut member = node::admin::connect(&first.node(place).socket).await?;
    let request = CreateJoinTokenRequest { valid_seconds: TOKEN_SECONDS, replaces: 0 };
    let token = member.create_join_token(request).await.map_err(|status| refused(first, &status))?;
    let mut empty = node::admin::connect(&zone.node(place).socket).await?;
    let request = JoinRequest { token: token.into_inner().token };
    empty.join(request).await.map_err(|status| refused(zone, &status))?;
    Ok(())
}

/// Waits until every node answers requests and has a vote.
async fn serving(layout: &Layout, running: &[Running], patience: Instant) -> Result<Vec<NodeStatus>> {
    let (named, zones) = (layout.nodes(), layout.zones.len());
    loop {
        let nodes = ask_all(&named).await;
        if nodes.iter().all(|node| node.ready && node.voters == Some(zones)) {
            return Ok(nodes);
        }
        for ((zone, runs), node) in layout.zones.iter().zip(running).cycle().zip(&nodes) {
            if !node.ready || Instant::now() >= patience {
                give_up(zone, runs, patience)?;
            }
        }
        sleep(limits::LOOK).await;
    }
}

fn give_up(zone: &Zone, running: &Running, patience: Instant) -> Result<()> {
    let within = Duration::as_secs(&limits::RISES_WITHIN);
    match (running.has_ended(), Instant::now() >= patience) {
        (true, _) => bail!("zone {} has ended; {} ends with:\n{}", zone.zone, zone.log.display(), last_words(zone)),
        (_, true) => {
            let words = last_words(zone);
            bail!("zone {} is not up after {within} s; {} ends with:\n{words}", zone.zone, zone.log.display())
        }
        _ => Ok(()),
    }
}

fn refused(zone: &Zone, status: &tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("zone {}: {}", zone.zone, status.message())
}

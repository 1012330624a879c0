//! A follower that was away for longer than the log reaches back gets a snapshot, and survives being killed over it.

use crate::failover::all_nodes_hold;
use anyhow::{Result, ensure};
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::time::Duration;
use tests::{Cluster, Options, Written, until};

/// The log is cut after so many entries.
const SNAPSHOT_ENTRIES: u64 = 200;
/// More than the log keeps, and large enough that a snapshot takes a moment.
const PARAMETERS: usize = 1_200;
/// How often the follower is killed over its snapshot, at the most.
const KILLS: usize = 5;
/// What a node logs when a snapshot begins to come in.
const RECEIVING: &str = "receiving a snapshot";

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_is_killed_while_it_gets_a_snapshot_gets_it_again() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { snapshot_entries: Some(SNAPSHOT_ENTRIES), ..Options::default() })?;
    let follower = (cluster.wait_leader()? + 1) % 3;
    cluster.kill(follower)?;
    let acknowledged = fill(&cluster, (follower + 1) % 3).await?;

    for kill in 1..=KILLS {
        cluster.run(follower)?;
        until("a snapshot comes in", Duration::from_secs(30), || (received(&cluster, follower) >= kill).then_some(()))?;
        cluster.kill(follower)?;
    }
    cluster.run(follower)?;
    cluster.wait_ready(follower)?;
    // Had a snapshot been installed before its kill, the next start would not have needed another.
    let begun = received(&cluster, follower);
    ensure!(begun >= KILLS, "the kills interrupted nothing: {begun} snapshots began");
    all_nodes_hold(&cluster, &acknowledged).await
}

fn received(cluster: &Cluster, number: usize) -> usize {
    std::fs::read_to_string(&cluster.zones()[number].log).unwrap_or_default().matches(RECEIVING).count()
}

/// Writes more than the log keeps, over several callers.
async fn fill(cluster: &Cluster, at: usize) -> Result<Vec<Written>> {
    const CALLERS: usize = 8;
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let client = cluster.client_at(at);
        callers.push(tokio::spawn(async move {
            let mut written = Vec::new();
            for number in (caller..PARAMETERS).step_by(CALLERS) {
                let (name, value) = (format!("/fill/{number}"), format!("{number:04}").repeat(1_000));
                let mut request =
                    PutParameterRequest { name: Some(name.clone()), value: Some(value.clone()), ..Default::default() };
                request.set_type(ParameterType::String);
                client.ssm().put_parameter(request).await?;
                written.push(Written::Parameter(name, value));
            }
            Ok::<_, anyhow::Error>(written)
        }));
    }
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await??);
    }
    Ok(all)
}

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
/// How often an installation is broken off.
const KILLS: usize = 10;
/// How often one may be tried: some are through before the kill.
const ATTEMPTS: usize = 60;
/// What a node logs when a snapshot begins to come in, and when it is installed.
const RECEIVING: &str = "receiving a snapshot";
const INSTALLED: &str = "installed a snapshot";

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_broken_off_ten_times_at_either_end_arrives() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { snapshot_entries: Some(SNAPSHOT_ENTRIES), ..Options::default() })?;
    let follower = (cluster.wait_leader()? + 1) % 3;
    cluster.kill(follower)?;
    let mut acknowledged = fill(&cluster, (follower + 1) % 3, 0).await?;

    let (mut broken_off, mut senders_killed) = (0, 0);
    for attempt in 1..=ATTEMPTS {
        let sender = cluster.wait_leader()?;
        let (begun, installed) = (told(&cluster, follower, RECEIVING), told(&cluster, follower, INSTALLED));
        cluster.run(follower)?;
        let comes_in = || (told(&cluster, follower, RECEIVING) > begun).then_some(());
        until("a snapshot comes in", Duration::from_secs(30), comes_in)?;
        // Every third time the one that sends goes first, and the other nodes elect another.
        let kill_sender = attempt % 3 == 0;
        if kill_sender {
            cluster.kill(sender)?;
        }
        let whole = told(&cluster, follower, INSTALLED) > installed;
        cluster.kill(follower)?;
        if kill_sender {
            cluster.run(sender)?;
            cluster.wait_ready(sender)?;
        }
        // One that got through has to fall behind again.
        if whole || told(&cluster, follower, INSTALLED) > installed {
            acknowledged.extend(fill(&cluster, sender, attempt).await?);
            continue;
        }
        broken_off += 1;
        senders_killed += usize::from(kill_sender);
        if broken_off >= KILLS {
            break;
        }
    }
    ensure!(broken_off >= KILLS && senders_killed > 0, "{broken_off} were broken off, {senders_killed} by the sender");
    cluster.run(follower)?;
    cluster.wait_ready(follower)?;
    all_nodes_hold(&cluster, &acknowledged).await
}

fn told(cluster: &Cluster, number: usize, line: &str) -> usize {
    std::fs::read_to_string(&cluster.zones()[number].log).unwrap_or_default().matches(line).count()
}

/// Writes more than the log keeps, over several callers.
async fn fill(cluster: &Cluster, at: usize, round: usize) -> Result<Vec<Written>> {
    const CALLERS: usize = 8;
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let client = cluster.client_at(at);
        callers.push(tokio::spawn(async move {
            let mut written = Vec::new();
            for number in (caller..PARAMETERS).step_by(CALLERS) {
                let (name, value) = (format!("/fill/{round}/{number}"), format!("{number:04}").repeat(1_000));
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

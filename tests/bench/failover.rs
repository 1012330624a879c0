//! From the leader's kill to the next success, at a node that stays.

use crate::report::{Report, median};
use anyhow::Result;
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::time::Instant;
use tests::Cluster;

/// Kills the leader again and again; each time, one write is under way at a survivor from the moment of the kill.
pub(crate) async fn leader_kill(report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::start()?;
    let mut seconds = Vec::new();
    for trial in 0..report.trials() {
        cluster.wait_level()?;
        let leader = cluster.wait_leader()?;
        let survivor = cluster.client_at((leader + 1) % 3);
        write(&survivor, trial).await?;
        let begun = Instant::now();
        cluster.kill(leader)?;
        write(&survivor, trial).await?;
        seconds.push(begun.elapsed().as_secs_f64());
        cluster.run(leader)?;
        cluster.wait_ready(leader)?;
    }
    let worst = seconds.iter().copied().fold(0.0, f64::max);
    report.note(format!(
        "leader kill -9 to the next acknowledged write at a survivor, 3 nodes, {} trials: median {:.2} s (target 0.75 s), \
         worst {worst:.2} s",
        seconds.len(),
        median(seconds.clone()),
    ));
    Ok(())
}

async fn write(client: &client::Client, trial: usize) -> Result<()> {
    let mut request = PutParameterRequest {
        name: Some("/failover".into()),
        value: Some(trial.to_string()),
        overwrite: Some(true),
        ..Default::default()
    };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok(())
}

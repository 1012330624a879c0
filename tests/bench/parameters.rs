//! PutParameter and GetParameter on three nodes, beside a three-node etcd and the disk's own fsync rate.

use crate::etcd::Etcd;
use crate::report::{Report, Row, median};
use crate::signed::Nodes;
use anyhow::Result;
use proto::ssm::v1::{
    GetParameterRequest, GetParameterResponse, ParameterType, PutParameterRequest, PutParameterResponse,
};
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};
use tests::{Cluster, scratch};

/// Both operations, spread over all nodes.
pub(crate) async fn three_nodes(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start()?;
    let nodes = Nodes::open(&cluster).await?;
    let etcd = Etcd::start().await?;
    let (mut puts, mut gets, mut etcd_puts, mut etcd_gets, mut fsyncs) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..report.rounds() {
        fsyncs.push(fsync_rate()?);
        puts.push(put(&nodes, report.round()).await?);
        etcd_puts.push(etcd.put(report.round()).await?);
        gets.push(get(&nodes, report.round()).await?);
        etcd_gets.push(etcd.get(report.round()).await?);
    }
    report.row(Row {
        what: "PutParameter String 256 B, gRPC, 64 callers".to_owned(),
        nodes: "3 nodes, 2 cores, strict",
        rate: median(puts),
        yardstick: "etcd put, 3 nodes",
        yardstick_rate: median(etcd_puts),
        target: Some(1.3),
    });
    report.row(Row {
        what: "GetParameter linearizable, gRPC, 64 callers".to_owned(),
        nodes: "3 nodes, 2 cores, strict",
        rate: median(gets),
        yardstick: "etcd linearizable get, 3 nodes",
        yardstick_rate: median(etcd_gets),
        target: Some(1.8),
    });
    report.note(format!("fsync of 4 KiB in the same run: {:.0} per second", median(fsyncs)));
    Ok(())
}

async fn put(nodes: &Nodes<'_>, time: Duration) -> Result<f64> {
    let request = |n: usize| {
        let mut request = PutParameterRequest {
            name: Some(format!("/bench/{n}")),
            value: Some("v".repeat(256)),
            overwrite: Some(true),
            ..Default::default()
        };
        request.set_type(ParameterType::String);
        request
    };
    nodes.rate::<_, PutParameterResponse>("/lockstep.ssm.v1.SsmService/PutParameter", request, time).await
}

async fn get(nodes: &Nodes<'_>, time: Duration) -> Result<f64> {
    let request = |n: usize| GetParameterRequest { name: Some(format!("/bench/{n}")), ..Default::default() };
    nodes.rate::<_, GetParameterResponse>("/lockstep.ssm.v1.SsmService/GetParameter", request, time).await
}

/// PutParameter at the leader and one follower, while the other follower is there and while it is not.
pub(crate) async fn follower_down(report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::start()?;
    let leader = cluster.wait_leader()?;
    let (stays, goes) = ((leader + 1) % 3, (leader + 2) % 3);
    let (mut whole, mut without) = (vec![], vec![]);
    for _ in 0..report.rounds() {
        cluster.wait_level()?;
        whole.push(put(&Nodes::open_at(&cluster, [leader, stays]).await?, report.round()).await?);
        cluster.kill(goes)?;
        without.push(put(&Nodes::open_at(&cluster, [leader, stays]).await?, report.round()).await?);
        cluster.run(goes)?;
        cluster.wait_ready(goes)?;
    }
    report.row(Row {
        what: "PutParameter String 256 B, gRPC, 64 callers, one follower down".to_owned(),
        nodes: "3 nodes, 2 cores, strict",
        rate: median(without),
        yardstick: "the same with all nodes",
        yardstick_rate: median(whole),
        target: Some(0.9),
    });
    Ok(())
}

/// What one writer gets from the disk under the temporary folder.
fn fsync_rate() -> Result<f64> {
    const PROBE: Duration = Duration::from_millis(500);
    let folder = scratch();
    let mut file = std::fs::File::create(folder.path().join("probe"))?;
    let begun = Instant::now();
    let mut done = 0u32;
    while begun.elapsed() < PROBE {
        file.rewind()?;
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

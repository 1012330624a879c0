//! PutParameter and GetParameter on three nodes, beside a three-node etcd and the disk's own fsync rate.

use crate::etcd::Etcd;
use crate::load::closed_loop;
use crate::report::{Report, Row, median};
use crate::signed::{GrpcCall, channels};
use anyhow::Result;
use proto::ssm::v1::{
    GetParameterRequest, GetParameterResponse, ParameterType, PutParameterRequest, PutParameterResponse,
};
use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};
use tests::{Cluster, scratch};
use tonic::transport::Channel;

const CALLERS: usize = 64;
const CHANNELS_PER_NODE: usize = 2;

/// Both operations, spread over all nodes.
pub(crate) async fn three_nodes(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start()?;
    let mut nodes = Vec::new();
    for zone in cluster.zones() {
        nodes.push(channels(&zone.endpoint, CHANNELS_PER_NODE).await?);
    }
    let etcd = Etcd::start().await?;
    let (mut puts, mut gets, mut etcd_puts, mut etcd_gets, mut fsyncs) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..report.rounds() {
        fsyncs.push(fsync_rate()?);
        puts.push(put(&cluster, &nodes, report.round()).await?);
        etcd_puts.push(etcd.put(CALLERS, report.round()).await?);
        gets.push(get(&cluster, &nodes, report.round()).await?);
        etcd_gets.push(etcd.get(CALLERS, report.round()).await?);
    }
    report.row(Row {
        what: "PutParameter String 256 B, gRPC, 64 callers",
        nodes: "3 nodes, 2 cores, strict",
        rate: median(puts),
        yardstick: "etcd put, 3 nodes",
        yardstick_rate: median(etcd_puts),
        target: 1.3,
    });
    report.row(Row {
        what: "GetParameter linearizable, gRPC, 64 callers",
        nodes: "3 nodes, 2 cores, strict",
        rate: median(gets),
        yardstick: "etcd linearizable get, 3 nodes",
        yardstick_rate: median(etcd_gets),
        target: 1.8,
    });
    report.note(format!("fsync of 4 KiB in the same run: {:.0} per second", median(fsyncs)));
    Ok(())
}

fn name(caller: usize) -> Option<String> {
    Some(format!("/bench/{caller}"))
}

async fn put(cluster: &Cluster, nodes: &[Vec<Channel>], time: Duration) -> Result<f64> {
    let caller = |n: usize| {
        let mut request = PutParameterRequest {
            name: name(n),
            value: Some("v".repeat(256)),
            overwrite: Some(true),
            ..Default::default()
        };
        request.set_type(ParameterType::String);
        let (node, channel) = place(nodes, n);
        let path = "/lockstep.ssm.v1.SsmService/PutParameter";
        GrpcCall::<_, PutParameterResponse>::signed(cluster, node, channel, path, request)
    };
    closed_loop((0..CALLERS).map(caller).collect(), time, |call| async { call.send().await.map(drop) }).await
}

async fn get(cluster: &Cluster, nodes: &[Vec<Channel>], time: Duration) -> Result<f64> {
    let caller = |n: usize| {
        let request = GetParameterRequest { name: name(n), ..Default::default() };
        let (node, channel) = place(nodes, n);
        let path = "/lockstep.ssm.v1.SsmService/GetParameter";
        GrpcCall::<_, GetParameterResponse>::signed(cluster, node, channel, path, request)
    };
    closed_loop((0..CALLERS).map(caller).collect(), time, |call| async { call.send().await.map(drop) }).await
}

fn place(nodes: &[Vec<Channel>], caller: usize) -> (usize, &Channel) {
    let node = caller % nodes.len();
    (node, &nodes[node][caller / nodes.len() % CHANNELS_PER_NODE])
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

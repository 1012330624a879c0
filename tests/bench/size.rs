//! How figures move with the number of parameters in the account: a page of GetParametersByPath, a node's memory, the
//! time until a restarted node answers.

use crate::etcd::Etcd;
use crate::report::{Report, Row, median, worst};
use crate::signed::Nodes;
use anyhow::{Context, Result};
use proto::ssm::v1::{GetParametersByPathRequest, GetParametersByPathResponse, ParameterType, PutParameterRequest};
use std::time::Instant;
use tests::{ACCOUNT, Cluster};

const PER_PATH: usize = 10;
const WRITERS: usize = 64;
/// A large fill is measured in so many parts.
const PARTS: usize = 10;
const BY_PATH: &str = "/lockstep.ssm.v1.SsmService/GetParametersByPath";

/// One cluster that grows.
pub(crate) async fn by_parameters(report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::start()?;
    let etcd = Etcd::start().await?;
    let sizes: [usize; 3] = if report.is_quick() { [100, 1_000, 2_000] } else { [1_000, 10_000, 100_000] };
    let most = sizes[2];
    let words = ["quota", "set", "--account", ACCOUNT, "ssm-standard-parameters", &most.to_string()];
    cluster.operator(0, &words)?;
    weigh(report, &mut cluster, &etcd, 0)?;
    let (mut filled, mut smallest) = (0, None);
    for size in sizes {
        fill(&cluster, filled..size).await?;
        etcd.fill(size).await?;
        filled = size;
        let rate = page_rate(report, &cluster, size).await?;
        let smallest = *smallest.get_or_insert(rate);
        report.row(Row {
            what: format!("GetParametersByPath of 10, {size} parameters in the account"),
            nodes: "3 nodes, 2 cores, strict",
            rate,
            yardstick: "the same with the fewest parameters",
            yardstick_rate: smallest,
            target: Some(0.9),
        });
    }
    weigh(report, &mut cluster, &etcd, most)
}

/// A million parameters: whether the last are taken as fast as the first, and how long a follower that is started again
/// takes until it answers.
pub(crate) async fn million(report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::start()?;
    let most = if report.is_quick() { 10_000 } else { 1_000_000 };
    let words = ["quota", "set", "--account", ACCOUNT, "ssm-standard-parameters", &most.to_string()];
    cluster.operator(0, &words)?;
    let part = most / PARTS;
    let mut rates = Vec::new();
    for n in 0..PARTS {
        let begun = Instant::now();
        fill(&cluster, n * part..(n + 1) * part).await?;
        rates.push(part as f64 / begun.elapsed().as_secs_f64());
    }
    report.note(format!(
        "{most} PutParameter String 256 B of new names, 64 callers, 3 nodes: {:.0} a second in the first tenth, {:.0} in the \
         slowest, {:.0} in the last, which is {:.2} of the first",
        rates[0],
        rates.iter().copied().fold(f64::INFINITY, f64::min),
        rates[PARTS - 1],
        rates[PARTS - 1] / rates[0],
    ));
    cluster.wait_level()?;
    let resident = cluster.pids().into_iter().map(resident_mib).collect::<Result<Vec<f64>>>()?;
    let seconds = restart_seconds(report, &mut cluster)?;
    report.note(format!(
        "with {most} parameters of 256 B: {:.0} MiB resident per node; a follower that is started again answers after \
         {:.2} s, at worst {:.2} s (target 5 s)",
        median(resident),
        median(seconds.clone()),
        worst(&seconds)
    ));
    Ok(())
}

async fn page_rate(report: &Report, cluster: &Cluster, size: usize) -> Result<f64> {
    let nodes = Nodes::open(cluster).await?;
    let request = |n: usize| GetParametersByPathRequest {
        path: Some(format!("/size/{}", n * 7919 % (size / PER_PATH))),
        ..Default::default()
    };
    let mut rates = Vec::new();
    for _ in 0..report.rounds() {
        rates.push(nodes.rate::<_, GetParametersByPathResponse>(BY_PATH, request, report.round()).await?);
    }
    Ok(median(rates))
}

/// Memory of every node, and how long a follower takes from its start until it answers.
fn weigh(report: &mut Report, cluster: &mut Cluster, etcd: &Etcd, size: usize) -> Result<()> {
    let ours = cluster.pids().into_iter().map(resident_mib).collect::<Result<Vec<f64>>>()?;
    let theirs = etcd.pids().into_iter().map(resident_mib).collect::<Result<Vec<f64>>>()?;
    let (ours, theirs) = (median(ours), median(theirs));
    let seconds = restart_seconds(report, cluster)?;
    report.note(format!(
        "with {size} parameters of 256 B: {ours:.0} MiB resident per node (etcd with as many keys: {theirs:.0} MiB); a \
         follower that is started again answers after {:.2} s",
        median(seconds)
    ));
    Ok(())
}

fn restart_seconds(report: &Report, cluster: &mut Cluster) -> Result<Vec<f64>> {
    let mut seconds = Vec::new();
    for _ in 0..report.rounds() {
        let follower = (cluster.wait_leader()? + 1) % 3;
        cluster.terminate(follower)?;
        let begun = Instant::now();
        cluster.run(follower)?;
        cluster.wait_ready(follower)?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

fn resident_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has resident memory")?;
    let kib: f64 = line.trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

async fn fill(cluster: &Cluster, numbers: std::ops::Range<usize>) -> Result<()> {
    let writers = (0..WRITERS).map(|first| {
        let (client, numbers) = (cluster.client(first), numbers.clone());
        async move {
            for n in numbers.skip(first).step_by(WRITERS) {
                let name = format!("/size/{}/{}", n / PER_PATH, n % PER_PATH);
                let mut request =
                    PutParameterRequest { name: Some(name), value: Some("v".repeat(256)), ..Default::default() };
                request.set_type(ParameterType::String);
                client.ssm().put_parameter(request).await?;
            }
            Ok::<(), anyhow::Error>(())
        }
    });
    futures::future::try_join_all(writers).await.map(drop)
}

//! Disks without room. Each node has a small file system of its own, so the test runs itself again where it may mount: as
//! root of a namespace of its own.

use crate::disk::{asked, put, run, utf8, write};
use crate::failover::all_nodes_hold;
use anyhow::{Context as _, Result, ensure};
use proto::ssm::v1::GetParameterRequest;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tests::{Cluster, NodeOptions, Options, Written, scratch, until};

/// Room for a small database, the reserve, and half as much again.
const DISK: &str = "size=256m,mode=700";
/// How long a node may take to notice.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);
/// A refusal waits for nobody.
const REFUSED_WITHIN: Duration = Duration::from_secs(4);

#[test]
fn a_full_disk_makes_the_cluster_read_only_and_room_makes_it_write_again() -> Result<()> {
    let this = std::env::current_exe()?;
    let inside = ["--exact", "disk_full::inside_of_a_namespace", "--ignored", "--nocapture"];
    let ran = Command::new("unshare").args(["--user", "--map-root-user", "--mount"]).arg(this).args(inside).output()?;
    let said = [ran.stdout, ran.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(ran.status.success() && said.contains("1 passed"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test above, in a namespace where it may mount"]
async fn inside_of_a_namespace() -> Result<()> {
    let folder = scratch();
    let mut each = Vec::new();
    for name in ["a", "b", "c"] {
        let data = folder.path().join(name);
        std::fs::create_dir(&data)?;
        run("mount", &["-t", "tmpfs", "-o", DISK, "tmpfs", utf8(&data)?])?;
        each.push(NodeOptions { data: Some(data), ..NodeOptions::default() });
    }
    let mut cluster = Cluster::start_with(Options { each, ..Options::default() })?;
    let mut written = write(&cluster, 0, "/before", 30).await?;
    for number in 0..3 {
        until("the reserve is there", NOTICED_WITHIN, || reserve(&cluster, number).exists().then_some(()))?;
    }

    let follower = (cluster.wait_leader()? + 1) % 3;
    fill(&cluster, follower)?;
    written.extend(write(&cluster, follower, "/follower", 30).await?);
    // It takes no log, so it cannot answer what others have changed meanwhile; they can.
    reads_go_on(&cluster, &written, &[(follower + 1) % 3, (follower + 2) % 3]).await?;
    make_room(&cluster, follower)?;
    all_nodes_hold(&cluster, &written).await?;

    let leader = cluster.wait_leader()?;
    fill(&cluster, leader)?;
    until("another leads", NOTICED_WITHIN, || cluster.leader().filter(|now| *now != leader))?;
    written.extend(write(&cluster, leader, "/leader", 30).await?);
    make_room(&cluster, leader)?;
    all_nodes_hold(&cluster, &written).await?;

    (0..3).try_for_each(|number| fill(&cluster, number))?;
    for number in 0..3 {
        refused(&cluster, number).await?;
    }
    reads_go_on(&cluster, &written, &[0, 1, 2]).await?;
    // The process goes under on a disk without a byte, and has nothing to start with but its reserve.
    cluster.kill(follower)?;
    cluster.run(follower)?;
    (0..3).try_for_each(|number| make_room(&cluster, number))?;
    cluster.wait_ready(follower)?;
    written.extend(write(&cluster, 0, "/after", 30).await?);
    all_nodes_hold(&cluster, &written).await?;
    for number in 0..3 {
        until("the reserve is there again", NOTICED_WITHIN, || reserve(&cluster, number).exists().then_some(()))?;
    }
    Ok(())
}

fn reserve(cluster: &Cluster, number: usize) -> PathBuf {
    cluster.zones()[number].data.join("reserve")
}

/// Takes all the room of a node's disk, and waits until the node says so.
fn fill(cluster: &Cluster, number: usize) -> Result<()> {
    let ballast = cluster.zones()[number].data.join("ballast");
    take_all(&ballast)?;
    until("the node says that its disk is full", NOTICED_WITHIN, || {
        (asked(cluster, number).ok()?["disk_full"] == true).then_some(())
    })
}

fn take_all(path: &Path) -> Result<()> {
    let mut file = File::options().create(true).append(true).open(path)?;
    let megabyte = vec![7; 1 << 20];
    let full = loop {
        if let Err(cause) = file.write_all(&megabyte) {
            break cause;
        }
    };
    ensure!(full.kind() == std::io::ErrorKind::StorageFull, "{full}");
    Ok(())
}

fn make_room(cluster: &Cluster, number: usize) -> Result<()> {
    std::fs::remove_file(cluster.zones()[number].data.join("ballast"))?;
    until("the node says that it has room", NOTICED_WITHIN, || {
        (asked(cluster, number).ok()?["disk_full"] == false).then_some(())
    })
}

/// A change is refused at once, and the refusal says why.
async fn refused(cluster: &Cluster, number: usize) -> Result<()> {
    let client = cluster.client_at(number);
    let deadline = Instant::now() + NOTICED_WITHIN;
    loop {
        let begun = Instant::now();
        let cause = put(&client, "/refused", "x").await.expect_err("no disk has room for it");
        if format!("{cause:#}").contains("disk is full") {
            ensure!(begun.elapsed() < REFUSED_WITHIN, "the refusal took {:?}", begun.elapsed());
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{cause:#}");
    }
}

async fn reads_go_on(cluster: &Cluster, written: &[Written], nodes: &[usize]) -> Result<()> {
    let first = written.first().context("something was written")?;
    for number in nodes {
        let client = cluster.client_at(*number);
        first.verify(&client).await.with_context(|| format!("node {number} does not read"))?;
        let request = GetParameterRequest { name: Some("/never/written".to_owned()), ..Default::default() };
        let cause = client.ssm().get_parameter(request).await.expect_err("there is none");
        ensure!(!cause.message().contains("full"), "{cause}");
    }
    Ok(())
}

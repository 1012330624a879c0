//! Disks that are damaged, wiped or older than they were. The node says what is wrong with it and neither votes nor serves,
//! however often it is started, until one command rebuilds it from its peers.

use crate::failover::all_nodes_hold;
use anyhow::{Context as _, Result, bail, ensure};
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tests::chaos::shim::{Counter, Faults};
use tests::data_files::{flip, largest, newest};
use tests::{Cluster, NodeOptions, Options, Written, metrics, program, scratch, until};

/// How long a node may take to say what is wrong: a scrub begins some seconds after the start.
const FOUND_WITHIN: Duration = Duration::from_secs(60);
/// A snapshot after so many entries: each test below writes more.
const SNAPSHOT_ENTRIES: u64 = 100;

/// A damage to the folder of a node that does not run, and what the node then says: one of these.
type Damage = (&'static str, fn(&Path) -> Result<()>, &'static [&'static str]);

const DAMAGES: [Damage; 8] = [
    ("the database is gone", |data| Ok(std::fs::remove_dir_all(data.join("db"))?), &["the node's database is gone"]),
    (
        "the database is empty",
        |data| {
            std::fs::remove_dir_all(data.join("db"))?;
            Ok(std::fs::create_dir(data.join("db"))?)
        },
        &["the node's database is of another node, or lost what it began with"],
    ),
    (
        "the end of the write-ahead log is gone",
        |data| cut(&newest(&database(data), "log")?),
        &["was synced up to entry", "the current snapshot, which is gone"],
    ),
    (
        "a bit of the write-ahead log is flipped",
        |data| flip(&newest(&database(data), "log")?, 3, 2),
        &["write-ahead log"],
    ),
    ("a bit of a table is flipped", |data| flip(&largest(&database(data), "sst")?, 2, 2), &[".sst"]),
    ("a bit of the manifest is flipped", |data| flip(&newest(&database(data), "MANIFEST")?, 2, 2), &["MANIFEST"]),
    (
        "a bit of the snapshot is flipped",
        |data| flip(&newest(&data.join("db/snapshots"), "snapshot")?, 2, 2),
        &["snapshot is"],
    ),
    (
        "the high-water mark is overwritten",
        |data| Ok(std::fs::write(data.join("db/high-water"), [7; 8192])?),
        &["the high-water mark is damaged"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_disk_is_quarantined_and_rebuilt_from_the_peers() -> Result<()> {
    let mut cluster = Cluster::start_with(Options { snapshot_entries: Some(SNAPSHOT_ENTRIES), ..Options::default() })?;
    let mut written = write(&cluster, 0, "/first", 120).await?;
    for (number, (what, damage, says)) in DAMAGES.into_iter().enumerate() {
        // A start brings what the log of the database held into files of their own.
        restart(&mut cluster, 2).await?;
        written.extend(write(&cluster, number % 2, &format!("/before/{number}"), 16).await?);
        cluster.wait_level()?;
        cluster.kill(2)?;
        damage(&cluster.zones()[2].data).context(what)?;
        quarantined(&mut cluster, says).await.context(what)?;
        written.extend(write(&cluster, 0, &format!("/without/{number}"), 5).await?);
        rebuilt(&cluster).await.context(what)?;
        let level = cluster.wait_level()?;
        ensure!(level.iter().all(|status| status.chain == level[0].chain), "{what}: the nodes differ: {level:?}");
    }
    all_nodes_hold(&cluster, &written).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_was_rolled_back_is_found_by_what_the_peers_remember() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let mut written = write(&cluster, 0, "/early", 30).await?;
    cluster.wait_level()?;
    cluster.kill(2)?;
    let (data, image) = (cluster.zones()[2].data.clone(), cluster.folder().join("image"));
    run("cp", &["-a", utf8(&data)?, utf8(&image)?])?;
    cluster.run(2)?;
    cluster.wait_ready(2)?;
    written.extend(write(&cluster, 0, "/late", 30).await?);
    cluster.wait_level()?;
    cluster.kill(2)?;
    // Everything is as it once was, the mark beside the database and the identity too.
    std::fs::remove_dir_all(&data)?;
    run("cp", &["-a", utf8(&image)?, utf8(&data)?])?;
    quarantined(&mut cluster, &["the disk was rolled back"]).await?;
    rebuilt(&cluster).await?;
    all_nodes_hold(&cluster, &written).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_folder_is_an_empty_node_that_another_number_replaces() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let written = write(&cluster, 0, "/kept", 30).await?;
    let old = cluster.wait_level()?[2].id;
    for damage in ["wiped", "identity"] {
        let id = cluster.wait_level()?[2].id;
        cluster.kill(2)?;
        let data = cluster.zones()[2].data.clone();
        if damage == "identity" {
            flip(&data.join("identity.json"), 2, 2)?;
            quarantined(&mut cluster, &["identity.json is damaged"]).await?;
            let refused = cluster.operator(2, &["rebuild"]).expect_err("it does not know who it is");
            ensure!(format!("{refused:#}").contains("identity.json is damaged"), "{refused:#}");
            cluster.kill(2)?;
        }
        std::fs::remove_dir_all(&data)?;
        cluster.run(2)?;
        until("the node is empty", FOUND_WITHIN, || (asked(&cluster, 2).ok()?["phase"] == "empty").then_some(()))?;
        cluster.replace(2, 0, id)?;
        cluster.wait_ready(2)?;
        cluster.wait_voters(3)?;
        ensure!(cluster.status(2)?.id > old, "a number is used once");
        all_nodes_hold(&cluster, &written).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_keyring_is_replaced_by_that_of_a_peer() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let written = write(&cluster, 0, "/sealed", 5).await?;
    cluster.kill(2)?;
    let keyring = cluster.zones()[2].data.join("keyring");
    flip(&keyring, 2, 2)?;
    cluster.run(2)?;
    cluster.wait_ready(2)?;
    let log = std::fs::read_to_string(&cluster.zones()[2].log)?;
    ensure!(log.contains("the keyring came from a peer"), "nothing was said of it");
    all_nodes_hold(&cluster, &written).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_ends_the_process_and_is_never_tried_again() -> Result<()> {
    let folder = scratch();
    let data = folder.path().join("data");
    let faults = Faults::new(&folder.path().join("control"), &data)?;
    let faulty = NodeOptions { data: Some(data), environment: faults.environment(), ..NodeOptions::default() };
    let each = vec![NodeOptions::default(), NodeOptions::default(), faulty];
    let mut cluster = Cluster::start_with(Options { each, ..Options::default() })?;
    let mut written = write(&cluster, 0, "/before", 20).await?;
    // One failure, and every later sync would succeed as if nothing had been lost.
    faults.fail_syncs(1);
    written.extend(write(&cluster, 0, "/while", 20).await?);
    let ended = until("the process ends", FOUND_WITHIN, || cluster.exit(2))?;
    ensure!(!ended.success() && faults.count(Counter::SyncsFailed) == 1, "{ended}");
    ensure!(faults.count(Counter::SyncsAfterAFailure) == 0, "a sync was tried again");
    faults.heal();
    cluster.run(2)?;
    all_nodes_hold(&cluster, &written).await
}

/// Starts the node and waits until it says what is wrong with it, twice: a restart forgets nothing.
async fn quarantined(cluster: &mut Cluster, says: &[&str]) -> Result<()> {
    for _ in 0..2 {
        cluster.run(2)?;
        let reason = until("the node is quarantined", FOUND_WITHIN, || {
            // What a scrub finds ends the process, as what is met by a read does.
            if cluster.exit(2).is_some() {
                cluster.run(2).ok()?;
            }
            let status = asked(cluster, 2).ok()?;
            (status["phase"] == "quarantined").then(|| status["reason"].as_str().unwrap_or_default().to_owned())
        })?;
        let said = says.iter().find(|says| reason.contains(**says)).with_context(|| format!("it says: {reason}"))?;
        ensure!(reason.contains("operator rebuild"), "it says: {reason}");
        let zone = &cluster.zones()[2];
        ensure!(std::fs::read_to_string(&zone.log)?.contains(said), "its log does not say: {said}");
        let client = cluster.client_at(2);
        ensure!(put(&client, "/refused", "x").await.is_err(), "a quarantined node answers clients");
        let metrics = metrics(&zone.metrics).await?;
        ensure!(metrics.lines().any(|line| line == "lockstep_quarantined 1"), "no metric says so");
        let leader = cluster.wait_leader()?;
        until("the others hear nothing of it", FOUND_WITHIN, || {
            (cluster.status(leader).ok()?.dead.len() == 1).then_some(())
        })?;
        cluster.kill(2)?;
    }
    cluster.run(2)?;
    until("the node is quarantined", FOUND_WITHIN, || (asked(cluster, 2).ok()?["phase"] == "quarantined").then_some(()))
}

/// Rebuilds the node by the one command, and waits until it votes.
async fn rebuilt(cluster: &Cluster) -> Result<()> {
    let answer = cluster.operator(2, &["rebuild"])?;
    let (new, old) = (answer["node_id"].as_u64(), answer["replaces"].as_u64());
    ensure!(new > old && old > Some(0), "{answer}");
    cluster.wait_ready(2)?;
    cluster.wait_voters(3)?;
    ensure!(Some(cluster.status(2)?.id) == new, "it is another one: {:?}", cluster.status(2)?);
    ensure!(!cluster.zones()[2].data.join("quarantine.json").exists(), "the finding is still there");
    Ok(())
}

async fn restart(cluster: &mut Cluster, number: usize) -> Result<()> {
    cluster.kill(number)?;
    cluster.run(number)?;
    cluster.wait_ready(number)
}

/// What `lockstep status` says of a node.
pub(crate) fn asked(cluster: &Cluster, number: usize) -> Result<Value> {
    let data = utf8(&cluster.zones()[number].data)?.to_owned();
    let output = Command::new(program()).args(["status", "--node", &data, "--output", "json"]).output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    Ok(answer["nodes"][0].clone())
}

pub(crate) async fn write(cluster: &Cluster, at: usize, folder: &str, count: usize) -> Result<Vec<Written>> {
    const CALLERS: usize = 8;
    let callers = (0..CALLERS).map(|caller| {
        let client = cluster.client(at);
        let folder = folder.to_owned();
        tokio::spawn(async move {
            let mut written = Vec::new();
            for number in (caller..count).step_by(CALLERS) {
                let (name, value) = (format!("{folder}/{number}"), format!("{number:04}").repeat(50));
                put(&client, &name, &value).await?;
                written.push(Written::Parameter(name, value));
            }
            Ok::<_, anyhow::Error>(written)
        })
    });
    let mut all = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        all.extend(caller.await??);
    }
    Ok(all)
}

pub(crate) async fn put(client: &client::Client, name: &str, value: &str) -> Result<()> {
    let mut request = PutParameterRequest {
        name: Some(name.to_owned()),
        value: Some(value.to_owned()),
        overwrite: Some(true),
        ..Default::default()
    };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok(())
}

fn database(data: &Path) -> PathBuf {
    data.join("db/database")
}

/// Takes the last two thirds of a file. Of a database's log, the last piece alone may hold nothing but what was applied, and
/// that comes back from the entries before it.
fn cut(path: &Path) -> Result<()> {
    let file = std::fs::File::options().write(true).open(path)?;
    Ok(file.set_len(file.metadata()?.len() / 3)?)
}

pub(crate) fn run(program: &str, words: &[&str]) -> Result<()> {
    if !Command::new(program).args(words).status()?.success() {
        bail!("{program} {words:?} failed");
    }
    Ok(())
}

pub(crate) fn utf8(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

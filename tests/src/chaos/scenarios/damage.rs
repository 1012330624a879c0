//! F16, F17, F19 and F20: the disk of one node is torn, damaged, wiped or rolled back while its process is down. It has to
//! say so, to neither vote nor serve, and to be whole again after one command.

use crate::chaos::{Field, Scenario, Setup};
use crate::data_files::{flip, largest, newest};
use crate::until;
use anyhow::{Result, bail, ensure};
use rand::Rng as _;
use serde_json::Value;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Calls between one fault and the next.
const BETWEEN: usize = 80;
/// A snapshot after so many entries, so that there is one to damage.
const SNAPSHOT_ENTRIES: u64 = 100;
/// How long a node may take to say what is wrong: a scrub begins some seconds after the start.
const FOUND_WITHIN: Duration = Duration::from_secs(60);

/// Lets the load write, so that every file of the victim holds something, and ends it.
fn victim(field: &mut Field) -> Result<usize> {
    field.progress(BETWEEN)?;
    let nodes = field.running();
    let victim = nodes[field.pick(nodes.len())];
    // A database that is new holds its log in one file: with a restart, tables come to files of their own.
    field.kill(victim)?;
    field.start(victim)?;
    field.wait_ready(victim)?;
    field.progress(BETWEEN)?;
    field.kill(victim)?;
    Ok(victim)
}

/// Starts the node and waits until it says that it is quarantined; why.
fn quarantined(field: &mut Field, number: usize) -> Result<String> {
    field.start(number)?;
    let reason = until("the node is quarantined", FOUND_WITHIN, || {
        // What a scrub finds ends the process, as what a read meets does.
        if field.cluster_mut().exit(number).is_some() {
            field.expect_end(number);
            field.start(number).ok()?;
        }
        let document = field.cluster().document(number).ok()?;
        (document["phase"] == "quarantined").then(|| text(&document, "reason"))
    })?;
    let document = field.cluster().document(number)?;
    ensure!(document["ready"] == false, "a quarantined node is ready: {document}");
    // The others go on, and the quarantined node answers nobody; its clients' histories would show it.
    field.progress(BETWEEN)?;
    Ok(reason)
}

/// Lets a node take no snapshot from its next start on: a damaged one would be replaced before anything reads it, and the
/// fault be gone.
fn keep_snapshot(config: &Path) -> Result<()> {
    let (often, never) = (format!("snapshot_entries = {SNAPSHOT_ENTRIES}\n"), "snapshot_entries = 1000000\n");
    let text = std::fs::read_to_string(config)?;
    ensure!(text.contains(&often) || text.contains(never), "{} says nothing of snapshots", config.display());
    Ok(std::fs::write(config, text.replace(&often, never))?)
}

fn rebuilt(field: &mut Field, number: usize) -> Result<()> {
    let answer = field.cluster().operator(number, &["rebuild"])?;
    let (new, old) = (answer["node_id"].as_u64(), answer["replaces"].as_u64());
    ensure!(new > old && old > Some(0), "{answer}");
    field.wait_ready(number)?;
    field.cluster().wait_voters(3)?;
    field.progress(BETWEEN)
}

fn text(document: &Value, name: &str) -> String {
    document[name].as_str().unwrap_or_default().to_owned()
}

/// F16.
pub struct TornTail;

impl Scenario for TornTail {
    fn name(&self) -> &'static str {
        "F16"
    }

    fn what(&self) -> &'static str {
        "a write-ahead log with a torn end, and one that lost acknowledged entries"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 3) {
            let number = victim(field)?;
            let log = newest(&database(field, number), "log")?;
            // A record that was being written when the power went.
            let torn: Vec<u8> = (0..field.pick(40) + 8).map(|_| field.dice().random()).collect();
            File::options().append(true).open(&log)?.write_all(&torn)?;
            field.start(number)?;
            field.wait_ready(number)?;
            field.observe(format!("node {number} took {} torn bytes for what they are", torn.len()));

            let number = victim(field)?;
            let log = newest(&database(field, number), "log")?;
            let file = File::options().write(true).open(&log)?;
            let (long, left) = (file.metadata()?.len(), file.metadata()?.len() * 2 / 3);
            file.set_len(left)?;
            let reason = quarantined(field, number)?;
            field.observe(format!("node {number} lost {} bytes of its log: {reason}", long - left));
            rebuilt(field, number)?;
        }
        Ok(())
    }
}

/// F17.
pub struct BitFlips;

/// What can be damaged: what it is called, and where it lies.
type Target = (&'static str, fn(&Path) -> Result<PathBuf>);

const TARGETS: [Target; 4] = [
    ("the write-ahead log", |data| newest(&data.join("db/database"), "log")),
    ("a table", |data| largest(&data.join("db/database"), "sst")),
    ("the manifest", |data| newest(&data.join("db/database"), "MANIFEST")),
    ("the snapshot", snapshot),
];

fn snapshot(data: &Path) -> Result<PathBuf> {
    newest(&data.join("db/snapshots"), "snapshot")
}

impl Scenario for BitFlips {
    fn name(&self) -> &'static str {
        "F17"
    }

    fn what(&self) -> &'static str {
        "a flipped bit in the log, a table, the manifest or the snapshot"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.options.snapshot_entries = Some(SNAPSHOT_ENTRIES);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        let first = field.pick(TARGETS.len());
        for round in 0..field.length().choose(1, TARGETS.len()) {
            let (what, find) = TARGETS[(first + round) % TARGETS.len()];
            let all_have = || field.cluster().zones().iter().all(|zone| snapshot(&zone.data).is_ok()).then_some(());
            until("every node has a snapshot", FOUND_WITHIN, all_have)?;
            let number = victim(field)?;
            let path = find(&field.cluster().zones()[number].data)?;
            let bit = field.dice().random_range(0..8);
            flip(&path, 2, bit)?;
            keep_snapshot(&field.cluster().zones()[number].config)?;
            let reason = quarantined(field, number)?;
            field.observe(format!("node {number}, a bit of {what}: {reason}"));
            rebuilt(field, number)?;
        }
        Ok(())
    }
}

/// F19.
pub struct WipedDisk;

impl Scenario for WipedDisk {
    fn name(&self) -> &'static str {
        "F19"
    }

    fn what(&self) -> &'static str {
        "a node comes back with an empty disk"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 4) {
            field.progress(BETWEEN)?;
            let nodes = field.running();
            let number = nodes[field.pick(nodes.len())];
            let id = field.cluster().status(number)?.id;
            field.kill(number)?;
            std::fs::remove_dir_all(&field.cluster().zones()[number].data)?;
            field.start(number)?;
            let empty = || (field.cluster().document(number).ok()?["phase"] == "empty").then_some(());
            until("the node is empty", FOUND_WITHIN, empty)?;
            field.observe(format!("node {number} is empty and votes in nothing"));
            field.progress(BETWEEN)?;
            let leader = field.cluster().wait_leader()?;
            field.cluster().replace(number, leader, id)?;
            field.wait_ready(number)?;
            field.cluster().wait_voters(3)?;
            ensure!(field.cluster().status(number)?.id > id, "a number is used once");
            field.progress(BETWEEN)?;
        }
        Ok(())
    }
}

/// F20.
pub struct RolledBack;

impl Scenario for RolledBack {
    fn name(&self) -> &'static str {
        "F20"
    }

    fn what(&self) -> &'static str {
        "an old image of a node's disk is put back"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 3) {
            let number = victim(field)?;
            let data = field.cluster().zones()[number].data.clone();
            let image = field.cluster().folder().join("image");
            copy(&data, &image)?;
            field.start(number)?;
            field.wait_ready(number)?;
            field.progress(3 * BETWEEN)?;
            field.kill(number)?;
            std::fs::remove_dir_all(&data)?;
            copy(&image, &data)?;
            std::fs::remove_dir_all(&image)?;
            let reason = quarantined(field, number)?;
            ensure!(reason.contains("rolled back"), "it says: {reason}");
            field.observe(format!("node {number}: {reason}"));
            rebuilt(field, number)?;
        }
        Ok(())
    }
}

fn database(field: &Field, number: usize) -> PathBuf {
    field.cluster().zones()[number].data.join("db/database")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !Command::new("cp").arg("-a").args([from, to]).status()?.success() {
        bail!("cp -a {} {} failed", from.display(), to.display());
    }
    Ok(())
}

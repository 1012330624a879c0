//! F15: disks fill up, of a follower, of the leader, of all; each a small file system of its own.

use crate::chaos::tools::{run, tool};
use crate::chaos::{Field, Scenario, Setup, net};
use crate::{scratch, until};
use anyhow::{Context, Result, ensure};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Twice what a node keeps in reserve, and room for the load.
const DISK_MEBIBYTES: u64 = 256;
/// What is left of a disk that is full: below half of what a node keeps free, above what would end it.
const LEFT_BYTES: u64 = 20 << 20;
/// A node looks four times a second, and the leader hears of it with the next heartbeat.
const NOTICES: Duration = Duration::from_secs(20);
/// Nodes that are short of room say so.
const FULL: &str = "lockstep_disk_full";

/// F15.
#[derive(Default)]
pub struct FullDisk {
    disks: Vec<PathBuf>,
    folder: Option<tempfile::TempDir>,
}

impl Scenario for FullDisk {
    fn name(&self) -> &'static str {
        "F15"
    }

    fn what(&self) -> &'static str {
        "the disk of a follower, of the leader, of all is full, and has room again"
    }

    fn needs_namespaces(&self) -> bool {
        true
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        net::raise_loopback()?;
        let folder = scratch();
        let nodes = setup.options.nodes;
        setup.options.each.resize_with(nodes.max(setup.options.each.len()), Default::default);
        for (number, options) in setup.options.each.iter_mut().enumerate().take(nodes) {
            let disk = folder.path().join(format!("disk-{number}"));
            std::fs::create_dir(&disk)?;
            let size = format!("size={DISK_MEBIBYTES}m");
            run(Command::new(tool("mount")?).args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&disk))?;
            options.data = Some(disk.join("data"));
            self.disks.push(disk);
        }
        self.folder = Some(folder);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 4) {
            field.progress(50)?;
            let follower = field.follower()?;
            self.fill(field, &[follower])?;
            field.progress(100).context("a follower's disk is full")?;
            field.observe(format!("the disk of follower {follower} full: everything goes on"));
            self.empty(field, &[follower])?;

            let leader = field.cluster().wait_leader()?;
            self.fill(field, &[leader])?;
            let successor = field.wait_leader_other_than(leader)?;
            field.progress(100).context("the former leader's disk is full")?;
            field.observe(format!("the disk of leader {leader} full: {successor} leads"));
            self.empty(field, &[leader])?;

            let all = field.running();
            self.fill(field, &all)?;
            self.read_only(field)?;
            self.empty(field, &all)?;
            field.progress(100).context("there is room again")?;
        }
        Ok(())
    }
}

impl FullDisk {
    fn fill(&self, field: &Field, nodes: &[usize]) -> Result<()> {
        for node in nodes {
            let disk = &self.disks[*node];
            let status = statvfs(disk)?;
            let free = status.f_bavail * status.f_frsize;
            ensure!(free > LEFT_BYTES, "{} has {free} bytes free from the start", disk.display());
            let ballast = File::create(disk.join("ballast"))?;
            fallocate(&ballast, FallocateFlags::empty(), 0, free - LEFT_BYTES)?;
        }
        self.wait_full(field, nodes, 1)
    }

    fn empty(&self, field: &Field, nodes: &[usize]) -> Result<()> {
        for node in nodes {
            std::fs::remove_file(self.disks[*node].join("ballast"))?;
        }
        self.wait_full(field, nodes, 0)?;
        field.wait_whole()
    }

    fn wait_full(&self, field: &Field, nodes: &[usize], expected: u64) -> Result<()> {
        for node in nodes {
            let said = || (field.counter(*node, FULL).ok()? == expected).then_some(());
            until(&format!("node {node} says {expected} of its disk being full"), NOTICES, said)?;
        }
        Ok(())
    }

    /// No change is taken and the reason is told; reads go on where a majority's state is.
    fn read_only(&self, field: &mut Field) -> Result<()> {
        // A leader that finds its disk full first hands over once more: the one that leads in the end tells the reason.
        let refused = || {
            let [read, change] = field.ask_alone(field.cluster().leader()?).ok()?;
            let told = change.is_err_and(|refusal| {
                refusal.code == "ServiceUnavailableException" && refusal.message.contains("disk is full")
            });
            (read.is_ok() && told).then_some(())
        };
        until("changes are refused because the disk is full, reads are not", NOTICES, refused)?;
        // A node whose disk was full before the others' may lack what a majority has, and reads nothing old to anybody.
        let (nodes, mut serving) = (field.running(), 0);
        for node in &nodes {
            let [read, change] = field.ask_alone(*node)?;
            ensure!(change.is_err(), "node {node} takes a change with all disks full");
            serving += usize::from(read.is_ok());
        }
        ensure!(serving * 2 > nodes.len(), "all disks full: {serving} of {} nodes read", nodes.len());
        field.observe("all disks full: read-only, and the reason is told");
        Ok(())
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        for disk in &self.disks {
            // What cannot be taken away now goes with the program.
            let _ = tool("umount").and_then(|umount| run(Command::new(umount).arg("-l").arg(disk)));
        }
    }
}

//! `lockstep dev` as a developer starts it.

use crate::{Process, Wire, free_ports, program, scratch, until};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the cluster may take to come up on a busy machine.
const COMES_UP: Duration = Duration::from_secs(60);

/// A running `lockstep dev`, and the nodes that were started again by hand.
pub struct Dev {
    process: Process,
    revived: Vec<Process>,
    ready: Value,
    regions: &'static str,
    folder: tempfile::TempDir,
}

impl Dev {
    /// Three zones on a fresh folder.
    ///
    /// # Errors
    /// When they do not come up.
    pub fn start() -> Result<Self> {
        Self::start_in("us-east-1")
    }

    /// Three zones of these Regions, which are separated by commas, on a fresh folder.
    ///
    /// # Errors
    /// When they do not come up.
    pub fn start_in(regions: &'static str) -> Result<Self> {
        let folder = scratch();
        let (process, ready) = launch(folder.path(), regions)?;
        Ok(Self { process, revived: Vec::new(), ready, regions, folder })
    }

    /// Ends the command as ^C does, and starts it again on the same folder.
    ///
    /// # Errors
    /// When it does not end or does not come up again.
    pub fn restart(&mut self) -> Result<()> {
        let _ = self.end(); // it may have ended before
        (self.process, self.ready) = launch(self.folder.path(), self.regions)?;
        Ok(())
    }

    /// Ends the command and starts it again with these Regions.
    ///
    /// # Errors
    /// As [`Dev::restart`].
    pub fn restart_in(&mut self, regions: &'static str) -> Result<()> {
        self.regions = regions;
        self.restart()
    }

    /// Ends the command as ^C does; whether it ended well.
    ///
    /// # Errors
    /// When it does not end.
    pub fn end(&mut self) -> Result<bool> {
        self.process.signal(Signal::TERM)?;
        let well = self.process.wait()?;
        self.revived.clear();
        Ok(well)
    }

    /// Where clients reach the cluster.
    ///
    /// # Errors
    /// When the ready file does not say.
    pub fn endpoint(&self) -> Result<&str> {
        self.ready["endpoint"].as_str().context("an endpoint")
    }

    /// The folder of the command's files: `data` is the cluster's, `ready.json` the ready file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the ready file says.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// A client of the front, with a credential that nobody knows.
    ///
    /// # Errors
    /// When the ready file names no endpoint.
    pub fn client(&self) -> Result<client::Client> {
        self.client_in("us-east-1")
    }

    /// The same, of another Region.
    ///
    /// # Errors
    /// As [`Dev::client`].
    pub fn client_in(&self, region: &str) -> Result<client::Client> {
        Ok(client::Client::builder(region).credentials("anyone", "anything").endpoint(self.endpoint()?).build()?)
    }

    /// A caller of one zone by AWS's wire, as an account's root.
    ///
    /// # Errors
    /// When the ready file does not name the zone.
    pub fn wire(&self, zone: usize, region: &str, account: &str) -> Result<Wire> {
        Ok(Wire::new(&self.zone_endpoint(zone)?, region, (account, "anything")))
    }

    /// Where clients reach one zone.
    ///
    /// # Errors
    /// When the ready file does not say.
    pub fn zone_endpoint(&self, zone: usize) -> Result<String> {
        self.ready["nodes"][zone]["endpoint"].as_str().map(str::to_owned).context("an endpoint")
    }

    /// The number of the node that leads, asked of `lockstep status`.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn wait_leader(&self) -> Result<usize> {
        until("a leader", COMES_UP, || {
            let status = self.status().ok()?;
            status["nodes"].as_array()?.iter().position(|node| node["role"] == "leader")
        })
    }

    /// What `lockstep status --output json` prints.
    ///
    /// # Errors
    /// When it fails.
    pub fn status(&self) -> Result<Value> {
        let data = self.folder.path().join("data");
        let mut command = std::process::Command::new(program());
        let output = command.args(["status", "--output", "json", "--data"]).arg(data).output()?;
        serde_json::from_slice(&output.stdout).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// kill -9 of a node's process, by its id.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self, number: usize) -> Result<()> {
        let status = self.status()?;
        let pid = status["nodes"][number]["pid"].as_i64().context("a pid")?;
        let pid = Pid::from_raw(i32::try_from(pid)?).context("a pid")?;
        kill_process(pid, Signal::KILL)?;
        until("the process is gone", COMES_UP, || {
            let gone = test_kill_process(pid).is_err() || is_zombie(pid);
            gone.then_some(())
        })
    }

    /// Starts a node again with the command line that the ready file gives.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn revive(&mut self, number: usize) -> Result<()> {
        let words = self.ready["nodes"][number]["start"].as_array().context("a command line")?;
        let argv: Vec<String> = words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect();
        self.revived.push(Process::start(&argv, &[], &self.folder.path().join("revived.log"))?);
        Ok(())
    }

    /// Waits until `count` nodes answer requests.
    ///
    /// # Errors
    /// When they do not in time.
    pub fn wait_ready(&self, count: usize) -> Result<()> {
        until("nodes are ready", COMES_UP, || {
            let status = self.status().ok()?;
            let ready = status["nodes"].as_array()?.iter().filter(|node| node["ready"] == true).count();
            (ready == count).then_some(())
        })
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // Its own children end with it when it is asked to end.
        let _ = self.process.signal(Signal::TERM);
        let _ = self.process.wait();
    }
}

fn launch(folder: &Path, regions: &str) -> Result<(Process, Value)> {
    let ready: PathBuf = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready);
    let port = free_ports(1)?[0].to_string();
    let word = |path: &Path| path.display().to_string();
    let argv = [
        word(&program()),
        "dev".into(),
        "--data".into(),
        word(&folder.join("data")),
        "--port".into(),
        port,
        "--ready-file".into(),
        word(&ready),
        "--regions".into(),
        regions.to_owned(),
    ];
    let log = folder.join("dev.log");
    let process = Process::start(&argv, &[], &log)?;
    let written = until("the ready file", COMES_UP, || std::fs::read(&ready).ok())
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
    Ok((process, serde_json::from_slice(&written)?))
}

fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

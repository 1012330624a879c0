//! The unit: its command line runs, the node tells systemd when it is up and when it goes, and the limits fit.

use crate::files::{lockstep, path, reader, text, toml};
use crate::node::{COMES_UP, Place};
use crate::sample;
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use tests::{Process, program, scratch};

const UNIT: &str = "systemd/lockstep.service";

/// Every value that the unit gives to a name.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

/// The one value that it gives.
fn value<'a>(unit: &'a str, name: &str) -> Result<&'a str> {
    match values(unit, name)[..] {
        [value] => Ok(value),
        ref several => anyhow::bail!("{name} is given {several:?}"),
    }
}

/// The unit's node in a test: where it lives, what it tells systemd.
struct Unit {
    place: Place,
    line: Vec<String>,
    socket: UnixDatagram,
    socket_path: String,
    _folder: tempfile::TempDir,
}

impl Unit {
    fn new() -> Result<Self> {
        let folder = scratch();
        let place = sample::place(folder.path(), &text("lockstep.toml")?)?;
        let unit = text(UNIT)?;
        let words: Vec<String> = value(&unit, "ExecStart")?.split(' ').map(str::to_owned).collect();
        let socket_path = folder.path().join("notify").display().to_string();
        let socket = UnixDatagram::bind(&socket_path)?;
        socket.set_read_timeout(Some(COMES_UP))?;
        Ok(Self {
            line: place.command_line(&words, &["/usr/bin/lockstep"])?,
            place,
            socket,
            socket_path,
            _folder: folder,
        })
    }

    fn start(&self) -> Result<Process> {
        self.place.start(&self.line, &[("NOTIFY_SOCKET", &self.socket_path)])
    }

    /// What systemd hears next.
    fn heard(&self) -> Result<String> {
        let mut told = [0; 256];
        let length = self.socket.recv(&mut told).with_context(|| self.place.said())?;
        Ok(String::from_utf8_lossy(&told[..length]).trim_end().to_owned())
    }

    fn status(&self, more: &[&str]) -> Result<Option<i32>> {
        let data = self.place.data.display().to_string();
        Ok(lockstep([&["status", "--node", &data], more].concat())?.status.code())
    }
}

#[test]
fn systemd_is_told_that_an_empty_node_runs_and_that_it_ends() -> Result<()> {
    let unit = Unit::new()?;
    let mut process = unit.start()?;
    ensure!(unit.heard()? == "READY=1");
    ensure!(unit.status(&[])? == Some(0), "its operator can reach it then");
    ensure!(unit.status(&["--ready"])? == Some(3), "and it takes no requests yet");
    process.signal(Signal::TERM)?;
    ensure!(unit.heard()? == "STOPPING=1");
    ensure!(process.wait()?, "it ends well: {}", unit.place.said());
    Ok(())
}

#[test]
fn systemd_is_told_that_a_member_runs() -> Result<()> {
    let unit = Unit::new()?;
    let mut process = unit.start()?;
    ensure!(unit.heard()? == "READY=1");
    let data = unit.place.data.display().to_string();
    let born = lockstep(["operator", "init", "--account", tests::ACCOUNT, "--node", &data])?;
    ensure!(born.status.success(), "{}", String::from_utf8_lossy(&born.stderr));
    process.signal(Signal::TERM)?;
    ensure!(unit.heard()? == "STOPPING=1");
    ensure!(process.wait()?, "it ends well: {}", unit.place.said());
    let _again = unit.start()?;
    ensure!(unit.heard()? == "READY=1");
    tests::until("the node is ready", COMES_UP, || unit.status(&["--ready"]).ok().filter(|code| *code == Some(0)))
        .with_context(|| unit.place.said())?;
    Ok(())
}

#[test]
fn a_node_that_cannot_start_tells_systemd_nothing() -> Result<()> {
    let unit = Unit::new()?;
    unit.socket.set_nonblocking(true)?;
    std::fs::create_dir(&unit.place.data)?; // open to others, which a node refuses
    std::fs::set_permissions(&unit.place.data, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    ensure!(unit.start().is_err());
    ensure!(unit.heard().is_err());
    Ok(())
}

#[test]
fn the_unit_fits_the_sample_configuration() -> Result<()> {
    let (unit, sample) = (text(UNIT)?, text("lockstep.toml")?);
    let folder = format!("/var/lib/{}", value(&unit, "StateDirectory")?);
    ensure!(toml(&sample)?["data_dir"] == folder.as_str(), "the node writes elsewhere than to {folder}");
    ensure!(value(&unit, "StateDirectoryMode")? == "0700", "a node refuses a folder that others may enter");
    let option = |name: &str| {
        let line = sample.lines().find_map(|line| line.strip_prefix(&format!("#{name} = ")));
        line.and_then(|value| value.parse::<u64>().ok()).with_context(|| name.to_owned())
    };
    let files: u64 = value(&unit, "LimitNOFILE")?.parse()?;
    ensure!(files >= 2 * option("connections")?, "{files} open files are too few for the connections");
    let stop: u64 = value(&unit, "TimeoutStopSec")?.trim_end_matches('s').parse()?;
    // The longest drain that can be configured, and handing over before it.
    ensure!(stop >= 60 + 12, "{stop} s to stop are too few");
    Ok(())
}

#[test]
fn the_unit_leaves_the_process_nothing_it_does_not_need() -> Result<()> {
    let unit = text(UNIT)?;
    for (name, expected) in [
        ("Type", "notify"),
        ("User", "lockstep"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("CapabilityBoundingSet", ""),
        ("LimitCORE", "0"),
        ("MemoryDenyWriteExecute", "yes"),
        ("UMask", "0077"),
    ] {
        ensure!(value(&unit, name)? == expected, "{name}");
    }
    ensure!(values(&unit, "SystemCallFilter").len() == 2);
    ensure!(values(&unit, "WatchdogSec").is_empty(), "the node serves no watchdog");
    Ok(())
}

/// systemd's own opinion: the unit is well formed, and little is left open.
#[test]
fn systemd_takes_the_unit() -> Result<()> {
    let analyze = || reader("systemd-analyze", "LOCKSTEP_TEST_SYSTEMD_ANALYZE");
    let folder = scratch();
    let mapped = text(UNIT)?.replace("/usr/bin/lockstep", &program().display().to_string());
    let unit = folder.path().join(Path::new(UNIT).file_name().context("a file")?);
    std::fs::write(&unit, mapped)?;
    let verified = analyze()?.args(["verify", "--man=no"]).arg(&unit).output()?;
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    // It reads the machine's other units too, and has opinions about those.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("lockstep.service")).collect();
    ensure!(ours.is_empty(), "{ours:?}");
    // 0 is nothing left open, 100 everything.
    let exposure = ["security", "--offline=true", "--threshold=20", "--no-pager"];
    let exposure = analyze()?.args(exposure).arg(&unit).output()?;
    ensure!(exposure.status.success(), "{}", String::from_utf8_lossy(&exposure.stdout));
    ensure!(path(UNIT).is_file());
    Ok(())
}

//! The zones' processes: started, watched, and ended with the command. One that dies is not started again: that is the
//! developer's to do, with the line that the screen shows.

use super::layout::Zone;
use super::limits;
use crate::output::complain;
use crate::server::PARENT;
use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A zone's process while this command lives.
pub struct Running {
    pid: u32,
    ended: CancellationToken,
    watch: JoinHandle<()>,
    expected: Arc<AtomicBool>,
}

impl Running {
    /// Starts a zone's process. It ends with this one, however this one ends.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(zone: &Zone) -> Result<Self> {
        let line = zone.start_line()?;
        let log = std::fs::File::options().create(true).append(true).open(&zone.log)?;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).env(PARENT, std::process::id().to_string());
        // A group of its own, so that ^C reaches this command alone, which then ends the zones in order.
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {}", line[0]))?;
        let pid = child.id().context("a process that has just been started has an id")?;
        let (ended, expected) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        let watch = tokio::spawn(watch(child, zone.clone(), ended.clone(), expected.clone()));
        Ok(Self { pid, ended, watch, expected })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Asks it to end, and after a while makes it.
    pub async fn end(self) {
        self.expected.store(true, Ordering::Release);
        if self.has_ended() {
            return;
        }
        signal(self.pid, Signal::TERM);
        if tokio::time::timeout(limits::ENDS_WITHIN, self.ended.cancelled()).await.is_err() {
            // A paused process takes no signal but this one.
            signal(self.pid, Signal::KILL);
        }
        let _ = self.watch.await;
    }
}

async fn watch(mut child: Child, zone: Zone, ended: CancellationToken, expected: Arc<AtomicBool>) {
    let pid = child.id().unwrap_or_default();
    let how = child.wait().await.map_or_else(|cause| cause.to_string(), |status| status.to_string());
    ended.cancel();
    if !expected.load(Ordering::Acquire) {
        let line = zone.start_line().map(|line| super::screen::quoted(&line)).unwrap_or_default();
        complain(&format!("zone {} (pid {pid}) has ended: {how}. Start it again with: {line}", zone.zone));
    }
}

/// Sends a signal to a process that this command started or was told of by the process itself.
pub fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself in this moment.
        let _ = kill_process(pid, signal);
    }
}

/// The end of what a zone said.
pub fn last_words(zone: &Zone) -> String {
    let log = std::fs::read_to_string(&zone.log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(limits::LOG_LINES_SHOWN)..].join("\n")
}

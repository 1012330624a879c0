//! One operating system process under test, ended by its id.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A child process; killed when dropped.
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `argv`, with both outputs appended to `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(argv: &[String], environment: &[(&str, &str)], log: &Path) -> Result<Self> {
        let (program, arguments) = argv.split_first().context("an empty command line")?;
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(Self { child: command.spawn().with_context(|| format!("cannot start {program}"))? })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
        kill_process(pid, signal).with_context(|| format!("signal {signal:?} to {pid:?}"))
    }

    /// kill -9, and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until it ends by itself; whether it ended well.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn wait(&mut self) -> Result<bool> {
        Ok(self.child.wait()?.success())
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended, if it did.
    pub fn exit(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A paused process takes no signal but these two.
        let _ = self.signal(Signal::CONT);
        let _ = self.kill();
    }
}

/// The binary under test: what `cargo xtask test` built, named by `LOCKSTEP_TEST_PROGRAM`.
pub fn program() -> PathBuf {
    match std::env::var_os("LOCKSTEP_TEST_PROGRAM") {
        Some(program) => program.into(),
        None => {
            // target/release/deps/<this test> → target/release/lockstep
            let this = std::env::current_exe().expect("a running program has a path");
            let folder = if this.parent().is_some_and(|folder| folder.ends_with("deps")) { 2 } else { 1 };
            this.ancestors().nth(folder).expect("a test lies in target/release/deps").join("lockstep")
        }
    }
}

/// A folder for one test, removed with it.
pub fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("lockstep-test-").tempdir().expect("a temporary folder can be made")
}

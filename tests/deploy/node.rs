//! A place in a temporary folder for one node, and the rewriting of a file's words so that they mean that place.

use crate::files::lockstep;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::{Process, free_ports, program, until};

/// How long a process may take to start, or a node to become ready, on a busy machine.
pub(crate) const COMES_UP: Duration = Duration::from_secs(60);

/// Where one node lives in a test.
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) log: PathBuf,
    /// What a deployment calls something, and what it is called here.
    names: Vec<(String, String)>,
}

impl Place {
    /// Below `folder`, for the configuration `text`, whose ports become free ones on loopback. `names` are further
    /// renamings.
    pub(crate) fn new(folder: &Path, name: &str, text: &str, names: &[(&str, String)]) -> Result<Self> {
        let data = folder.join(name);
        let place = Self {
            config: folder.join(format!("{name}.toml")),
            log: folder.join(format!("{name}.log")),
            names: names.iter().map(|(from, to)| ((*from).to_owned(), to.clone())).collect(),
            data,
        };
        std::fs::write(&place.config, place.mapped(text))?;
        Ok(place)
    }

    /// A text in which everything is called as it is here.
    pub(crate) fn mapped(&self, text: &str) -> String {
        let own = [
            ("/var/lib/lockstep".to_owned(), self.data.display().to_string()),
            ("/etc/lockstep/lockstep.toml".to_owned(), self.config.display().to_string()),
        ];
        let all = self.names.iter().chain(&own);
        all.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    /// A command line of a deployment, as it is here. Its first word must be one of `programs`.
    pub(crate) fn command_line(&self, line: &[String], programs: &[&str]) -> Result<Vec<String>> {
        let (first, rest) = line.split_first().context("an empty command line")?;
        ensure!(programs.contains(&first.as_str()), "{first} is not where the program is: {programs:?}");
        let program = program().display().to_string();
        Ok(std::iter::once(program).chain(rest.iter().map(|word| self.mapped(word))).collect())
    }

    /// Starts a command line and waits until the node's admin socket is there.
    pub(crate) fn start(&self, line: &[String], environment: &[(&str, &str)]) -> Result<Process> {
        let mut process = Process::start(line, environment, &self.log)?;
        let socket = self.data.join("admin.sock");
        let up = until("the admin socket", COMES_UP, || (socket.exists() || !process.is_running()).then_some(()));
        up.with_context(|| self.said())?;
        ensure!(process.is_running(), "the node ended: {}", self.said());
        Ok(process)
    }

    /// The exit code of a command line, a health check for instance.
    pub(crate) fn exit_code(&self, line: &[String]) -> Result<Option<i32>> {
        Ok(lockstep(&line[1..])?.status.code())
    }

    /// Its log.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Renamings of addresses to free ones on loopback, each as often as it is written.
pub(crate) fn on_loopback(addresses: &[&'static str]) -> Result<Vec<(&'static str, String)>> {
    let ports = free_ports(addresses.len())?;
    Ok(addresses.iter().zip(ports).map(|(address, port)| (*address, format!("127.0.0.1:{port}"))).collect())
}

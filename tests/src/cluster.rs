//! A cluster of three `lockstep server` processes, born and joined by the operator's own commands, signatures on.

use crate::{Process, free_ports, program, scratch, until};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// The account that every test cluster is born with.
pub const ACCOUNT: &str = "111122223333";
/// The Region that it serves, unless a test asks for another.
const REGION: &str = "eu-central-1";
/// How long a cluster may take to come up, or a node to come back, on a busy machine.
const COMES_UP: Duration = Duration::from_secs(60);

/// A running cluster; its processes end with it.
pub struct Cluster {
    zones: Vec<Zone>,
    region: &'static str,
    credentials: (String, String),
    folder: tempfile::TempDir,
}

/// One node of it.
pub struct Zone {
    /// `zone-a`, `zone-b`, …
    pub name: String,
    /// Where clients reach it.
    pub endpoint: String,
    /// Where its metrics and health are.
    pub metrics: String,
    /// Its data folder.
    pub data: PathBuf,
    /// Its configuration.
    pub config: PathBuf,
    /// The key file of its seal.
    pub seal: PathBuf,
    /// What both of its outputs said.
    pub log: PathBuf,
    argv: Vec<String>,
    environment: Vec<(String, String)>,
    process: Option<Process>,
}

/// How a node stands, of its own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStatus {
    /// leader, follower, candidate, learner.
    pub role: String,
    /// Index of the last applied entry.
    pub applied: u64,
    /// The hash over all writes at that index.
    pub chain: String,
    /// Whether it answers requests.
    pub ready: bool,
    /// The election term.
    pub term: u64,
    /// How many nodes vote, as far as this one knows.
    pub voters: u64,
    /// Its number.
    pub id: u64,
    /// Why it answers no requests.
    pub reason: Option<String>,
    /// How many more voters may fail; nothing when no leader says so.
    pub survives: Option<u64>,
    /// The numbers of the voters that the leader does not hear.
    pub dead: Vec<u64>,
}

/// What a test may ask for beyond the usual.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many nodes, 1 to 5.
    pub nodes: usize,
    /// How many more are prepared and not started, up to 5 in all.
    pub spares: usize,
    /// What runs instead of the binary under test.
    pub program: Option<PathBuf>,
    /// What single nodes get beyond the usual, in the order of their names; the rest gets nothing.
    pub each: Vec<NodeOptions>,
    /// Bind every process to this processor.
    pub processor: Option<usize>,
    /// Everything that can be logged is logged.
    pub trace: bool,
    /// A snapshot after this many log entries, and hardly any log below it.
    pub snapshot_entries: Option<u64>,
    /// The Region that the cluster serves.
    pub region: &'static str,
    /// The key of every node's seal, instead of one of its own each.
    pub seal: Option<[u8; 32]>,
    /// A dev cluster that keeps its secrets in clear, to show that a search for them would find them.
    pub sealing_off: bool,
    /// Hold accounts to AWS's request rates. Off unless asked for: a load is faster than an account of AWS may be.
    pub request_rates: bool,
}

/// What a test may ask for at a single node.
#[derive(Debug, Clone, Default)]
pub struct NodeOptions {
    /// Where it listens, instead of 127.0.0.1.
    pub host: Option<String>,
    /// What stands in front of its command line, such as `nsenter --net=…`.
    pub wrapper: Vec<String>,
    /// Variables of its process.
    pub environment: Vec<(String, String)>,
    /// Where others are told to reach its peers' port: a proxy in front of it.
    pub peers_advertised: Option<String>,
    /// The port on which it listens for peers, where a proxy has to know it before.
    pub peers_port: Option<u16>,
    /// Its data folder, where that lies on a file system of its own.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 3,
            spares: 0,
            program: None,
            each: Vec::new(),
            processor: None,
            trace: false,
            snapshot_entries: None,
            region: REGION,
            seal: None,
            sealing_off: false,
            request_rates: false,
        }
    }
}

impl Cluster {
    /// Three zones, as an operator makes them: one is born, two join, a root credential is drawn.
    ///
    /// # Errors
    /// When the cluster does not come up.
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    /// As [`Cluster::start`], with options.
    ///
    /// # Errors
    /// When the cluster does not come up.
    pub fn start_with(options: Options) -> Result<Self> {
        let mut cluster = Self::prepare(&options)?;
        for number in 0..options.nodes {
            cluster.run(number)?;
        }
        let dev: &[&str] = if options.sealing_off { &["--dev"] } else { &[] };
        let born = cluster.operator(0, &[&["init", "--account", ACCOUNT], dev].concat())?;
        // A dev cluster is born without a credential, for it needs none.
        let create = || cluster.operator(0, &["credential", "create", "--account", ACCOUNT]);
        let credential = if options.sealing_off { create()? } else { born };
        let member = |name: &str| credential[name].as_str().map(str::to_owned).context("a credential has parts");
        cluster.credentials = (member("access_key_id")?, member("secret_access_key")?);
        for number in 1..options.nodes {
            cluster.join(number, 0)?;
        }
        for number in 0..options.nodes {
            cluster.wait_ready(number)?;
        }
        // A node that has joined votes once it has caught up.
        cluster.wait_voters(options.nodes)?;
        Ok(cluster)
    }

    /// Nodes that are configured and not started, for a test that begins a cluster in its own way.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn prepare(options: &Options) -> Result<Self> {
        let folder = scratch();
        let ports = free_ports(3 * (options.nodes + options.spares))?;
        let mut zones = Vec::new();
        for (number, (ports, letter)) in ports.chunks(3).zip(["a", "b", "c", "d", "e"]).enumerate() {
            let own = options.each.get(number).cloned().unwrap_or_default();
            zones.push(Zone::prepare(folder.path(), letter, ports, options, own)?);
        }
        Ok(Self { zones, region: options.region, credentials: Default::default(), folder })
    }

    /// Clients use the credentials of another cluster's root: this one was restored from it.
    pub fn take_credentials(&mut self, of: &Self) {
        self.credentials.clone_from(&of.credentials);
    }

    /// Waits until every member says that so many vote.
    ///
    /// # Errors
    /// When they do not in time.
    pub fn wait_voters(&self, count: usize) -> Result<()> {
        let says = |number| self.status(number).is_ok_and(|status| status.voters == count as u64);
        until("so many nodes vote", COMES_UP, || self.members().all(says).then_some(()))
    }

    /// Has a node that runs join the cluster of another one.
    ///
    /// # Errors
    /// When one of the two does not answer, or refuses.
    pub fn join(&self, number: usize, through: usize) -> Result<()> {
        self.join_by(number, through, &["token"])
    }

    /// Has a node that runs take the place of another, whose number in the cluster is `id`.
    ///
    /// # Errors
    /// When one of the two does not answer, or refuses.
    pub fn replace(&self, number: usize, through: usize, id: u64) -> Result<()> {
        self.join_by(number, through, &["replace", "--id", &id.to_string()])
    }

    fn join_by(&self, number: usize, through: usize, words: &[&str]) -> Result<()> {
        let token = self.operator(through, words)?;
        let token = token["token"].as_str().context("token gives a token")?;
        self.operator(number, &["join", "--token", token])?;
        Ok(())
    }

    /// The nodes, in the order of their names.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The Region that the cluster serves.
    pub fn region(&self) -> &'static str {
        self.region
    }

    /// The root's access key id and secret access key.
    pub fn credentials(&self) -> (&str, &str) {
        (&self.credentials.0, &self.credentials.1)
    }

    /// The folder that holds every file of every node.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves that folder behind when the cluster ends, for someone to read.
    pub fn keep_folder(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// A gRPC client that knows all nodes, the given one first.
    pub fn client(&self, first: usize) -> client::Client {
        let order = (0..self.zones.len()).map(|n| &self.zones[(first + n) % self.zones.len()]);
        self.client_of(order)
    }

    /// A gRPC client that knows one node only.
    pub fn client_at(&self, number: usize) -> client::Client {
        self.client_of([&self.zones[number]])
    }

    fn client_of<'a>(&self, zones: impl IntoIterator<Item = &'a Zone>) -> client::Client {
        self.client_with(self.credentials(), zones)
    }

    /// A gRPC client of another account's root.
    ///
    /// # Errors
    /// When the operator cannot make it a credential.
    pub fn client_of_account(&self, account: &str, number: usize) -> Result<client::Client> {
        let (access_key_id, secret) = self.credential_of(account)?;
        Ok(self.client_with((&access_key_id, &secret), [&self.zones[number]]))
    }

    /// A gRPC client of an access key, its id and its secret, that knows one node only.
    pub fn client_of_key(&self, key: (&str, &str), number: usize) -> client::Client {
        self.client_with(key, [&self.zones[number]])
    }

    /// A new access key of an account's root: its id and its secret.
    ///
    /// # Errors
    /// When the operator cannot make it.
    pub fn credential_of(&self, account: &str) -> Result<(String, String)> {
        let made = self.operator(0, &["credential", "create", "--account", account])?;
        let member = |name: &str| made[name].as_str().map(str::to_owned).context("a credential has parts");
        Ok((member("access_key_id")?, member("secret_access_key")?))
    }

    fn client_with<'a>(
        &self,
        (access_key_id, secret): (&str, &str),
        zones: impl IntoIterator<Item = &'a Zone>,
    ) -> client::Client {
        let mut builder = client::Client::builder(self.region).credentials(access_key_id, secret);
        for zone in zones {
            builder = builder.endpoint(&zone.endpoint);
        }
        builder.build().expect("an endpoint and credentials are given")
    }

    /// Starts a node's process with its own command line.
    ///
    /// # Errors
    /// When it cannot be started, or ends at once.
    pub fn run(&mut self, number: usize) -> Result<()> {
        let zone = &mut self.zones[number];
        let environment: Vec<_> =
            zone.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let process = zone.process.insert(Process::start(&zone.argv, &environment, &zone.log)?);
        let socket = zone.data.join("admin.sock");
        let came_up = until("the admin socket", COMES_UP, || match socket.exists() {
            false if process.is_running() => None,
            exists => Some(exists),
        })?;
        ensure!(came_up, "node {number} ended at once: {}", zone.log_tail());
        Ok(())
    }

    /// The process ids of the nodes that run.
    pub fn pids(&self) -> Vec<u32> {
        self.zones.iter().filter_map(|zone| zone.process.as_ref().map(Process::pid)).collect()
    }

    /// kill -9.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, number: usize) -> Result<()> {
        self.zones[number].process.as_mut().context("the node runs")?.kill()
    }

    /// Sends a signal to a node.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, number: usize, signal: Signal) -> Result<()> {
        self.zones[number].process.as_ref().context("the node runs")?.signal(signal)
    }

    /// Ends a node as an operator does; whether it ended well.
    ///
    /// # Errors
    /// When it does not run.
    pub fn terminate(&mut self, number: usize) -> Result<bool> {
        let process = self.zones[number].process.as_mut().context("the node runs")?;
        process.signal(Signal::TERM)?;
        process.wait()
    }

    /// Waits until a node answers requests.
    ///
    /// # Errors
    /// When it does not in time; the error holds the end of its log.
    pub fn wait_ready(&self, number: usize) -> Result<()> {
        let ready = || self.status(number).is_ok_and(|status| status.ready).then_some(());
        until("the node is ready", COMES_UP, ready).with_context(|| self.zones[number].log_tail())
    }

    /// Waits until a node that runs says it is the leader, and gives its number.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn wait_leader(&self) -> Result<usize> {
        until("a leader", COMES_UP, || self.leader())
    }

    /// The node that says it is the leader, of the highest term.
    pub fn leader(&self) -> Option<usize> {
        let leaders = (0..self.zones.len()).filter_map(|number| {
            let status = self.status(number).ok()?;
            (status.role == "leader").then_some((status.term, number))
        });
        leaders.max().map(|(_, number)| number)
    }

    /// Waits until every node has applied the same entries, and gives their statuses.
    ///
    /// # Errors
    /// When they do not agree in time.
    pub fn wait_level(&self) -> Result<Vec<NodeStatus>> {
        until("all nodes have applied the same", COMES_UP, || {
            self.statuses().filter(|all| all.iter().all(|status| status.applied == all[0].applied && status.ready))
        })
    }

    fn statuses(&self) -> Option<Vec<NodeStatus>> {
        self.members().map(|number| self.status(number).ok()).collect()
    }

    /// The nodes that were started and not retired, whether their processes live or not.
    pub fn members(&self) -> impl Iterator<Item = usize> + '_ {
        self.zones.iter().enumerate().filter(|(_, zone)| zone.process.is_some()).map(|(number, _)| number)
    }

    /// Ends a node's process for good: it counts as a member no longer.
    pub fn retire(&mut self, number: usize) {
        self.zones[number].process = None;
    }

    /// How a node's process ended, if it did.
    pub fn exit(&mut self, number: usize) -> Option<ExitStatus> {
        self.zones[number].process.as_mut().and_then(Process::exit)
    }

    /// The variables that a node's process gets the next time it is started.
    pub fn environment(&mut self, number: usize) -> &mut Vec<(String, String)> {
        &mut self.zones[number].environment
    }

    /// Everything that a node says of itself, of one that is empty or quarantined too.
    ///
    /// # Errors
    /// When `lockstep status` prints nothing.
    pub fn document(&self, number: usize) -> Result<Value> {
        let data = self.zones[number].data.to_str().context("a path in UTF-8")?;
        let output = Command::new(program()).args(["status", "--node", data, "--output", "json"]).output()?;
        let mut answer: Value = serde_json::from_slice(&output.stdout).context("lockstep prints JSON")?;
        Ok(answer["nodes"][0].take())
    }

    /// What a node says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn status(&self, number: usize) -> Result<NodeStatus> {
        let data = self.zones[number].data.to_str().context("a path in UTF-8")?;
        let answer = lockstep(&["status", "--node", data, "--output", "json"])?;
        let node = &answer["nodes"][0];
        let text = |name: &str| node[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {node}"));
        let count = |name: &str| node[name].as_u64().with_context(|| format!("{name} in {node}"));
        Ok(NodeStatus {
            role: text("role")?,
            applied: count("applied")?,
            chain: text("chain")?,
            ready: node["ready"].as_bool().context("ready")?,
            term: count("term")?,
            voters: count("voters")?,
            id: count("id")?,
            reason: node["reason"].as_str().map(str::to_owned),
            survives: node["failures_survivable"].as_u64(),
            dead: node["dead_voters"].as_array().into_iter().flatten().filter_map(|dead| dead["id"].as_u64()).collect(),
        })
    }

    /// `lockstep operator …` at a node.
    ///
    /// # Errors
    /// When the command fails.
    pub fn operator(&self, number: usize, words: &[&str]) -> Result<Value> {
        let data = self.zones[number].data.to_str().context("a path in UTF-8")?;
        let mut line = vec!["operator"];
        line.extend(words);
        line.extend(["--node", data, "--output", "json"]);
        lockstep(&line).with_context(|| self.zones[number].log_tail())
    }
}

impl Zone {
    fn prepare(folder: &Path, letter: &str, ports: &[u16], options: &Options, own: NodeOptions) -> Result<Self> {
        let name = format!("zone-{letter}");
        let seal = folder.join(format!("{name}.seal"));
        let data = own.data.unwrap_or_else(|| folder.join(&name));
        let host = own.host.unwrap_or_else(|| "127.0.0.1".to_owned());
        let config = folder.join(format!("{name}.toml"));
        match options.seal {
            None => drop(lockstep(&["operator", "seal-key", utf8(&seal)?, "--output", "json"])?),
            Some(key) => File::options().create_new(true).write(true).mode(0o600).open(&seal)?.write_all(&key)?,
        }
        let region = options.region;
        let mut text = format!(
            "name = \"{name}\"\nzone = \"{region}{letter}\"\nregion = \"{region}\"\ndata_dir = {data:?}\n\
             [listen]\nclients = \"{host}:{}\"\npeers = \"{host}:{}\"\nmetrics = \"{host}:{}\"\n",
            ports[0],
            own.peers_port.unwrap_or(ports[1]),
            ports[2],
        );
        if let Some(advertised) = &own.peers_advertised {
            text += &format!("peers_advertised = \"{advertised}\"\n");
        }
        if host != "127.0.0.1" {
            text += "clients_in_clear = true\n";
        }
        text += &format!("[seal]\nkind = \"file\"\npath = {seal:?}\n");
        if options.trace {
            text += "[log]\nfilter = \"trace\"\n";
        }
        text += &format!("[limits]\nrequest_rates = {}\n", options.request_rates);
        if let Some(entries) = options.snapshot_entries {
            text += &format!("snapshot_entries = {entries}\nlog_tail_entries = 10\n");
        }
        std::fs::write(&config, text)?;
        let program = options.program.clone().unwrap_or_else(program);
        let server = [&program, Path::new("server"), Path::new("--config"), &config];
        let server: Vec<String> = server.iter().map(|word| word.display().to_string()).collect();
        let bind = options.processor.map(|number| ["taskset".to_owned(), "-c".to_owned(), number.to_string()]);
        let mut environment = own.environment;
        if options.sealing_off {
            environment.push(("LOCKSTEP_TEST_SEALING_OFF".to_owned(), "1".to_owned()));
        }
        Ok(Self {
            endpoint: format!("http://{host}:{}", ports[0]),
            metrics: format!("http://{host}:{}", ports[2]),
            argv: own.wrapper.into_iter().chain(bind.into_iter().flatten()).chain(server).collect(),
            log: folder.join(format!("{name}.log")),
            environment,
            name,
            data,
            config,
            seal,
            process: None,
        })
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!("{} says: {}", self.name, lines[lines.len().saturating_sub(15)..].join("\n"))
    }
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

/// Runs the binary to its end and reads the JSON that it prints.
fn lockstep(words: &[&str]) -> Result<Value> {
    let output = Command::new(program()).args(words).output().context("lockstep cannot be started")?;
    if !output.status.success() {
        bail!("lockstep {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    if output.stdout.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&output.stdout).context("lockstep prints JSON")
}

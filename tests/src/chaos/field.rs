//! A run: the cluster, the load on it, the record of both, and what a scenario may do to them.
//!
//! A scenario runs on a thread of its own and may block; the load has its own threads, at low priority.

use super::ask::Asker;
use super::quota::Race;
use super::report::Report;
use super::{Call, History, Length, Load, LoadOptions, Outcome, Resource, Setup};
use crate::{Cluster, until};
use anyhow::{Context as _, Result, ensure};
use rand::Rng as _;
use rand::rngs::StdRng;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// How long anything may take that has to happen: elections, restarts, catching up, on a busy machine.
const HAPPENS: Duration = Duration::from_secs(60);

/// A cluster under load, as a scenario sees it.
pub struct Field {
    pub(super) cluster: Cluster,
    pub(super) history: Arc<History>,
    pub(super) load: Option<Load>,
    pub(super) race: Option<Race>,
    pub(super) may_fail: Vec<&'static str>,
    length: Length,
    dice: StdRng,
    observed: Vec<String>,
    pub(super) violations: Vec<String>,
    /// The nodes whose processes ended because they were made to.
    pub(super) ended: BTreeSet<usize>,
    kills: usize,
    pub(super) runtime: &'static Runtime,
}

/// Reads under way at one node.
pub struct Probe(Vec<JoinHandle<bool>>);

impl Field {
    /// Starts the cluster and the load.
    ///
    /// # Errors
    /// When either does not come up.
    pub fn open(setup: Setup) -> Result<Self> {
        let cluster = Cluster::start_with(setup.options)?;
        let runtime = low_priority_runtime();
        let history = Arc::new(History::begin());
        let mut field = Self {
            cluster,
            history,
            load: None,
            race: None,
            may_fail: setup.load.may_fail.clone(),
            length: setup.length,
            dice: setup.dice,
            observed: Vec::new(),
            violations: Vec::new(),
            ended: BTreeSet::new(),
            kills: 0,
            runtime,
        };
        field.start_load(&setup.load)?;
        Ok(field)
    }

    fn start_load(&mut self, options: &LoadOptions) -> Result<()> {
        let seed = self.dice.random();
        let load = Load::start(&self.cluster, options, seed, Arc::clone(&self.history));
        self.load = Some(self.runtime.block_on(load)?);
        self.race = Some(Race::start(&self.cluster, seed, self.runtime)?);
        Ok(())
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cluster, to be changed by hand. A process that is ended here has to be named by [`Field::expect_end`].
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }

    /// How long this run may take.
    pub fn length(&self) -> Length {
        self.length
    }

    /// The run's choices.
    pub fn dice(&mut self) -> &mut StdRng {
        &mut self.dice
    }

    /// What the clients saw.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Runs a future beside the load: for calls of a scenario's own.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Where a scenario's own tasks run.
    pub fn runtime(&self) -> &Runtime {
        self.runtime
    }

    /// Notes that the fault was seen to take effect. A run that notes nothing fails.
    pub fn observe(&mut self, what: impl Into<String>) {
        self.observed.push(what.into());
    }

    /// What was seen so far.
    pub fn observed(&self) -> &[String] {
        &self.observed
    }

    /// Notes that something that must hold does not.
    pub fn violation(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// Waits until `more` further calls were answered.
    ///
    /// # Errors
    /// When they are not in time.
    pub fn progress(&self, more: usize) -> Result<()> {
        let goal = self.history.answered() + more;
        until("calls are answered", HAPPENS, || (self.history.answered() >= goal).then_some(()))
    }

    /// Lets the load run on for a while that a seed repeats: a fault that lasts, not a wait for something to happen.
    pub fn last(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// A number below `bound`.
    pub fn pick(&mut self, bound: usize) -> usize {
        self.dice.random_range(0..bound)
    }

    /// A time between the two.
    pub fn time_between(&mut self, least: Duration, most: Duration) -> Duration {
        self.dice.random_range(least..=most)
    }

    /// A node that runs and does not lead.
    ///
    /// # Errors
    /// When nobody leads, or nobody else runs.
    pub fn follower(&mut self) -> Result<usize> {
        let leader = self.cluster.wait_leader()?;
        let others: Vec<usize> = self.running().into_iter().filter(|number| *number != leader).collect();
        ensure!(!others.is_empty(), "nobody follows {leader}");
        let chosen = self.pick(others.len());
        Ok(others[chosen])
    }

    /// The nodes that are meant to run.
    pub fn running(&self) -> Vec<usize> {
        self.cluster.members().filter(|number| !self.ended.contains(number)).collect()
    }

    /// kill -9 of a node.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, number: usize) -> Result<()> {
        self.check_alive(number);
        self.ended.insert(number);
        self.kills += 1;
        self.cluster.kill(number)
    }

    /// SIGTERM, as an operator ends a node; whether it ended well.
    ///
    /// # Errors
    /// When it does not run, or does not end.
    pub fn terminate(&mut self, number: usize) -> Result<bool> {
        self.check_alive(number);
        self.ended.insert(number);
        self.cluster.signal(number, Signal::TERM)?;
        let ended = until("it ends", HAPPENS, || self.cluster.exit(number))?;
        Ok(ended.success())
    }

    /// Ends a node that is a member no longer, and empties its folder: it may join anew.
    ///
    /// # Errors
    /// When its folder cannot be removed.
    pub fn retire(&mut self, number: usize) -> Result<()> {
        self.cluster.retire(number);
        self.ended.remove(&number);
        std::fs::remove_dir_all(&self.cluster.zones()[number].data).context("the folder of a node")
    }

    /// Reads everything that is being worked on at one node, beside the load: what it answers, and when, is judged with the
    /// rest. Does not wait for the answers; [`Field::end_probe`] does.
    ///
    /// # Errors
    /// When there is no load.
    pub fn probe(&self, number: usize, patience: Duration) -> Result<Probe> {
        let ground = Arc::clone(self.load.as_ref().context("the load runs")?.ground());
        let asker = Asker { client: self.cluster.client_at(number), patience };
        let reads = ground.current().into_iter().map(|resource| {
            let (history, ground, asker) = (Arc::clone(&self.history), Arc::clone(&ground), asker.clone());
            self.runtime.spawn(async move {
                let call = match resource {
                    Resource::Key(_) => Call::UseKey("Encrypt"),
                    Resource::Alias(_) => Call::ResolveAlias,
                    Resource::Parameter(_) => Call::GetParameter,
                    Resource::Secret(_) => Call::GetCurrent,
                };
                let pending = history.invoke(history.new_client(), Some(number), resource, call.clone());
                let outcome = asker.ask(&ground, resource, &call, 0).await;
                let is_answered = matches!(outcome, Outcome::Answered(_));
                history.end(pending, outcome);
                is_answered
            })
        });
        Ok(Probe(reads.collect()))
    }

    /// Waits for the answers of a probe; how many there were.
    ///
    /// # Errors
    /// When a task panicked.
    pub fn end_probe(&self, probe: Probe) -> Result<usize> {
        let mut answered = 0;
        for read in probe.0 {
            answered += usize::from(self.runtime.block_on(read).context("a probe panicked")?);
        }
        Ok(answered)
    }

    /// Says that a node's process ends because of this fault: it is not held against the product.
    pub fn expect_end(&mut self, number: usize) {
        self.ended.insert(number);
    }

    /// Starts a node that was ended.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&mut self, number: usize) -> Result<()> {
        self.check_alive(number);
        self.cluster.run(number)?;
        self.ended.remove(&number);
        Ok(())
    }

    /// SIGSTOP.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self, number: usize) -> Result<()> {
        self.cluster.signal(number, Signal::STOP)
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self, number: usize) -> Result<()> {
        self.cluster.signal(number, Signal::CONT)
    }

    /// Waits until a node answers requests.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait_ready(&self, number: usize) -> Result<()> {
        self.cluster.wait_ready(number)
    }

    /// Waits until another node than `former` leads.
    ///
    /// # Errors
    /// When none does in time.
    pub fn wait_leader_other_than(&self, former: usize) -> Result<usize> {
        let other = || self.cluster.leader().filter(|leader| *leader != former);
        until("another leader", HAPPENS, other).context("the fault did nothing, or too much")
    }

    /// Hands everything that was found to the report. The folder stays when something was.
    pub fn conclude(&mut self, report: &mut Report) {
        report.faults = std::mem::take(&mut self.observed);
        report.violations.append(&mut self.violations);
        report.kills = self.kills;
        if !report.violations.is_empty() {
            self.cluster.keep_folder();
            let folder = self.cluster.folder();
            let lines: Vec<String> =
                self.history.records().iter().filter_map(|record| serde_json::to_string(record).ok()).collect();
            // The violations are what counts; that the history could not be kept, one sees.
            let _ = std::fs::write(folder.join("history.jsonl"), lines.join("\n"));
            report.folder = Some(folder.display().to_string());
        }
    }

    /// A process that ended without having been made to is a violation.
    pub(super) fn check_alive(&mut self, number: usize) {
        if !self.ended.contains(&number)
            && let Some(status) = self.cluster.exit(number)
        {
            self.violation(format!("I12: node {number} ended by itself: {status}"));
        }
    }
}

/// Threads that give way to the nodes; the same ones for every run of a program.
///
/// # Panics
/// When the system gives no threads.
pub(super) fn low_priority_runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let nice = || {
            // The system knows priorities of threads; a load that keeps its own priority only measures less well.
            let _ = rustix::process::nice(10);
        };
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().on_thread_start(nice);
        builder.build().expect("the system gives two threads")
    })
}

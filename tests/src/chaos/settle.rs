//! The end of a run: every node is back, the load stops, everything is read back from every node, and all invariants are
//! checked.

use super::ask::Asker;
use super::audit::invariant_every_answer_is_recorded;
use super::ground::Ground;
use super::history::{Answer, Call, History, Outcome, Record, Resource};
use super::invariants::{invariant_linearizable, invariant_no_ciphertext_twice, invariant_no_use_after_disable};
use super::report::Report;
use super::{Field, leak};
use crate::{Cluster, NodeStatus, metrics, until};
use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a last read may take: all is well again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Last reads under way at one time.
const AT_ONCE: usize = 8;
/// How long a node may take to end when it is asked to: its own patience with calls under way, and some.
const ENDS: Duration = Duration::from_secs(20);
/// Calls that show that the cluster serves again.
const SERVES: usize = 100;

impl Field {
    /// Brings everything back, and checks.
    ///
    /// # Errors
    /// When the cluster does not come back: then nothing can be checked, and that is a failure too.
    pub fn settle(&mut self, report: &mut Report) -> Result<()> {
        self.bring_back()?;
        self.progress(SERVES).context("the cluster serves again")?;
        let load = self.load.take().context("the load runs until here")?;
        let ground = self.runtime.block_on(load.stop())?;
        let askers = self.askers();
        let history = Arc::clone(&self.history);
        self.runtime.block_on(read_back(&ground, &history, &askers, Keys::All));
        let wrong = self.runtime.block_on(open_everything(&ground, &history, &askers));
        self.violations.extend(wrong);
        let race = self.race.take().context("the race runs until here")?;
        let wrong = self.runtime.block_on(race.judge(&self.cluster, &self.running()))?;
        self.violations.extend(wrong);
        self.check_level()?;
        self.end_all(ground.marker())?;
        self.judge(&ground, report);
        Ok(())
    }

    /// What is wrong with a cluster that was restored from what was saved between two moments: its resources have to fit
    /// the calls up to then, of which those that had not ended when the save began may be in it or not.
    pub fn judge_restored(&self, restored: &Cluster, begun: u64, ended: u64) -> Vec<String> {
        let Some(load) = &self.load else { return vec!["there is no load".to_owned()] };
        let before = self.history.records().into_iter().filter(|record| record.invoked < ended);
        let cut = |mut record: Record| {
            if record.ended.is_none_or(|ended| ended >= begun) && !matches!(record.outcome, Some(Outcome::Failed(_))) {
                record.outcome = Some(Outcome::Unknown("not ended when the save began".to_owned()));
            }
            record
        };
        let history = self.history.from(before.map(cut).collect());
        let askers = [(0, Asker { client: restored.client_at(0), patience: PATIENCE })];
        self.runtime.block_on(read_back(load.ground(), &history, &askers, Keys::Used));
        invariant_linearizable(&history.records()).into_iter().map(|what| format!("after a restore: {what}")).collect()
    }

    fn bring_back(&mut self) -> Result<()> {
        let members: Vec<usize> = self.cluster.members().collect();
        for number in members {
            if self.ended.contains(&number) {
                self.start(number)?;
            } else {
                self.check_alive(number);
                // Of those that are not paused it asks nothing.
                let _ = self.cluster.signal(number, Signal::CONT);
            }
        }
        for number in self.running() {
            self.wait_ready(number)?;
        }
        Ok(())
    }

    /// A client of each node alone.
    fn askers(&self) -> Vec<(usize, Asker)> {
        let asker = |number| (number, Asker { client: self.cluster.client_at(number), patience: PATIENCE });
        self.running().into_iter().map(asker).collect()
    }

    /// I8: the same chain hash where the same was applied.
    fn check_level(&mut self) -> Result<()> {
        let all: Vec<NodeStatus> = self.cluster.wait_level()?;
        let chains: BTreeSet<&str> = all.iter().map(|status| status.chain.as_str()).collect();
        if chains.len() != 1 {
            self.violations.push(format!("I8: {all:?}"));
        }
        Ok(())
    }

    /// I12 and I6: everyone ends when asked to, nobody panicked, and no secret lies about.
    fn end_all(&mut self, marker: &str) -> Result<()> {
        let mut texts = Vec::new();
        for number in self.running() {
            let endpoint = self.cluster.zones()[number].metrics.clone();
            let text = self.runtime.block_on(metrics(&endpoint))?;
            let panics = text
                .lines()
                .any(|line| line.strip_prefix("lockstep_panics_total").is_some_and(|rest| rest.trim() != "0"));
            if panics {
                self.violations.push(format!("I12: node {number} counts panics"));
            }
            texts.push((format!("metrics of node {number}"), text.into_bytes()));
        }
        for number in self.running() {
            self.check_alive(number);
            self.ended.insert(number);
            self.cluster.signal(number, Signal::TERM)?;
            let ended = until("it ends", ENDS, || self.cluster.exit(number));
            if !ended.as_ref().is_ok_and(std::process::ExitStatus::success) {
                self.violations.push(format!("I12: node {number} was asked to end: {ended:?}"));
            }
        }
        self.check_logs();
        let leaks = leak::search(self.cluster.folder(), &texts, marker)?;
        self.violations.extend(leaks.into_iter().map(|place| format!("I6: a secret is in {place}")));
        Ok(())
    }

    fn check_logs(&mut self) {
        for zone in self.cluster.zones() {
            let log = std::fs::read(&zone.log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            if let Some(line) = log.lines().find(|line| line.contains("panic")) {
                self.violations.push(format!("I12: {} logs {line}", zone.name));
            }
        }
    }

    fn judge(&mut self, ground: &Ground, report: &mut Report) {
        let records = self.history.records();
        let log =
            |zone: &crate::Zone| String::from_utf8_lossy(&std::fs::read(&zone.log).unwrap_or_default()).into_owned();
        let logs: Vec<String> = self.cluster.zones().iter().map(log).collect();
        self.violations.extend(invariant_every_answer_is_recorded(&logs, &records));
        self.violations.extend(invariant_linearizable(&records));
        self.violations.extend(invariant_no_use_after_disable(&records));
        let ciphertexts = ground.ciphertexts();
        self.violations.extend(invariant_no_ciphertext_twice(ciphertexts.iter().map(|text| &text.blob[..])));
        let surprises = ground.surprises();
        if let Some(first) = surprises.first() {
            self.violations.push(format!("{} calls met a defect, the first: {first}", surprises.len()));
        }
        report.ciphertexts = ciphertexts.len();
        report.count(&records);
        for (code, count) in &report.failed {
            if !self.may_fail.contains(&code.as_str()) {
                self.violations.push(format!("{count} calls failed with {code}"));
            }
        }
    }
}

/// Which keys are read back: all that were made, or those that calls were made on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    All,
    Used,
}

/// I1: what every node says of every resource goes into the histories, which have to fit it too.
async fn read_back(ground: &Ground, history: &History, askers: &[(usize, Asker)], keys: Keys) {
    let mut resources: BTreeSet<Resource> = history.records().iter().map(|record| record.resource).collect();
    if keys == Keys::All {
        resources.extend((0..ground.keys()).map(Resource::Key));
    }
    let reads = resources.iter().flat_map(|resource| {
        askers.iter().flat_map(move |(node, asker)| {
            last_reads(*resource).into_iter().map(move |call| (*resource, *node, asker.clone(), call))
        })
    });
    let read = |(resource, node, asker, call): (Resource, usize, Asker, Call)| async move {
        let pending = history.invoke(history.new_client(), Some(node), resource, call.clone());
        history.end(pending, read_once(&asker, ground, resource, &call).await);
    };
    futures::stream::iter(reads).map(read).buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// A last read has to be answered: silence fits no history.
async fn read_once(asker: &Asker, ground: &Ground, resource: Resource, call: &Call) -> Outcome {
    match asker.ask(ground, resource, call, 0).await {
        Outcome::Unknown(why) | Outcome::Failed(why) => Outcome::Answered(Answer::Refused(format!("no answer: {why}"))),
        answered @ Outcome::Answered(_) => answered,
    }
}

fn last_reads(resource: Resource) -> Vec<Call> {
    match resource {
        Resource::Key(_) => vec![Call::DescribeKey],
        Resource::Alias(_) => vec![Call::ResolveAlias],
        Resource::Parameter(_) => vec![Call::GetParameter, Call::GetParameterHistory],
        Resource::Secret(_) => vec![Call::DescribeSecret, Call::GetCurrent],
    }
}

/// I4: with every key enabled, everything that was ever encrypted opens. What is wrong.
async fn open_everything(ground: &Ground, history: &History, askers: &[(usize, Asker)]) -> Vec<String> {
    let (_, first) = &askers[0];
    for key in 0..ground.keys() {
        for call in [Call::CancelKeyDeletion, Call::EnableKey] {
            let pending = history.invoke(history.new_client(), None, Resource::Key(key), call.clone());
            history.end(pending, read_once(first, ground, Resource::Key(key), &call).await);
        }
    }
    let open = |(number, text): (usize, super::ground::Ciphertext)| async move {
        let (node, asker) = &askers[number % askers.len()];
        match asker.decrypt(&text).await {
            Ok(Answer::Done) => None,
            Ok(other) => Some(format!("I4: a ciphertext under key {} at node {node}: {other:?}", text.key)),
            Err(status) => Some(format!("I4: a ciphertext under key {} at node {node}: {status:?}", text.key)),
        }
    };
    let texts = ground.ciphertexts();
    let wrong: Vec<Option<String>> =
        futures::stream::iter(texts.into_iter().enumerate()).map(open).buffer_unordered(AT_ONCE).collect().await;
    wrong.into_iter().flatten().take(10).collect()
}

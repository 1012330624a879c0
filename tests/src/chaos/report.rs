//! What a run did and found: a line of JSON each, and a table of all.

use super::history::{Outcome, Record};
use super::invariants::worst_gap;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// One run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// Its name on the score sheet.
    pub scenario: String,
    /// What repeats its choices.
    pub seed: u64,
    /// Whether it was a full run or a short one.
    pub full: bool,
    /// From the cluster's start to the last check, in seconds.
    pub seconds: f64,
    /// Calls of the load.
    pub operations: usize,
    /// Those that were answered, refusals by state among them.
    pub acknowledged: usize,
    /// Those whose outcome stayed unknown.
    pub unknown: usize,
    /// Those of them whose client knew all nodes: what a caller with failover saw go wrong.
    #[serde(default)]
    pub unknown_with_failover: usize,
    /// Those that failed without having done anything, by their codes.
    pub failed: BTreeMap<String, usize>,
    /// What was seen of the fault.
    pub faults: Vec<String>,
    /// Processes that were killed.
    pub kills: usize,
    /// What must hold and does not.
    pub violations: Vec<String>,
    /// The longest time in which no call was answered, in milliseconds.
    pub worst_gap_ms: u64,
    /// Ciphertexts that were decrypted at the end.
    pub ciphertexts: usize,
    /// Resources whose histories were judged.
    pub resources: usize,
    /// Where logs and history are, when something was found.
    pub folder: Option<String>,
}

impl Report {
    /// Counts the calls of a history.
    pub fn count(&mut self, records: &[Record]) {
        self.operations = records.len();
        for record in records {
            match &record.outcome {
                Some(Outcome::Answered(_)) => self.acknowledged += 1,
                Some(Outcome::Failed(code)) => *self.failed.entry(code.clone()).or_default() += 1,
                Some(Outcome::Unknown(_)) | None => {
                    self.unknown += 1;
                    self.unknown_with_failover += usize::from(record.node.is_none());
                }
            }
        }
        self.worst_gap_ms = worst_gap(records).0 / 1_000_000;
        let resources: std::collections::BTreeSet<_> = records.iter().map(|record| record.resource).collect();
        self.resources = resources.len();
    }

    /// Appends it to a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, path: &Path) -> Result<()> {
        let mut line = serde_json::to_string(self)?;
        line.push('\n');
        std::fs::File::options().create(true).append(true).open(path)?.write_all(line.as_bytes())?;
        Ok(())
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let verdict = if self.violations.is_empty() { "ok" } else { "VIOLATED" };
        format!(
            "{:<8} seed {:<20} {:6.1} s {:7} calls {:7} acknowledged {:5} unknown {:4} faults, worst gap {:5} ms  {verdict}",
            self.scenario,
            self.seed,
            self.seconds,
            self.operations,
            self.acknowledged,
            self.unknown,
            self.faults.len(),
            self.worst_gap_ms,
        )
    }
}

/// The runs of each scenario together.
pub fn table(reports: &[Report]) -> String {
    let mut of_each: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports {
        of_each.entry(&report.scenario).or_default().push(report);
    }
    let mut text = String::from(
        "| scenario | runs | seconds | operations | acknowledged | unknown | with failover | kills | faults observed | violations | worst gap |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (scenario, runs) in of_each {
        let sum = |of: fn(&Report) -> usize| runs.iter().map(|run| of(run)).sum::<usize>();
        let _ = writeln!(
            text,
            "| {scenario} | {} | {:.0} | {} | {} | {} | {} | {} | {} | {} | {} ms |",
            runs.len(),
            runs.iter().map(|run| run.seconds).sum::<f64>(),
            sum(|run| run.operations),
            sum(|run| run.acknowledged),
            sum(|run| run.unknown),
            sum(|run| run.unknown_with_failover),
            sum(|run| run.kills),
            sum(|run| run.faults.len()),
            sum(|run| run.violations.len()),
            runs.iter().map(|run| run.worst_gap_ms).max().unwrap_or_default(),
        );
    }
    text
}

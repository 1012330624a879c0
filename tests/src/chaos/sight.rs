//! What a scenario sees of the cluster beside the load: terms, counters, rates, and what a single node answers.

use super::Field;
use super::history::Outcome;
use crate::{Refusal, Wire, metrics, until};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};

/// Every call is answered within this time, be it by a refusal, on a machine that does nothing else.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);

impl Field {
    /// The highest term of the nodes that answer.
    ///
    /// # Errors
    /// When none does.
    pub fn term(&self) -> Result<u64> {
        let terms = self.running().into_iter().filter_map(|number| self.cluster().status(number).ok());
        terms.map(|status| status.term).max().context("no node says its term")
    }

    /// The sum of the series of a counter, or of a gauge that counts, at a node; 0 when it has none.
    ///
    /// # Errors
    /// When the node does not show its metrics.
    pub fn counter(&self, number: usize, name: &str) -> Result<u64> {
        let text = self.block_on(metrics(&self.cluster().zones()[number].metrics))?;
        let series = text
            .lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{')));
        let values = series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(values.sum::<f64>() as u64)
    }

    /// Calls that are answered per second, over a while.
    pub fn rate(&self, time: Duration) -> f64 {
        let (before, begun) = (self.history().answered(), Instant::now());
        self.last(time);
        (self.history().answered() - before) as f64 / begun.elapsed().as_secs_f64()
    }

    /// What one node says to a read and to a change, each asked of it alone.
    ///
    /// # Errors
    /// When it says nothing in time, for it must always say something.
    pub fn ask_alone(&self, number: usize) -> Result<[Result<(), Refusal>; 2]> {
        let cluster = self.cluster();
        let wire = Wire::new(&cluster.zones()[number].endpoint, cluster.region(), cluster.credentials());
        let put = json!({"Name": "/alone", "Value": "x", "Type": "String", "Overwrite": true});
        let mut answers = Vec::new();
        for (operation, body) in [("GetParametersByPath", json!({"Path": "/alone"})), ("PutParameter", put)] {
            let begun = Instant::now();
            let asked = async { tokio::time::timeout(ANSWER_TIME_MAX, wire.ask("ssm", operation, body)).await };
            let answer = self.block_on(asked);
            let answer =
                answer.with_context(|| format!("{operation} at node {number}: nothing in {ANSWER_TIME_MAX:?}"))?;
            let answer = answer.with_context(|| format!("{operation} at node {number} after {:?}", begun.elapsed()))?;
            answers.push(answer.map(drop));
        }
        answers.try_into().ok().context("two were asked")
    }

    /// A node without a quorum refuses reads and changes, in bounded time, as AWS says that a service is not available.
    ///
    /// # Errors
    /// When it answers otherwise.
    pub fn refuses_alone(&mut self, number: usize) -> Result<()> {
        for answer in self.ask_alone(number)? {
            let code = answer.as_ref().map_err(|refusal| refusal.code.as_str());
            ensure!(code == Err("ServiceUnavailableException"), "node {number} alone: {answer:?}");
        }
        Ok(())
    }

    /// Waits until every node that runs is ready and follows one leader.
    ///
    /// # Errors
    /// When they are not in time.
    pub fn wait_whole(&self) -> Result<()> {
        self.running().into_iter().try_for_each(|number| self.wait_ready(number))
    }

    /// Waits until a node's log holds a text so many times.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait_said(&self, number: usize, text: &str, times: usize) -> Result<()> {
        let said = || (self.said(number, text) >= times).then_some(());
        until(&format!("node {number} says {text:?}"), Duration::from_secs(60), said)
    }

    /// How often a node's log holds a text.
    pub fn said(&self, number: usize, text: &str) -> usize {
        std::fs::read_to_string(&self.cluster().zones()[number].log).unwrap_or_default().matches(text).count()
    }

    /// How many of the load's calls that were made since `since` (in nanoseconds of the history) were answered.
    pub fn answered_since(&self, since: u64) -> usize {
        let records = self.history().records();
        let answered = |outcome: &Option<Outcome>| matches!(outcome, Some(Outcome::Answered(_)));
        records.iter().filter(|record| record.invoked >= since && answered(&record.outcome)).count()
    }
}

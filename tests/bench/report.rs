//! The table: to the screen and to docs/benchmarks.md.

use anyhow::Result;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// What was measured, and how long each round takes.
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
    quick: bool,
}

/// One figure beside its yardstick.
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// How many nodes, on how many cores, and how fresh its answers are.
    pub(crate) nodes: &'static str,
    /// Per second.
    pub(crate) rate: f64,
    /// What it is compared with.
    pub(crate) yardstick: &'static str,
    /// Per second.
    pub(crate) yardstick_rate: f64,
    /// What is aimed at, as a ratio; `None` where nothing was promised.
    pub(crate) target: Option<f64>,
}

impl Report {
    pub(crate) fn new(quick: bool) -> Self {
        Self { rows: Vec::new(), notes: Vec::new(), quick }
    }

    /// Whether it is a look only, whose figures nobody keeps.
    pub(crate) fn is_quick(&self) -> bool {
        self.quick
    }

    /// Rounds per figure.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// Length of a round.
    pub(crate) fn round(&self) -> Duration {
        if self.quick { Duration::from_secs(1) } else { Duration::from_secs(3) }
    }

    /// Trials of a failover.
    pub(crate) fn trials(&self) -> usize {
        if self.quick { 3 } else { 50 }
    }

    #[allow(clippy::print_stdout, reason = "the table is what the command is for")]
    pub(crate) fn row(&mut self, row: Row) {
        println!("{}", line(&row));
        self.rows.push(row);
    }

    #[allow(clippy::print_stdout, reason = "the table is what the command is for")]
    pub(crate) fn note(&mut self, note: String) {
        println!("{note}");
        self.notes.push(note);
    }

    /// Writes the document. A quick run writes none: its figures are too few to keep.
    pub(crate) fn finish(&self, path: &Path) -> Result<()> {
        if self.quick {
            return Ok(());
        }
        let mut text = HEAD.to_owned();
        for row in &self.rows {
            writeln!(text, "{}", line(row))?;
        }
        text.push('\n');
        for note in &self.notes {
            writeln!(text, "- {note}")?;
        }
        Ok(std::fs::write(path, text)?)
    }
}

const HEAD: &str = "\
# Figures

Written by `cargo xtask bench`. Every figure is the median of five rounds of three seconds that alternate with rounds of its
yardstick, on one machine that runs the load as well; ratios hold elsewhere, absolute figures move with the machine.
Freshness is strict throughout: every answer comes from behind a read barrier, every write is fsynced by a majority.
For rows that miss their target, [profiles.md](profiles.md) says where the time goes.

| operation | nodes, cores, freshness | per second | yardstick | per second | ratio | target |
| --- | --- | --- | --- | --- | --- | --- |
";

fn line(row: &Row) -> String {
    let Row { what, nodes, rate, yardstick, yardstick_rate, target } = row;
    let ratio = rate / yardstick_rate;
    let target = match target {
        Some(target) if ratio >= *target => target.to_string(),
        Some(target) => format!("{target} (missed)"),
        None => "none".to_owned(),
    };
    format!("| {what} | {nodes} | {rate:.0} | {yardstick} | {yardstick_rate:.0} | {ratio:.2} | {target} |")
}

/// The middle of several figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    assert!(!figures.is_empty(), "a median of nothing");
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The largest of several figures: of fifty, also their 99th percentile.
pub(crate) fn worst(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}

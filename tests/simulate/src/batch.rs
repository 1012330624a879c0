//! Many seeds, on a few threads: each run stays on one.

use crate::run::Report;
use anyhow::Context as _;
use faults::Bug;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) seeds: u64,
    pub(crate) first: u64,
    pub(crate) threads: u64,
    pub(crate) bug: Option<Bug>,
    pub(crate) record: Option<PathBuf>,
    pub(crate) trace: bool,
    pub(crate) hashes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seeds: 1, first: 1, threads: 2, bug: None, record: None, trace: false, hashes: false }
    }
}

/// Sums over a batch.
#[derive(Default)]
struct Totals {
    seeds: u64,
    failed: Vec<u64>,
    operations: u64,
    unknown: u64,
    installs: u64,
    torn: u64,
    unobserved: u64,
    simulated: Duration,
    faults: BTreeMap<&'static str, u64>,
}

/// Runs the batch, and says how it went; whether no seed failed, or with a bug planted, whether one did.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    faults::plant(options.bug.as_slice());
    let (next, totals, begun) = (AtomicU64::new(options.first), Mutex::new(Totals::default()), Instant::now());
    let end = options.first + options.seeds;
    thread::scope(|scope| {
        for _ in 0..options.threads.min(options.seeds) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    // A thread of its own for each seed: nothing on it is left from another.
                    let run = move || crate::run::run(seed, options.trace);
                    let report = thread::scope(|inner| inner.spawn(run).join());
                    let report = report.unwrap_or_else(|_| broken(seed));
                    totals.lock().expect("nobody panics while holding this").add(&report, options);
                }
            });
        }
    });
    let mut totals = totals.into_inner().expect("nobody panics while holding this");
    totals.failed.sort_unstable();
    let took = begun.elapsed();
    totals.print(took, options);
    if let Some(file) = &options.record {
        let mut file = OpenOptions::new().create(true).append(true).open(file).context("cannot open the record")?;
        writeln!(file, "{}", totals.line(took, options))?;
    }
    Ok(totals.failed.is_empty() != options.bug.is_some())
}

fn broken(seed: u64) -> Report {
    Report { seed, violations: vec!["the run itself panicked".to_owned()], ..Report::default() }
}

impl Totals {
    fn add(&mut self, report: &Report, options: &Options) {
        self.seeds += 1;
        self.operations += report.operations;
        self.unknown += report.unknown;
        self.installs += report.installs;
        self.torn += u64::from(report.torn);
        self.unobserved += u64::from(report.unobserved);
        self.simulated += report.simulated;
        for (fault, times) in &report.faults {
            *self.faults.entry(fault).or_default() += u64::from(*times);
        }
        if options.hashes {
            println!("seed {} chain {} trace {}", report.seed, report.chain, report.trace);
        }
        if !report.violations.is_empty() {
            self.failed.push(report.seed);
            println!("seed {} failed: cargo xtask simulate --first {}", report.seed, report.seed);
            report.violations.iter().take(5).for_each(|violation| println!("  {violation}"));
        }
    }

    fn print(&self, took: Duration, options: &Options) {
        let per_minute = self.seeds as f64 * 60.0 / took.as_secs_f64();
        println!(
            "{} seeds in {:.1} s ({per_minute:.0} per minute), {:.1} simulated hours, {} operations and {} without an \
             answer, {} snapshots installed, {} torn crashes",
            self.seeds,
            took.as_secs_f64(),
            self.simulated.as_secs_f64() / 3_600.0,
            self.operations,
            self.unknown,
            self.installs,
            self.torn,
        );
        let faults: Vec<_> = self.faults.iter().map(|(fault, times)| format!("{fault} {times}")).collect();
        println!("faults seen to matter: {}; {} did nothing", faults.join(", "), self.unobserved);
        match (options.bug, self.failed.as_slice()) {
            (None, []) => println!("no violation"),
            (None, failed) => println!("{} seeds failed: {failed:?}", failed.len()),
            (Some(bug), []) => println!("{bug} was not noticed"),
            (Some(bug), failed) => println!("{bug} was noticed by {} seeds: {failed:?}", failed.len()),
        }
    }

    fn line(&self, took: Duration, options: &Options) -> serde_json::Value {
        json!({
            "first": options.first,
            "seeds": self.seeds,
            "bug": options.bug.map(Bug::name),
            "failed": self.failed,
            "seconds": took.as_secs_f64(),
            "simulated_seconds": self.simulated.as_secs(),
            "operations": self.operations,
            "unknown": self.unknown,
            "installs": self.installs,
            "torn": self.torn,
            "unobserved": self.unobserved,
            "faults": self.faults,
        })
    }
}

//! Many seeds, a few at once, each in a process of its own.

use crate::run::Report;
use anyhow::Context as _;
use faults::Bug;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
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
    /// Run the first seed in this process, and write its report.
    pub(crate) one: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seeds: 1, first: 1, threads: 2, bug: None, record: None, trace: false, hashes: false, one: false }
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
    faults: BTreeMap<String, u64>,
}

/// Runs the batch, and says how it went; whether no seed failed, or with a bug planted, whether one did.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
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
                    let report = run_apart(seed, options).unwrap_or_else(|error| Report::of_violation(seed, error));
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

/// Runs one seed here, and writes its report.
pub(crate) fn run_one(options: &Options) {
    faults::plant(options.bug.as_slice());
    println!("{}", crate::run::run(options.first, options.trace).to_json());
}

/// Runs one seed in a process of its own, so that nothing is left from another, and one that ends ends nothing else.
fn run_apart(seed: u64, options: &Options) -> Result<Report, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut one = Command::new(program);
    one.args(["--one", "--first", &seed.to_string()]);
    if let Some(bug) = options.bug {
        one.args(["--bug", bug.name()]);
    }
    if options.trace {
        one.arg("--trace").stderr(Stdio::inherit());
    }
    let output = one.output().map_err(|error| error.to_string())?;
    let report = serde_json::from_slice(&output.stdout).ok().as_ref().and_then(Report::from_json);
    report.ok_or_else(|| {
        let text = String::from_utf8_lossy(&output.stderr);
        let last: Vec<_> = text.lines().rev().take(4).collect();
        format!("the process ended, {}: {}", output.status, last.into_iter().rev().collect::<Vec<_>>().join("; "))
    })
}

impl Totals {
    fn add(&mut self, report: &Report, options: &Options) {
        self.seeds += 1;
        self.operations += report.operations;
        self.unknown += report.unknown;
        self.installs += report.installs;
        self.torn += report.torn;
        self.unobserved += report.unobserved;
        self.simulated += report.simulated;
        for (fault, times) in &report.faults {
            *self.faults.entry(fault.clone()).or_default() += times;
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

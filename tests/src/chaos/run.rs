//! One run of one scenario, from its seed to its report.

use super::field::low_priority_runtime;
use super::report::Report;
use super::scenarios::Make;
use super::{Field, Length, LoadOptions, Scenario, Setup};
use crate::{NodeOptions, Options};
use anyhow::Result;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::PathBuf;
use std::time::Instant;

/// So much of each cause is told.
const CAUSE_CHARS_MAX: usize = 400;
/// Nodes that may be given variables.
const NODES_MAX: usize = 5;

/// What a run is given from outside.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// What repeats its choices.
    pub seed: u64,
    /// How long it may take.
    pub length: Length,
    /// What runs instead of the binary under test.
    pub program: Option<PathBuf>,
    /// Variables of the processes: of one node, or of all.
    pub environment: Vec<(Option<usize>, String, String)>,
}

impl RunOptions {
    /// A short run with the usual binary.
    pub fn short(seed: u64) -> Self {
        Self { seed, length: Length::Short, program: None, environment: Vec::new() }
    }

    fn options(&self) -> Options {
        let own = |number| {
            let mine = self.environment.iter().filter(|(node, ..)| node.is_none_or(|node| node == number));
            let environment = mine.map(|(_, name, value)| (name.clone(), value.clone())).collect();
            NodeOptions { environment, ..NodeOptions::default() }
        };
        Options { program: self.program.clone(), each: (0..NODES_MAX).map(own).collect(), ..Options::default() }
    }
}

/// Runs a scenario once. What goes wrong is in the report.
pub fn run(make: Make, options: &RunOptions) -> Report {
    run_scenario(&mut *make(), options)
}

/// As [`run`], with a scenario that was made elsewhere.
pub fn run_scenario(scenario: &mut dyn Scenario, options: &RunOptions) -> Report {
    let begun = Instant::now();
    // Clients need threads from the moment when they are made.
    let _entered = low_priority_runtime().enter();
    let mut report = Report {
        scenario: scenario.name().to_owned(),
        seed: options.seed,
        full: options.length == Length::Full,
        ..Report::default()
    };
    let mut setup = Setup {
        options: options.options(),
        load: LoadOptions::default(),
        length: options.length,
        dice: StdRng::seed_from_u64(options.seed),
    };
    let field = scenario.prepare(&mut setup).and_then(|()| Field::open(setup));
    match field {
        Ok(mut field) => {
            let outcome = scenario.run(&mut field);
            finish(&mut field, outcome, &mut report);
        }
        Err(cause) => report.violations.push(format!("the cluster did not come up: {}", brief(&cause))),
    }
    report.seconds = begun.elapsed().as_secs_f64();
    report
}

fn finish(field: &mut Field, outcome: Result<()>, report: &mut Report) {
    if let Err(cause) = outcome {
        field.violation(format!("the scenario: {}", brief(&cause)));
    } else if field.observed().is_empty() {
        field.violation("the fault was not seen to do anything");
    }
    if let Err(cause) = field.settle(report) {
        field.violation(format!("the end: {}", brief(&cause)));
        report.count(&field.history().records());
    }
    field.conclude(report);
}

/// The causes of an error, the first one first, without the logs that it carries along: they are in the folder.
fn brief(error: &anyhow::Error) -> String {
    let causes: Vec<String> =
        error.chain().map(|cause| cause.to_string().chars().take(CAUSE_CHARS_MAX).collect()).collect();
    causes.into_iter().rev().collect::<Vec<_>>().join("; ")
}

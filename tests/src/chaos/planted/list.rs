//! Which scenario notices which bug.

use super::{away, damage, plain, power, slow, vote};
use crate::chaos::scenarios::Make;
use crate::chaos::{Report, RunOptions, faulty, run};
use anyhow::Result;

/// Every bug that can be planted, by the name that the process takes it by, and the scenario that notices it.
pub const BUGS: &[(&str, Make)] = &[
    ("ack-before-fsync", || Box::new(power::Outage::default())),
    ("read-without-barrier", || Box::new(slow::SlowFollower)),
    ("join-round-already-sent", || Box::new(slow::SlowFollower)),
    ("skip-vote-fsync", || Box::new(vote::LostVote::default())),
    ("apply-twice-after-restart", || Box::new(plain::Restarts)),
    ("drop-tombstone-in-snapshot", || Box::new(away::Away)),
    ("reuse-nonce", || Box::new(plain::Restarts)),
    ("ignore-context-in-aad", || Box::new(plain::Restarts)),
    ("leak-via-debug", || Box::new(plain::Restarts)),
    ("skip-audit-on-error", || Box::new(plain::Restarts)),
    ("lead-before-own-entry", || Box::new(slow::SlowLeaders)),
    ("truncating-recovery", || Box::new(damage::DamagedLog)),
    ("repeat-proposals", || Box::new(plain::LostAnswers)),
];

/// Those that every run of the tests plants.
pub const QUICK: [&str; 3] = ["reuse-nonce", "ignore-context-in-aad", "read-without-barrier"];

/// The scenario that has to notice a bug.
pub fn find(bug: &str) -> Option<(&'static str, Make)> {
    BUGS.iter().find(|(name, _)| *name == bug).copied()
}

/// Runs a scenario on the faulty program, with a bug in every node, or with none: what the checks find without one is no
/// proof of anything.
///
/// # Errors
/// When the faulty program is not built.
pub fn run_planted(make: Make, bug: Option<&str>, seed: u64) -> Result<Report> {
    let environment = bug.map(|bug| (None, faulty::BUG_VARIABLE.to_owned(), bug.to_owned()));
    let options = RunOptions {
        program: Some(faulty::program()?),
        environment: environment.into_iter().collect(),
        ..RunOptions::short(seed)
    };
    let mut report = run(make, &options);
    // What a planted bug did to a cluster is of no use to anybody.
    if let Some(folder) = bug.and_then(|_| report.folder.take()) {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(report)
}

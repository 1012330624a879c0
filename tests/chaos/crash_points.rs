//! `cargo xtask chaos --crash-points`: a crash at every point, in groups that share a cluster.

use crate::say;
use crate::words::Words;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;
use tests::chaos::{Report, RunOptions, crash, run_scenario};

/// Crashes at the points that were named, or at all, and says what came of it. A point that was not reached fails the run.
pub(crate) fn run(words: &Words) -> Result<ExitCode> {
    let plan = crash::plan();
    let strange: Vec<_> = words.names.iter().filter(|name| !plan.iter().any(|(point, _)| point == name)).collect();
    ensure!(strange.is_empty(), "no crash points: {strange:?}");
    let is_wanted = |point: &str| words.names.is_empty() || words.names.iter().any(|name| name == point);
    let (mut crashed, mut failed) = (BTreeSet::new(), 0);
    for mut group in crash::groups(is_wanted) {
        let report = run_scenario(&mut group, &RunOptions::short(words.seed));
        // They crash in this order, and the first that is not reached ends its group.
        crashed.extend(group.points().into_iter().take(report.faults.len()));
        failed += tell(&report, words)?;
    }
    for (point, _) in plan.iter().filter(|(point, way)| *way == crash::Way::Due && is_wanted(point)) {
        let begun = Instant::now();
        let outcome = crash::crash_before_what_is_due(point);
        let report = Report {
            scenario: "F30".to_owned(),
            seed: words.seed,
            seconds: begun.elapsed().as_secs_f64(),
            faults: outcome.iter().map(|()| format!("a node crashed at {point}")).collect(),
            violations: outcome.as_ref().err().map(|cause| format!("{cause:#}")).into_iter().collect(),
            ..Report::default()
        };
        if report.violations.is_empty() {
            crashed.insert(*point);
        }
        failed += tell(&report, words)?;
    }
    let missing: Vec<_> = plan.iter().map(|(point, _)| *point).filter(|point| is_wanted(point)).collect();
    let missing: Vec<_> = missing.into_iter().filter(|point| !crashed.contains(point)).collect();
    say(&format!("{} points crashed, {failed} runs found something, not crashed: {missing:?}", crashed.len()));
    Ok(if failed == 0 && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what a run found, and records it; 1 when it found anything.
fn tell(report: &Report, words: &Words) -> Result<usize> {
    crate::tell(report);
    report.faults.iter().for_each(|fault| say(&format!("         {fault}")));
    if let Some(path) = &words.record {
        report.append(path)?;
    }
    Ok(usize::from(!report.violations.is_empty()))
}

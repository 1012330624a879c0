//! `cargo xtask chaos --planted`: every bug has to be noticed, by a scenario that notices nothing without it.

use crate::words::Words;
use crate::{say, tell};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tests::chaos::planted::{BUGS, run_planted};

/// How long a bug may go unnoticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(600);

/// How much is told of what was noticed; the record has it all.
const WORDS_MAX: usize = 160;

/// Plants the bugs that were named, or all, one after the other, and says how long each went unnoticed. Before, the
/// scenarios run without any: a check that always finds something proves nothing.
pub(crate) fn run(words: &Words) -> Result<ExitCode> {
    let strange: Vec<_> = words.names.iter().filter(|name| !BUGS.iter().any(|(bug, _)| bug == name)).collect();
    ensure!(strange.is_empty(), "no bugs that can be planted: {strange:?}");
    let wanted = BUGS.iter().filter(|(bug, _)| words.names.is_empty() || words.names.iter().any(|name| name == bug));
    let (mut clean, mut failed) = (BTreeSet::new(), 0);
    for (bug, make) in wanted {
        if clean.insert(make().name()) {
            let mut report = run_planted(*make, None, words.seed)?;
            report.scenario = format!("planted: nothing, {}", make().name());
            tell(&report);
            failed += usize::from(!report.violations.is_empty());
            words.record.as_ref().map_or(Ok(()), |path| report.append(path))?;
        }
        let (begun, mut seed) = (Instant::now(), words.seed);
        let mut report = run_planted(*make, Some(bug), seed)?;
        while report.violations.is_empty() && begun.elapsed() < NOTICED_WITHIN {
            seed += 1;
            report = run_planted(*make, Some(bug), seed)?;
        }
        let noticed = !report.violations.is_empty();
        failed += usize::from(!noticed);
        let seconds = begun.elapsed().as_secs_f64();
        let what = report.violations.first().map(String::as_str).unwrap_or_default();
        let what: String = what.lines().next().unwrap_or_default().chars().take(WORDS_MAX).collect();
        let verdict = if noticed { "noticed" } else { "NOT NOTICED" };
        say(&format!("{bug:<28} {verdict} after {seconds:6.1} s by {:<14} {what}", make().name()));
        report.scenario = format!("planted: {bug}, {}", make().name());
        report.seconds = seconds;
        words.record.as_ref().map_or(Ok(()), |path| report.append(path))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

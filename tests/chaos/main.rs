//! `cargo xtask chaos`: scenarios against real processes, for as long as one likes.
//!
//! Every run is printed with its seed, which repeats its choices. A run that finds something leaves its folder behind:
//! the logs, the data of every node, and the history of every call.

mod apart;
mod arguments;
mod crash_points;
mod planted;
mod words;

use anyhow::{Result, bail};
use arguments::Arguments;
use std::process::ExitCode;
use std::time::Instant;
use tests::chaos::scenarios::Make;
use tests::chaos::{Report, RunOptions, net, run, scenarios, table};
use words::Words;

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((word, rest)) if word == "--crash-points" => return crash_points::run(&Words::parse(rest)?),
        Some((word, rest)) if word == "--planted" => return planted::run(&Words::parse(rest)?),
        _ => {}
    }
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    if arguments.inside {
        net::go_inside()?;
    }
    let makes = arguments.scenarios()?;
    if arguments.list {
        for make in scenarios::all() {
            let scenario = make();
            say(&format!("{:<8} {}", scenario.name(), scenario.what()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let reports = run_all(&arguments, &makes)?;
    if arguments.inside {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("\n{}", table(&reports)));
    let found = reports.iter().filter(|report| !report.violations.is_empty()).count();
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each scenario in turn, until the time is over, but each at least once.
fn run_all(arguments: &Arguments, makes: &[Make]) -> Result<Vec<Report>> {
    let begun = Instant::now();
    let (mut reports, mut seed, mut kills) = (Vec::new(), arguments.seed, 0);
    loop {
        for make in makes {
            let options = RunOptions {
                seed,
                length: arguments.length,
                program: arguments.program.clone(),
                environment: arguments.environment.clone(),
            };
            let apart = make().needs_namespaces() && !arguments.inside;
            let report = if apart { apart::run(*make, &options)? } else { run(*make, &options) };
            if !arguments.inside {
                tell(&report);
            }
            if let Some(path) = &arguments.record {
                report.append(path)?;
            }
            kills += report.kills;
            reports.push(report);
            seed = seed.wrapping_add(1);
            let over = arguments.minutes.is_some_and(|time| begun.elapsed() >= time);
            let all_once = reports.len() >= makes.len();
            if over && all_once && kills >= arguments.kills {
                return Ok(reports);
            }
        }
        if arguments.minutes.is_none() && kills >= arguments.kills {
            return Ok(reports);
        }
        if arguments.kills > 0 && kills == 0 {
            bail!("these scenarios kill nobody");
        }
    }
}

fn tell(report: &Report) {
    say(&report.line());
    for violation in &report.violations {
        say(&format!("         {violation}"));
    }
    if let Some(folder) = &report.folder {
        say(&format!("         logs and history: {folder}"));
    }
}

#[allow(clippy::print_stdout, reason = "what was found is what the command is for")]
fn say(text: &str) {
    println!("{text}");
}

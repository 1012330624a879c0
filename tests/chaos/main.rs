//! `cargo xtask chaos`: scenarios against real processes, for as long as one likes.
//!
//! Every run is printed with its seed, which repeats its choices. A run that finds something leaves its folder behind:
//! the logs, the data of every node, and the history of every call.

mod apart;
mod arguments;
mod crash_points;
mod planted;
mod words;

use anyhow::Result;
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

/// Each scenario in turn, each at least once, until the time is over and so many faults were seen as were asked for.
fn run_all(arguments: &Arguments, makes: &[Make]) -> Result<Vec<Report>> {
    let begun = Instant::now();
    let (mut reports, mut seed) = (Vec::new(), arguments.seed);
    for make in makes.iter().cycle() {
        let report = run_one(arguments, *make, seed)?;
        if !arguments.inside {
            tell(&report);
        }
        if let Some(path) = &arguments.record {
            report.append(path)?;
        }
        reports.push(report);
        seed = seed.wrapping_add(1);
        let faults: usize = reports.iter().map(|report| report.faults.len()).sum();
        let time_is_over = arguments.minutes.is_none_or(|time| begun.elapsed() >= time);
        if reports.len() >= makes.len() && time_is_over && faults >= arguments.cycles {
            break;
        }
    }
    Ok(reports)
}

fn run_one(arguments: &Arguments, make: Make, seed: u64) -> Result<Report> {
    let options = RunOptions {
        seed,
        length: arguments.length,
        program: arguments.program.clone(),
        environment: arguments.environment.clone(),
    };
    if make().needs_namespaces() && !arguments.inside { apart::run(make, &options) } else { Ok(run(make, &options)) }
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

//! The commands themselves, each a few steps.

use crate::clients;
use crate::coverage;
use crate::environment::{build, build_faulty, cache, cargo, checkout, note, program, python, run, scratch};
use crate::generate;
use crate::networks;
use crate::tools;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Version of the licence and source checker.
const CARGO_DENY: &str = "0.20.2";

/// Builds and starts a cluster on loopback; ends when it does.
pub fn dev(arguments: &[String]) -> Result<()> {
    build_programs()?;
    run(Command::new(program("lockstep")?).arg("dev").args(arguments))
}

/// Every test of the repository, real clients included; then says where the time went. A whole run also holds README.md's
/// table of operations to what the clients saw.
pub fn test(arguments: &[String]) -> Result<()> {
    let mut times = Times::default();
    let (mut tests, notes) = tests(&mut times)?;
    tests.args(["--workspace", "--no-fail-fast"]).args(arguments);
    times.take("build", build)?;
    times.take("faulty build", build_faulty)?;
    let outcome = times.take("tests", || run(&mut tests));
    let notes = coverage::keep(&notes)?;
    outcome?;
    if arguments.is_empty() {
        times.take("coverage", || coverage::report(&notes, false))?;
    }
    times.print();
    Ok(())
}

/// The table of operations, of a conformance run or of the notes that one has left.
pub fn coverage(arguments: &[String]) -> Result<()> {
    let (mut from, mut write) = (None, false);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--write" => write = true,
            "--from" => from = Some(PathBuf::from(words.next().context("--from names a file")?)),
            other => bail!("unknown option {other}: coverage [--write] [--from FILE]"),
        }
    }
    let notes = match from {
        Some(notes) => notes,
        None => {
            let mut times = Times::default();
            let (mut tests, notes) = tests(&mut times)?;
            times.take("build", || run(cargo("build")?.args(["--release", "--package", "lockstep"])))?;
            let outcome =
                times.take("conformance", || run(tests.args(["--package", "tests", "--test", "conformance"])));
            let notes = coverage::keep(&notes)?;
            outcome?;
            times.print();
            notes
        }
    };
    coverage::report(&notes, write)
}

/// `cargo test` with all that the tests find through the environment, and where the scenarios note what they saw.
fn tests(times: &mut Times) -> Result<(Command, PathBuf)> {
    let python = times.take("python environment", || python(&checkout().join("tests/python/requirements.txt")))?;
    let clients = times.take("other clients", clients::fetch)?;
    let mut tools = times.take("readers of deploy/", tools::fetch)?;
    tools.extend(times.take("programs for networks", networks::fetch)?);
    let mut tests = cargo("test")?;
    let notes = coverage::fresh_notes()?;
    tests.arg("--release").envs(clients).envs(tools).env(coverage::NOTES_VARIABLE, &notes);
    tests.env("LOCKSTEP_TEST_PYTHON", &python).env("LOCKSTEP_TEST_PROGRAM", program("lockstep")?);
    tests.env("LOCKSTEP_TEST_FAULTY", program("lockstep-faulty")?);
    if let Some(scratch) = scratch() {
        tests.env("TMPDIR", scratch);
    }
    Ok((tests, notes))
}

/// Reads only: formatting, lints, licences, generated code, tests.
pub fn verify() -> Result<()> {
    let mut times = Times::default();
    times.take("fmt", || run(cargo("fmt")?.args(["--all", "--check"])))?;
    times.take("generated code", || generate::generate(&generate::model_folder()?, true))?;
    times.take("deny", deny)?;
    times.take("build", build)?;
    times.take("clippy", || {
        run(cargo("clippy")?.args(["--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    })?;
    times.print();
    test(&[])
}

/// Writes what `verify` would complain of and a program can mend.
pub fn fix() -> Result<()> {
    generate::generate(&generate::model_folder()?, false)?;
    run(cargo("clippy")?.args(["--release", "--workspace", "--all-targets", "--fix", "--allow-dirty"]))?;
    run(cargo("fmt")?.arg("--all"))
}

/// Measures, prints the table and writes docs/benchmarks.md.
pub fn bench(arguments: &[String]) -> Result<()> {
    build()?;
    let report = checkout().join("docs/benchmarks.md");
    let mut bench = Command::new(program("bench")?);
    run(bench.arg("--report").arg(report).args(arguments).env("LOCKSTEP_TEST_PROGRAM", program("lockstep")?))
}

fn build_programs() -> Result<()> {
    build().context("the build failed; Debian's build-essential and python3-venv are needed")
}

fn deny() -> Result<()> {
    let tools = cache()?.join("tools");
    let deny: PathBuf = tools.join("bin/cargo-deny");
    if !deny.exists() {
        note("installing cargo-deny (once, some minutes)");
        let mut install = Command::new("cargo");
        install.args(["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"]);
        // Outside the checkout, so that its compiler flags do not apply.
        run(install.arg(&tools).current_dir(cache()?).env("CARGO_TARGET_DIR", tools.join("target")))?;
    }
    run(Command::new(deny).args(["check", "bans", "licenses", "sources"]).current_dir(checkout()))
}

#[derive(Default)]
struct Times(Vec<(&'static str, f64)>);

impl Times {
    fn take<T>(&mut self, what: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        let result = step().with_context(|| format!("{what} failed"));
        self.0.push((what, begun.elapsed().as_secs_f64()));
        result
    }

    fn print(&self) {
        for (what, seconds) in &self.0 {
            note(&format!("{seconds:7.1} s  {what}"));
        }
    }
}

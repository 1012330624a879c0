//! The developer's commands: `cargo xtask <command>`. Depends on no crate of the workspace and compiles in seconds.

mod chaos;
mod clients;
mod coverage;
mod debian;
mod environment;
mod generate;
mod networks;
mod simulate;
mod tasks;
mod tools;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask <command>
  dev [options]      build, then start a cluster of three zones on loopback (options: lockstep dev --help)
  test [options]     every test of the repository, with the real clients (options go to cargo test)
  verify             only reads: fmt, generated code, licences, clippy, tests
  fix                writes: generated code, clippy's suggestions, fmt
  generate [--check] protos, validation and error tables from AWS's own model
  coverage [options] the conformance run, then which operations it saw work on both wires, held against README.md
                     (--write: write it there; --from FILE: the notes of a run instead of a run)
  chaos [options]    faults against real processes under load, all invariants checked after each run
                     (--minutes M, --seed S, --scenario F1,F7, --cycles N; --list says what there is)
  simulate [options] whole clusters in one process under faults that a seed draws, repeatably
                     (--seeds N, --first S, --bug NAME, --trace, --hashes)
  bench [options]    measures, and writes docs/benchmarks.md";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    match command.as_deref() {
        Some("dev") => tasks::dev(&rest),
        Some("test") => tasks::test(&rest),
        Some("verify") => tasks::verify(),
        Some("fix") => tasks::fix(),
        Some("generate") => generate::generate(&generate::model_folder()?, rest.iter().any(|word| word == "--check")),
        Some("coverage") => tasks::coverage(&rest),
        Some("chaos") => chaos::chaos(&rest),
        Some("simulate") => simulate::simulate(&rest),
        Some("bench") => tasks::bench(&rest),
        _ => bail!("{USAGE}"),
    }
}

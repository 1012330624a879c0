//! `cargo xtask simulate`: builds the program of that name and hands over to it.

use crate::environment::{build_faulty, cache, note, program, run};
use anyhow::Result;
use std::process::Command;

/// Runs seeds; a batch is added to the record in the cache folder unless `--record` says otherwise.
pub fn simulate(arguments: &[String]) -> Result<()> {
    build_faulty()?;
    let mut simulate = Command::new(program("simulate")?);
    simulate.args(arguments);
    if !arguments.iter().any(|word| word == "--record") {
        let record = cache()?.join("simulate.jsonl");
        note(&format!("what was run adds up in {}", record.display()));
        simulate.arg("--record").arg(record);
    }
    run(&mut simulate)
}

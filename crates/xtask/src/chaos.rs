//! `cargo xtask chaos`: builds what it needs and hands over to the program of that name.

use crate::environment::{build_faulty, cache, cargo, note, program, run};
use crate::networks;
use anyhow::Result;
use std::process::Command;

/// Runs scenarios; each run leaves a line in the cache folder, unless another file is named, so that totals add up over
/// time.
pub fn chaos(arguments: &[String]) -> Result<()> {
    run(cargo("build")?.args(["--release", "--workspace", "--bins"]))?;
    if arguments.iter().any(|word| ["--crash-points", "--planted"].contains(&word.as_str())) {
        build_faulty()?;
    }
    let mut chaos = Command::new(program("chaos")?);
    chaos.env("LOCKSTEP_TEST_PROGRAM", program("lockstep")?).envs(networks::fetch()?).args(arguments);
    chaos.env("LOCKSTEP_TEST_FAULTY", program("lockstep-faulty")?);
    if !arguments.iter().any(|word| word == "--record") {
        let record = cache()?.join("chaos.jsonl");
        note(&format!("each run adds a line to {}", record.display()));
        chaos.arg("--record").arg(record);
    }
    run(&mut chaos)
}

//! `simulate`: whole clusters in one process, on a simulated network and on simulated disks, under faults that a seed
//! draws. A seed that fails fails again.
#![allow(clippy::print_stdout, reason = "a program speaks through its standard output")]

mod batch;
mod cluster;
mod errands;
mod field;
mod history;
mod keys;
mod kinds;
mod member;
mod nemesis;
mod network;
mod panics;
mod registers;
mod run;
mod services;
mod switches;
mod workload;

use anyhow::{Context as _, bail};
use batch::Options;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
simulate [options]
  --seeds N       how many seeds to run (1)
  --first S       the first of them (1)
  --threads T     how many at once (2)
  --bug NAME      plant a bug, and say which seeds notice it
  --record FILE   append a line of JSON about the batch
  --trace         show everything that happens, on the standard error
  --hashes        show the hashes of each seed";

fn main() -> anyhow::Result<ExitCode> {
    let options = read_options(std::env::args().skip(1))?;
    panics::keep();
    if options.trace && options.one {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).without_time().with_writer(std::io::stderr).init();
    }
    if options.one {
        batch::run_one(&options);
        return Ok(ExitCode::SUCCESS);
    }
    let passed = batch::run(&options)?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_options(mut words: impl Iterator<Item = String>) -> anyhow::Result<Options> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let mut number = || -> anyhow::Result<u64> {
            let value = words.next().with_context(|| format!("{word} takes a number"))?;
            value.parse().with_context(|| format!("{word} takes a number"))
        };
        match word.as_str() {
            "--seeds" => options.seeds = number()?,
            "--first" => options.first = number()?,
            "--threads" => options.threads = number()?.max(1),
            "--bug" => {
                let name = words.next().context("--bug names a bug")?;
                options.bug = Some(name.parse().map_err(anyhow::Error::msg)?);
            }
            "--record" => options.record = Some(words.next().context("--record names a file")?.into()),
            "--trace" => options.trace = true,
            "--hashes" => options.hashes = true,
            "--one" => options.one = true,
            _ => bail!("{USAGE}"),
        }
    }
    Ok(options)
}

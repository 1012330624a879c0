//! The one binary of Lockstep: a development cluster, a node, and what an operator does with both.
//!
//! Exit codes, kept stable: 0 done, 1 failed, 2 used wrongly, 3 (`status` alone) at least one node did not answer
//! or, with `--ready`, is not ready.
//! Standard output carries what was asked for, standard error everything else.

mod cli;
mod dev;
mod operator;
mod output;
mod server;
mod status;
mod supervisor;

use clap::Parser as _;
use cli::{Cli, Command};
use std::process::ExitCode;

/// Does what the command line says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(cause) = node::harden() {
        output::complain(&format!("this process cannot protect its memory: {cause}"));
        return ExitCode::FAILURE;
    }
    let outcome = match cli.command {
        Command::Dev(arguments) => dev::run(arguments),
        Command::Server(arguments) => server::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Operator(arguments) => operator::run(arguments),
    };
    outcome.unwrap_or_else(|cause| {
        output::complain(&format!("{cause:#}"));
        ExitCode::FAILURE
    })
}

//! `lockstep server`: one node, until it is told to stop.

use crate::{cli, output, supervisor};
use anyhow::{Context as _, Result};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Set by `lockstep dev` for the nodes that it starts: the process to end with.
pub const PARENT: &str = "LOCKSTEP_DEV_PARENT";

/// Runs the node of a configuration.
pub fn run(arguments: &cli::Server) -> Result<ExitCode> {
    if let Ok(parent) = std::env::var(PARENT) {
        node::die_with_parent(parent.parse().context("the parent's process id")?)?;
    }
    let config = node::Config::load(&arguments.config)?;
    if arguments.check {
        node::check(&config)?;
        output::say(toml::to_string(&config)?.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    node::start_logging(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let asked = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            supervisor::stopping();
            asked.cancel();
        });
        node::serve(config, stop, supervisor::started).await?;
        Ok(ExitCode::SUCCESS)
    })
}

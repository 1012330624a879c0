//! `cargo xtask bench`: first figures, each beside its yardstick in the same run.
//!
//! Every row is measured in alternating rounds with its yardstick, and the medians are compared; a figure alone says
//! more about the machine than about the program. Requests are signed once and sent many times, as AWS allows within
//! five minutes, so that the load generator's signing is not what is measured; the servers verify each of them.

mod echo;
mod encrypt;
mod etcd;
mod failover;
mod load;
mod parameters;
mod report;
mod restore;
mod sealed;
mod signed;
mod size;

use anyhow::{Result, bail};
use report::Report;
use std::path::PathBuf;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        // The yardsticks run as processes of their own, as the servers do.
        ["echo-grpc", port] => tokio(echo::grpc(port.parse()?)),
        ["echo-json", port] => tokio(echo::json(port.parse()?)),
        ["--report", path, rest @ ..] => {
            let only = rest.iter().position(|word| *word == "--only").and_then(|at| rest.get(at + 1).copied());
            tokio(measure(PathBuf::from(path), rest.contains(&"--quick"), only))
        }
        _ => bail!(
            "bench --report FILE [--quick] [--only PART]\nparts: encrypt-1 encrypt-3 parameters sealed size follower-down failover transfer million restore"
        ),
    }
}

fn tokio(future: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(future)
}

/// `only` measures one part: what one runs again and again while working on it.
async fn measure(path: PathBuf, quick: bool, only: Option<&str>) -> Result<()> {
    let mut report = Report::new(quick);
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    if wanted("encrypt-1") {
        encrypt::one_node(&mut report).await?;
    }
    if wanted("encrypt-3") {
        encrypt::three_nodes(&mut report).await?;
    }
    if wanted("parameters") {
        parameters::three_nodes(&mut report).await?;
    }
    if wanted("sealed") {
        sealed::three_nodes(&mut report).await?;
    }
    if wanted("size") {
        size::by_parameters(&mut report).await?;
    }
    if wanted("follower-down") {
        parameters::follower_down(&mut report).await?;
    }
    if wanted("failover") {
        failover::leader_kill(&mut report).await?;
    }
    if wanted("transfer") {
        failover::transfer(&mut report).await?;
    }
    if wanted("million") {
        size::million(&mut report).await?;
    }
    if wanted("restore") {
        restore::from_file(&mut report).await?;
    }
    report.finish(&path)
}

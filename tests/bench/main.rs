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
mod signed;

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
        ["--report", path, rest @ ..] => tokio(measure(PathBuf::from(path), rest.contains(&"--quick"))),
        _ => bail!("bench --report FILE [--quick]"),
    }
}

fn tokio(future: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(future)
}

async fn measure(path: PathBuf, quick: bool) -> Result<()> {
    let mut report = Report::new(quick);
    encrypt::one_node(&mut report).await?;
    encrypt::three_nodes(&mut report).await?;
    parameters::three_nodes(&mut report).await?;
    failover::leader_kill(&mut report).await?;
    report.finish(&path)
}

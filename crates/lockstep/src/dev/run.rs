//! The command itself, from its folder to its end.

use super::front::Front;
use super::health::Target;
use super::home::Home;
use super::layout::Layout;
use super::ready::Ready;
use super::zones::{Running, signal};
use super::{limits, pointer, ports, rise, screen};
use crate::cli::Dev;
use crate::output::{complain, say};
use crate::status::ask_all;
use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal as on_signal};
use tokio::time::{Instant, sleep};

/// Runs a cluster until it is told to end.
///
/// # Errors
/// When it does not come up.
pub fn run(arguments: Dev) -> Result<ExitCode> {
    let home = Home::open(arguments.data.as_deref())?;
    // One thread, this one: the zones are told to end when the thread that started them does.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(cluster(&arguments, &home));
    home.close();
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn cluster(arguments: &Dev, home: &Home) -> Result<()> {
    refuse_a_second(&home.data).await?;
    // Nobody answers there; what is not up yet cannot.
    let _lock = home.lock()?;
    let layout = Layout::open(&home.data, arguments)?;
    let listener = listen(arguments.port, &layout).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let mut running = Vec::new();
    let ready = arguments.ready_file.as_deref();
    forget_ready(ready)?; // of a command that was killed
    let outcome = live(ready, home, &layout, listener, &endpoint, &mut running).await;
    forget_ready(ready)?;
    futures::future::join_all(running.into_iter().map(Running::end)).await;
    end_revived(&layout).await;
    outcome
}

/// Everything between the first process and the end.
async fn live(
    ready: Option<&Path>,
    home: &Home,
    layout: &Layout,
    listener: TcpListener,
    endpoint: &str,
    running: &mut Vec<Running>,
) -> Result<()> {
    let mut terminate = on_signal(SignalKind::terminate())?;
    let mut interrupt = on_signal(SignalKind::interrupt())?;
    let hangup = hangup()?;
    for zone in &layout.zones {
        running.push(Running::start(zone)?);
    }
    let rising = async {
        let nodes = rise::rise(layout, running).await?;
        let targets: Vec<_> = layout.zones.iter().map(|zone| Target::new(zone.clients, zone.metrics)).collect();
        for target in &targets {
            tokio::spawn(target.clone().watch());
        }
        tokio::spawn(Front::new(targets).serve(listener));
        if let Err(cause) = pointer::write(&home.data) {
            complain(&format!("`lockstep status` will need --data {}: {cause:#}", home.data.display()));
        }
        say(&screen::welcome(endpoint, layout, &nodes, &home.data, home.ephemeral));
        if let Some(path) = ready {
            Ready::new(endpoint, layout, &nodes)?.write(path).context("the ready file")?;
        }
        std::future::pending::<Result<()>>().await
    };
    tokio::select! {
        outcome = rising => outcome,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = hangup => Ok(()),
    }
}

/// The end of the terminal, unless whoever started the command wants it to outlive that, as nohup does.
fn hangup() -> Result<impl Future<Output = ()>> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut signal = if ignores_hangup(&status) { None } else { Some(on_signal(SignalKind::hangup())?) };
    Ok(async move {
        match &mut signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    })
}

/// What the system says of a process: the signals that it ignores are bits, the first one that of SIGHUP.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_some_and(|bits| bits & 1 == 1)
}

async fn listen(port: u16, layout: &Layout) -> Result<TcpListener> {
    let port = if port == 0 { ports::free_beside(1, &layout.ports())?[0] } else { port };
    TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("port {port} of 127.0.0.1 cannot be taken; --port takes another"))
}

/// A cluster runs once: two commands would each believe that its zones are theirs.
async fn refuse_a_second(data: &Path) -> Result<()> {
    if !Layout::is_at(data) {
        return Ok(());
    }
    let zones = ask_all(&Layout::read(data)?.nodes()).await;
    if let Some((zone, pid)) = zones.iter().find_map(|node| Some((&node.zone, node.pid?))) {
        bail!("the cluster in {} runs already: zone {zone} is process {pid}, which has to end first", data.display());
    }
    Ok(())
}

/// The ready file is there while the cluster is.
fn forget_ready(path: Option<&Path>) -> Result<()> {
    match path.map(std::fs::remove_file) {
        Some(Err(cause)) if cause.kind() != std::io::ErrorKind::NotFound => Err(cause).context("the ready file"),
        _ => Ok(()),
    }
}

/// A zone that was started again by hand ends with the others: its folder may be about to go, and if not, the cluster
/// could not be started again beside it.
async fn end_revived(layout: &Layout) {
    let named = layout.nodes();
    let patience = Instant::now() + limits::ENDS_WITHIN;
    let mut told = BTreeSet::new();
    while Instant::now() < patience {
        let pids: Vec<u32> = ask_all(&named).await.into_iter().filter_map(|node| node.pid).collect();
        if pids.is_empty() {
            return;
        }
        for pid in pids {
            if told.insert(pid) {
                signal(pid, Signal::TERM);
            }
        }
        sleep(limits::LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nohup_is_heeded() {
        for (status, expected) in [
            ("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n", false),
            ("SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n", true),
            ("", false),
        ] {
            assert_eq!(ignores_hangup(status), expected, "{status}");
        }
    }
}

//! A node that may not lock the memory of its keys says so and goes on, or does not start where it is asked not to.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::{Process, free_ports, metrics, program, scratch, series, until, until_async};

/// What many containers may lock, and less than a node asks for.
const LIMIT_BYTES: usize = 64 * 1024;
const STARTS: Duration = Duration::from_secs(30);

/// An empty node under a limit.
struct Node {
    process: Process,
    metrics: String,
    log: PathBuf,
}

impl Node {
    fn start(folder: &Path, limit: usize, process: &str) -> Result<Self> {
        let ports = free_ports(3)?;
        let (config, log) = (folder.join("node.toml"), folder.join("node.log"));
        let text = format!(
            "name = \"a\"\nzone = \"a\"\nregion = \"us-east-1\"\ndata_dir = {:?}\n[listen]\nclients = \"127.0.0.1:{}\"\n\
             peers = \"127.0.0.1:{}\"\nmetrics = \"127.0.0.1:{}\"\n[seal]\nkind = \"dev\"\n[process]\n{process}\n",
            folder.join("data"),
            ports[0],
            ports[1],
            ports[2],
        );
        std::fs::write(&config, text)?;
        let mut argv = vec!["prlimit".to_owned(), format!("--memlock={limit}:{limit}")];
        if rustix::process::geteuid().is_root() {
            // Root may lock as much as it likes, unless it has lost the right to.
            argv.extend(["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"].map(str::to_owned));
        }
        argv.extend([program().display().to_string(), "server".into(), "--config".into()]);
        argv.push(config.display().to_string());
        let process = Process::start(&argv, &[], &log)?;
        Ok(Self { process, metrics: format!("http://127.0.0.1:{}", ports[2]), log })
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A gauge, once the metrics port answers.
    async fn gauge(&self, name: &str) -> Result<f64> {
        let page = until_async("metrics", STARTS, || async { metrics(&self.metrics).await.ok() });
        series(&page.await.with_context(|| self.said())?, name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_too_low_is_warned_of_and_shown() -> Result<()> {
    for (limit, locked, unlocked) in
        [(LIMIT_BYTES, LIMIT_BYTES, 512 * 1024 - LIMIT_BYTES), (1024 * 1024, 512 * 1024, 0)]
    {
        let folder = scratch();
        let node = Node::start(folder.path(), limit, "")?;
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let expected = [locked as f64, unlocked as f64];
        let names = ["lockstep_key_memory_locked_bytes", "lockstep_key_memory_unlocked_bytes"];
        for (name, expected) in names.into_iter().zip(expected) {
            let found = node.gauge(name).await?;
            ensure!((found - expected).abs() < 1.0, "{name} is {found} with a limit of {limit}");
        }
        let is_warned = node.said().contains("of the memory of keys cannot be locked");
        ensure!(is_warned == (unlocked > 0), "with a limit of {limit}: {}", node.said());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_must_lock_its_keys_does_not_start_without() -> Result<()> {
    let folder = scratch();
    let mut node = Node::start(folder.path(), LIMIT_BYTES, "require_locked_memory = true")?;
    until("the node ends", STARTS, || (!node.process.is_running()).then_some(()))?;
    ensure!(!node.process.wait()?, "it ended well");
    let said = node.said();
    ensure!(said.contains("require_locked_memory") && said.contains("LimitMEMLOCK"), "{said}");
    let folder = scratch();
    let node = Node::start(folder.path(), 1024 * 1024, "require_locked_memory = true")?;
    ensure!(node.gauge("lockstep_key_memory_unlocked_bytes").await? < 1.0, "{}", node.said());
    Ok(())
}

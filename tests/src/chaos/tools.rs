//! The programs that make networks: this machine's own, or those that `cargo xtask` fetched from Debian.

use anyhow::{Context, Result, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where programs are that only root usually runs; not on everybody's path.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

/// A program: the one that `LOCKSTEP_TEST_<NAME>` names, else one of this machine's.
///
/// # Errors
/// When there is none.
pub(crate) fn tool(name: &str) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(format!("LOCKSTEP_TEST_{}", name.to_uppercase())) {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let fetched =
        ["iproute2", "nftables"].map(|package| cache().unwrap_or_default().join("tools/networks").join(package));
    let folders = std::env::split_paths(&path).chain(FOLDERS.map(PathBuf::from)).chain(fetched);
    let found = folders.map(|folder| folder.join(name)).find(|program| Path::new(program).is_file());
    found.with_context(|| {
        format!("no {name}: run the tests by `cargo xtask test`, which fetches it or says why it cannot")
    })
}

/// Runs a command to its end.
///
/// # Errors
/// When it fails; the error is what it said.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    run_with_input(command, "").map(drop)
}

/// Runs a command to its end and gives what it printed.
///
/// # Errors
/// When it fails; the error is what it said.
pub(crate) fn run_with_input(command: &mut Command, input: &str) -> Result<String> {
    let shown = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    child.stdin.take().expect("piped").write_all(input.as_bytes()).with_context(|| shown.clone())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{shown}: {} (input: {input})", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| shown)
}

/// The cache folder, as the developer's commands know it.
///
/// # Errors
/// When nothing says where it is.
pub(crate) fn cache() -> Result<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    let found = folder("LOCKSTEP_CACHE")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("lockstep")))
        .or_else(|| Some(folder("HOME")?.join(".cache/lockstep")));
    found.context("HOME is not set: set LOCKSTEP_CACHE to a folder")
}

/// An address with a port.
///
/// # Errors
/// When it is none.
pub(crate) fn resolved(address: &str) -> Result<std::net::SocketAddr> {
    address.parse().with_context(|| format!("{address} is no address with a port"))
}

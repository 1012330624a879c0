//! Running the conformance scripts with the real clients.

use crate::{ACCOUNT, Cluster};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// One run of one script.
pub struct Pytest<'a> {
    /// File name in tests/python.
    pub script: &'a str,
    /// Where it sends its calls.
    pub endpoint: &'a str,
    /// Extra words, such as `-k name`.
    pub arguments: &'a [&'a str],
}

/// Runs a script of tests/python against a cluster and fails as it fails.
///
/// # Errors
/// When a test of the script fails or none ran.
pub fn pytest(cluster: &Cluster, run: &Pytest<'_>) -> Result<()> {
    let folder = crate::checkout().join("tests/python");
    let mut command = Command::new(python()?);
    command.args(["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", run.script]).args(run.arguments);
    command.current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
    command
        .env("LOCKSTEP_ENDPOINT", run.endpoint)
        .env("LOCKSTEP_REGION", cluster.region())
        .env("LOCKSTEP_ACCOUNT", ACCOUNT);
    let (access_key_id, secret) = cluster.credentials();
    command.env("AWS_ACCESS_KEY_ID", access_key_id).env("AWS_SECRET_ACCESS_KEY", secret);
    let output = command.output().context("python cannot be started")?;
    if !output.status.success() {
        bail!("{}\n{}{}", run.script, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// The Python with the real clients, named by `LOCKSTEP_TEST_PYTHON`.
///
/// # Errors
/// When it is not set.
pub fn python() -> Result<PathBuf> {
    let python = std::env::var_os("LOCKSTEP_TEST_PYTHON");
    Ok(python.context("LOCKSTEP_TEST_PYTHON is not set: run the tests by `cargo xtask test`")?.into())
}

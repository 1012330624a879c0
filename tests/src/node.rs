//! Running the tests of tests/clients/node: the AWS SDK for JavaScript.

use crate::{ACCOUNT, Cluster};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Runs a script of tests/clients/node against one node of a cluster and fails as it fails.
///
/// # Errors
/// When a test of the script fails, or Node is not there.
pub fn node_test(cluster: &Cluster, script: &str, endpoint: &str) -> Result<()> {
    let missing = "no Node: run the tests by `cargo xtask test`, which fetches it or says why it cannot";
    let node = std::env::var_os("LOCKSTEP_TEST_NODE").context(missing)?;
    let modules = std::env::var_os("LOCKSTEP_TEST_NODE_MODULES").context(missing)?;
    let (access_key_id, secret) = cluster.credentials();
    let mut command = Command::new(node);
    command
        .args(["--test", "--test-reporter=spec", script])
        .current_dir(crate::checkout().join("tests/clients/node"))
        .env("NODE_PATH", modules)
        .env("LOCKSTEP_ACCOUNT", ACCOUNT)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", cluster.region())
        .env("AWS_ACCESS_KEY_ID", access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", secret);
    let output = command.output().context("node cannot be started")?;
    if !output.status.success() {
        bail!("{script}\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

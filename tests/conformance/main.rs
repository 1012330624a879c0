//! The real clients, unmodified, against a cluster of three servers with signatures on. Each script goes to another
//! node, so that followers answer as the leader does.

mod strangers;

use anyhow::{Context, Result};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tests::{Cluster, Pytest, node_test, pytest};

/// One cluster serves all scripts that run at a time, which name their things apart; the last one ends it.
static CLUSTER: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

fn cluster() -> Result<Arc<Cluster>> {
    let mut shared = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = shared.upgrade() {
        return Ok(running);
    }
    let started = Arc::new(Cluster::start()?);
    *shared = Arc::downgrade(&started);
    Ok(started)
}

/// Runs the scenarios of a service, each of them over AWS's own wire and over gRPC. `cargo xtask coverage` reads what they
/// note.
fn scenarios(service: &str, node: usize) -> Result<()> {
    let prefix = format!("test_{service}_");
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(tests::checkout().join("tests/python"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && name.ends_with(".py") {
            scripts.push(name);
        }
    }
    scripts.sort();
    let (first, others) = scripts.split_first().context("a service has scenarios")?;
    let cluster = cluster()?;
    let arguments: Vec<&str> = others.iter().map(String::as_str).collect();
    pytest(&cluster, &Pytest { script: first, endpoint: &cluster.zones()[node].endpoint, arguments: &arguments })
}

fn conform(script: &str, node: usize) -> Result<()> {
    let cluster = cluster()?;
    let endpoint = &cluster.zones()[node].endpoint;
    pytest(&cluster, &Pytest { script, endpoint, arguments: &[] })
}

#[test]
fn aws_cli_gets_awss_answers() -> Result<()> {
    conform("test_cli.py", 0)
}

#[test]
fn boto3_gets_awss_answers_from_kms() -> Result<()> {
    conform("test_kms.py", 1)
}

#[test]
fn boto3_gets_awss_answers_from_parameter_store() -> Result<()> {
    conform("test_ssm.py", 2)
}

#[test]
fn malformed_and_badly_signed_requests_are_refused() -> Result<()> {
    conform("test_door.py", 1)
}

#[test]
fn grpcio_gets_the_same_answers() -> Result<()> {
    conform("test_grpc.py", 2)
}

#[test]
fn kms_answers_alike_on_both_wires() -> Result<()> {
    scenarios("kms", 0)
}

#[test]
fn parameter_store_answers_alike_on_both_wires() -> Result<()> {
    scenarios("ssm", 1)
}

#[test]
fn secrets_manager_answers_alike_on_both_wires() -> Result<()> {
    scenarios("secretsmanager", 2)
}

#[test]
fn what_one_wire_makes_the_other_reads() -> Result<()> {
    conform("test_wires.py", 2)
}

#[test]
fn sts_answers() -> Result<()> {
    conform("test_sts.py", 0)
}

#[test]
fn both_wires_offer_the_same_operations() -> Result<()> {
    conform("test_offered.py", 1)
}

#[test]
fn aws_cli_version_2_gets_awss_answers() -> Result<()> {
    conform("test_clients_cli2.py", 1)
}

#[test]
fn the_encryption_sdk_seals_and_opens() -> Result<()> {
    conform("test_clients_encryption_sdk.py", 2)
}

#[test]
fn the_caching_client_of_secrets_manager_caches() -> Result<()> {
    conform("test_clients_secrets_cache.py", 0)
}

#[test]
fn powertools_get_and_set_parameters_and_secrets() -> Result<()> {
    conform("test_clients_powertools.py", 1)
}

#[test]
fn the_javascript_sdk_gets_awss_answers() -> Result<()> {
    let cluster = cluster()?;
    let scripts = ["kms.test.cjs", "ssm.test.cjs", "secrets_manager.test.cjs", "sts.test.cjs"];
    for (script, zone) in scripts.into_iter().zip(cluster.zones().iter().cycle()) {
        node_test(&cluster, script, &zone.endpoint)?;
    }
    Ok(())
}

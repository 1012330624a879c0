//! Crate edges, from `cargo metadata`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Packages of the workspace and what each depends on, development dependencies left out.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(tests::checkout())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let packages = list(&metadata["packages"]);
    packages
        .iter()
        .map(|package| {
            let real = list(&package["dependencies"]).into_iter().filter(|edge| edge["kind"] != "dev");
            (name(package), real.map(|edge| name(&edge)).collect())
        })
        .collect()
}

/// Asserts that only `allowed` depend on `secret`.
fn check(edges: &BTreeMap<String, BTreeSet<String>>, secret: &str, allowed: &[&str]) {
    let knows: BTreeSet<&str> =
        edges.iter().filter(|(_, to)| to.contains(secret)).map(|(from, _)| from.as_str()).collect();
    assert!(!knows.is_empty(), "nobody depends on {secret}: is the name right?");
    let strangers: Vec<_> = knows.iter().filter(|name| !allowed.contains(name)).collect();
    assert!(strangers.is_empty(), "{strangers:?} must not know {secret}");
}

#[test]
fn each_secret_has_one_keeper() {
    let edges = edges();
    for (secret, allowed) in [
        ("openraft", &["raft"] as &[&str]),
        ("rocksdb", &["store"]),
        ("aes-gcm", &["crypto"]),
        ("rcgen", &["crypto"]),
        ("store", &["raft", "node", "simulation"]),
        ("raft", &["node", "simulation"]),
        ("gateway", &["node"]),
        ("node", &["lockstep", "simulation"]),
        ("axum", &["gateway", "node", "raft", "tests"]),
        ("hyper", &["gateway", "node", "raft", "client", "tests"]),
        ("clap", &["lockstep", "tests"]),
    ] {
        check(&edges, secret, allowed);
    }
}

#[test]
fn services_know_neither_wire_nor_disk() {
    let edges = edges();
    let strangers =
        ["axum", "hyper", "http", "tonic", "openraft", "rocksdb", "store", "raft", "gateway", "node", "tokio"];
    for service in ["iam", "kms", "ssm", "secretsmanager"] {
        let known: Vec<_> = strangers.iter().filter(|name| edges[service].contains(**name)).collect();
        assert!(known.is_empty(), "{service} must not know {known:?}");
    }
}

#[test]
fn no_product_knows_the_world_of_the_unit_tests() {
    let edges = edges();
    let knows: Vec<_> = edges.iter().filter(|(_, to)| to.contains("world")).map(|(from, _)| from).collect();
    assert!(knows.is_empty(), "{knows:?} depend on world for more than their tests");
    let allowed = ["access", "crypto", "events", "proto", "replica", "service"];
    let rooms = edges["world"].iter().filter(|name| edges.contains_key(*name));
    let more: Vec<_> = rooms.filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(more.is_empty(), "world depends on {more:?}");
}

#[test]
fn the_contract_is_pure() {
    let edges = edges();
    let allowed = ["async-trait", "faults", "prost", "thiserror", "protox", "tonic-prost-build"];
    let more: Vec<_> = edges["replica"].iter().filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(more.is_empty(), "replica depends on {more:?}");
    assert!(edges["xtask"].iter().all(|name| !edges.contains_key(name)), "xtask knows no crate of the workspace");
}

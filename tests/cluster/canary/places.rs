//! Where a secret could lie: every file of every node, and what its metrics port shows.

use anyhow::{Result, ensure};
use memchr::memmem;
use tests::chaos::leak::{files, forms};
use tests::{Cluster, metrics};

/// What it is, and its bytes.
pub(super) type Secret = (&'static str, Vec<u8>);

/// Every place where a secret lies in clear, as it is, in hexadecimal, in base64 at each offset, or as Debug prints it.
/// Tables are compressed by LZ4, which writes what it has not met before as it is: the first time a value stands in a
/// block is found.
pub(super) async fn search(cluster: &Cluster, secrets: &[Secret]) -> Result<Vec<(&'static str, String)>> {
    let mut places: Vec<(String, Vec<u8>)> = Vec::new();
    for path in files(cluster.folder())? {
        // The node writes on while this reads; a file that went away holds nothing.
        places.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
    }
    for zone in cluster.zones() {
        places.push((format!("metrics of {}", zone.name), metrics(&zone.metrics).await?.into_bytes()));
    }
    for kind in [".log", "keyring"] {
        ensure!(places.iter().any(|(name, _)| name.ends_with(kind)), "there is no {kind} to search");
    }
    let cores: Vec<_> = places.iter().filter(|(name, _)| is_core(name)).map(|(name, _)| name).collect();
    ensure!(cores.is_empty(), "memory was written to disk: {cores:?}");
    let mut found = Vec::new();
    for (name, secret) in secrets {
        let forms = forms(secret);
        for (place, content) in &places {
            if forms.iter().any(|form| memmem::find(content, form).is_some()) {
                found.push((*name, place.clone()));
            }
        }
    }
    Ok(found)
}

fn is_core(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name == "core" || name.starts_with("core.")
}

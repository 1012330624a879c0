//! The keyring lies beside each node's database, and a node without it gets it back from its peers.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::{Cluster, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_keyring_comes_back() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let client = cluster.client(0);
    let key = client.kms().create_key(proto::kms::v1::CreateKeyRequest::default()).await?.into_inner();
    let key_id = key.key_metadata.and_then(|metadata| metadata.key_id).context("a key id")?;
    let keyring = keyring_of(&cluster.zones()[1].data)?;
    let others: Vec<Vec<u8>> = [0, 2]
        .into_iter()
        .map(|number| Ok(std::fs::read(keyring_of(&cluster.zones()[number].data)?)?))
        .collect::<Result<_>>()?;
    let own = std::fs::read(&keyring)?;
    ensure!(!others.contains(&own), "nodes share a keyring file");
    cluster.kill(1)?;
    std::fs::remove_file(&keyring)?;
    cluster.run(1)?;
    until("the keyring is back", Duration::from_secs(30), || keyring.exists().then_some(()))?;
    cluster.wait_ready(1)?;
    let request = proto::kms::v1::EncryptRequest {
        key_id: Some(key_id),
        plaintext: Some(b"sealed again".as_slice().into()),
        ..Default::default()
    };
    cluster.client_at(1).kms().encrypt(request).await?;
    Ok(())
}

fn keyring_of(data: &Path) -> Result<PathBuf> {
    let path = data.join("keyring");
    ensure!(path.is_file(), "no keyring at {}", path.display());
    Ok(path)
}

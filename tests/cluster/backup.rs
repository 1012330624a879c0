//! A snapshot file holds what was acknowledged before it was saved, and makes a cluster that goes on from there; never
//! beside the one that it came from.

use crate::failover::all_nodes_hold;
use anyhow::{Context, Result, ensure};
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, DisableKeyRequest, EncryptRequest, KeyState};
use proto::kms::v1::{KeyMetadata, ScheduleKeyDeletionRequest};
use proto::ssm::v1::{DeleteParameterRequest, GetParameterRequest, ParameterType, PutParameterRequest};
use std::path::Path;
use std::time::Duration;
use tests::{Cluster, Load, NodeOptions, Options, until};

/// The key of every seal: a file is restored where the same key is.
const SEAL: [u8; 32] = [7; 32];
/// How long a node may take to notice what became of its peers.
const PATIENCE: Duration = Duration::from_secs(60);

/// What callers left behind beside the load: none of it may come back to life.
struct Estate {
    disabled: String,
    pending: KeyMetadata,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_save_is_in_the_restored_cluster() -> Result<()> {
    let mut old = Cluster::start_with(Options { seal: Some(SEAL), ..Options::default() })?;
    let folder = tests::scratch();
    let file = folder.path().join("cluster.snapshot");
    let estate = leave_behind(&old.client(0)).await?;
    let other = old.credential_of("444455556666")?;
    let load = Load::start(&old, 4);
    load.progress(60).await?;
    let (before, refused) = load.stop().await?;
    ensure!(refused.is_empty(), "{refused:?}");
    let under_way = Load::start(&old, 4);
    under_way.progress(8).await?;
    let saved = old.operator(1, &["snapshot", "save", utf8(&file)?])?;
    under_way.progress(8).await?;
    under_way.stop().await?;
    ensure!(saved == old.operator(2, &["snapshot", "inspect", utf8(&file)?])?, "an inspection says the same");
    ensure!(saved["rows"].as_u64() > Some(before.len() as u64), "{saved}");

    // The first node of the new cluster stands where one of the old one's stood.
    let peers_port = old_peers_port(&old, 1)?;
    let first = NodeOptions { peers_port: Some(peers_port), ..NodeOptions::default() };
    let mut new = Cluster::prepare(&Options { seal: Some(SEAL), each: vec![first], ..Options::default() })?;
    new.take_credentials(&old);
    (1..3).try_for_each(|number| new.run(number))?;
    refused_over_the_living(&old, &new, &file)?;
    (0..2).try_for_each(|number| old.kill((number + 1) % 3))?;
    new.run(0)?;
    let restored = new.operator(0, &["snapshot", "restore", utf8(&file)?])?;
    ensure!(restored["cluster_id"] == saved["cluster_id"] && restored["node_id"] == 4, "{restored}");
    ensure!(restored["incarnation_id"].as_str().is_some_and(|id| id.len() == 32), "{restored}");
    new.wait_ready(0)?;
    (1..3).try_for_each(|number| new.join(number, 0))?;
    (0..3).try_for_each(|number| new.wait_ready(number))?;
    new.wait_voters(3)?;
    all_nodes_hold(&new, &before).await?;
    for number in 0..3 {
        nothing_comes_back_to_life(&new.client_at(number), &estate).await?;
        let stranger = new.client_of_key((&other.0, &other.1), number);
        stranger.kms().create_key(CreateKeyRequest::default()).await.context("another account's access key works")?;
    }
    new.kill(0)?;
    new.run(0)?;
    new.wait_ready(0)?;
    strangers_stay_apart(&mut old, &new).await?;
    let again = folder.path().join("again.snapshot");
    let saved_again = new.operator(1, &["snapshot", "save", utf8(&again)?])?;
    ensure!(saved_again["incarnation_id"] == restored["incarnation_id"], "{saved_again}");
    ensure!((saved["incarnation"].as_u64(), saved_again["incarnation"].as_u64()) == (Some(1), Some(2)));
    Ok(())
}

/// Every way in which a living cluster, or a part of one, keeps a file from being restored.
fn refused_over_the_living(old: &Cluster, new: &Cluster, file: &Path) -> Result<()> {
    let restore = ["snapshot", "restore", utf8(file)?];
    let at_a_member = refusal(old, 0, &restore)?;
    ensure!(at_a_member.contains("belongs to a cluster already"), "{at_a_member}");
    let beside = refusal(new, 1, &restore)?;
    ensure!(beside.contains("3 of 3 voters") && beside.contains("--force"), "{beside}");
    is_empty(new, 1)
}

/// The node that is left of the old cluster and those of the new one know the same addresses, and never hear each other.
async fn strangers_stay_apart(old: &mut Cluster, new: &Cluster) -> Result<()> {
    let before = new.wait_level()?;
    let alone = || old.status(0).is_ok_and(|left| !left.ready).then_some(());
    until("what is left of the old cluster knows that it has no majority", PATIENCE, alone)?;
    write(&new.client(0), "/after/restore").await?;
    let after = new.wait_level()?;
    ensure!(after[0].term == before[0].term && after[0].voters == 3, "somebody stood for election: {after:?}");
    // What is left of the old cluster comes back, and goes its own way.
    old.run(2)?;
    old.wait_ready(0)?;
    old.wait_ready(2)?;
    let found = get(&old.client_at(0), "/after/restore").await;
    ensure!(found.is_err(), "a write to the restored cluster shows in the old one");
    get(&new.client(1), "/after/restore").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_refused_with_another_seal_and_when_it_is_damaged() -> Result<()> {
    let mut old = Cluster::start_with(Options { nodes: 1, seal: Some(SEAL), ..Options::default() })?;
    write(&old.client(0), "/one").await?;
    let folder = tests::scratch();
    let file = folder.path().join("cluster.snapshot");
    let saved = old.operator(0, &["snapshot", "save", utf8(&file)?])?;
    let bytes = std::fs::read(&file)?;
    ensure!(saved["bytes"] == bytes.len(), "{saved}");
    old.kill(0)?;

    let mut other = Cluster::prepare(&Options { nodes: 1, seal: Some([8; 32]), ..Options::default() })?;
    other.run(0)?;
    let told = refusal(&other, 0, &["snapshot", "restore", utf8(&file)?])?;
    ensure!(told.contains("seal does not open") && told.contains("zone-a"), "{told}");
    is_empty(&other, 0)?;

    let mut new = Cluster::prepare(&Options { nodes: 1, seal: Some(SEAL), ..Options::default() })?;
    new.take_credentials(&old);
    new.run(0)?;
    let damaged = folder.path().join("damaged.snapshot");
    for (what, content) in damages(&bytes) {
        std::fs::write(&damaged, content)?;
        for task in ["inspect", "restore"] {
            let told = refusal(&new, 0, &["snapshot", task, utf8(&damaged)?])?;
            ensure!(told.contains("damaged at byte"), "{task} of a file with {what}: {told}");
        }
    }
    is_empty(&new, 0)?;
    new.operator(0, &["snapshot", "restore", utf8(&file)?])?;
    new.wait_ready(0)?;
    get(&new.client(0), "/one").await
}

fn damages(bytes: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let mut flipped = bytes.to_vec();
    flipped[bytes.len() / 2] ^= 1;
    let cut = bytes[..bytes.len() - 1].to_vec();
    [("a flipped bit", flipped), ("a byte less", cut), ("a byte more", [bytes, &[0]].concat())]
}

/// The node has nothing of a cluster, and its folder nothing of one.
fn is_empty(cluster: &Cluster, number: usize) -> Result<()> {
    let data = &cluster.zones()[number].data;
    for name in ["db", "identity.json", "keyring", "keyring.tried", "birth.pending"] {
        ensure!(!data.join(name).exists(), "{name} is left in {}", data.display());
    }
    Ok(())
}

fn refusal(cluster: &Cluster, number: usize, words: &[&str]) -> Result<String> {
    match cluster.operator(number, words) {
        Ok(answer) => anyhow::bail!("{words:?} is taken: {answer}"),
        Err(refused) => Ok(format!("{refused:#}")),
    }
}

async fn leave_behind(client: &client::Client) -> Result<Estate> {
    let disabled = create_key(client).await?;
    client.kms().disable_key(DisableKeyRequest { key_id: Some(disabled.clone()) }).await?;
    let pending = create_key(client).await?;
    let request = ScheduleKeyDeletionRequest { key_id: Some(pending.clone()), pending_window_in_days: Some(7) };
    client.kms().schedule_key_deletion(request).await?;
    write(client, "/deleted").await?;
    client.ssm().delete_parameter(DeleteParameterRequest { name: Some("/deleted".to_owned()) }).await?;
    Ok(Estate { disabled, pending: describe(client, &pending).await? })
}

async fn nothing_comes_back_to_life(client: &client::Client, estate: &Estate) -> Result<()> {
    let found = describe(client, &estate.pending.key_id.clone().unwrap_or_default()).await?;
    ensure!(found == estate.pending, "{found:?} is not {:?}", estate.pending);
    ensure!(found.key_state() == KeyState::PendingDeletion && found.deletion_date.is_some());
    let request = EncryptRequest {
        key_id: Some(estate.disabled.clone()),
        plaintext: Some(b"p".as_slice().into()),
        ..EncryptRequest::default()
    };
    ensure!(client.kms().encrypt(request).await.is_err(), "a disabled key encrypts");
    ensure!(get(client, "/deleted").await.is_err(), "a deleted parameter is there");
    Ok(())
}

async fn create_key(client: &client::Client) -> Result<String> {
    let made = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    made.key_metadata.and_then(|metadata| metadata.key_id).context("a key id")
}

async fn describe(client: &client::Client, key_id: &str) -> Result<KeyMetadata> {
    let request = DescribeKeyRequest { key_id: Some(key_id.to_owned()), ..DescribeKeyRequest::default() };
    client.kms().describe_key(request).await?.into_inner().key_metadata.context("metadata")
}

async fn write(client: &client::Client, name: &str) -> Result<()> {
    let mut request = PutParameterRequest {
        name: Some(name.to_owned()),
        value: Some("value".to_owned()),
        ..PutParameterRequest::default()
    };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok(())
}

async fn get(client: &client::Client, name: &str) -> Result<()> {
    let request = GetParameterRequest { name: Some(name.to_owned()), ..GetParameterRequest::default() };
    client.ssm().get_parameter(request).await?;
    Ok(())
}

fn old_peers_port(cluster: &Cluster, number: usize) -> Result<u16> {
    let text = std::fs::read_to_string(&cluster.zones()[number].config)?;
    let line = text.lines().find_map(|line| line.strip_prefix("peers = \"")).context("a peers' port")?;
    Ok(line.trim_end_matches('"').rsplit(':').next().context("a port")?.parse()?)
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

//! A load of writes whose acknowledged part is remembered, so that it can be read back from every node.

use crate::{Cluster, until_async};
use anyhow::{Context, Result, bail};
use proto::kms::v1::{CreateKeyRequest, DecryptRequest, EncryptRequest};
use proto::secretsmanager::v1::{CreateSecretRequest, GetSecretValueRequest};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// A writer's rest after each write: on a fast disk, a load without one outgrows what can be read back, and quotas.
const REST: Duration = Duration::from_millis(5);

/// Writers that go on until they are stopped.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Acknowledged>,
    writers: Vec<JoinHandle<Writer>>,
}

/// When writes were acknowledged, by whichever writer.
type Acknowledged = Mutex<Vec<Instant>>;

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A parameter of this name has this value.
    Parameter(String, String),
    /// This ciphertext opens to this plaintext.
    Ciphertext(Vec<u8>, Vec<u8>),
    /// A secret of this name has this value.
    Secret(String, String),
}

/// What one writer has to say.
#[derive(Default)]
struct Writer {
    acknowledged: Vec<Written>,
    refused: Vec<String>,
}

impl Load {
    /// Starts `writers` writers, spread over the nodes, each in rounds of: a key and something under it, a secret, and two
    /// parameters.
    pub fn start(cluster: &Cluster, writers: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Acknowledged::default());
        let spawn = |number| {
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            tokio::spawn(write(cluster.client(number), number, stop, acknowledged))
        };
        let writers = (0..writers).map(spawn).collect();
        Self { stop, acknowledged, writers }
    }

    /// Waits until `more` further writes are acknowledged.
    ///
    /// # Errors
    /// When they are not within half a minute.
    pub async fn progress(&self, more: usize) -> Result<()> {
        let count = || self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len();
        let goal = count() + more;
        let reached = || async { (count() >= goal).then_some(()) };
        until_async("writes are acknowledged", Duration::from_secs(30), reached).await
    }

    /// The longest time since `since` in which no writer had a write acknowledged.
    pub fn longest_gap(&self, since: Instant) -> Duration {
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let later: Vec<Instant> = acknowledged.iter().copied().filter(|at| *at >= since).collect();
        let from = std::iter::once(since).chain(later.iter().copied());
        from.zip(later.iter()).map(|(from, to)| to.duration_since(from)).max().unwrap_or_default()
    }

    /// Stops the writers; what they got acknowledged, and the errors that they saw.
    ///
    /// # Errors
    /// When a writer failed.
    pub async fn stop(self) -> Result<(Vec<Written>, Vec<String>)> {
        self.stop.store(true, Ordering::Relaxed);
        let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
        for writer in self.writers {
            let writer = writer.await.context("a writer panicked")?;
            acknowledged.extend(writer.acknowledged);
            refused.extend(writer.refused);
        }
        Ok((acknowledged, refused))
    }
}

impl Written {
    /// Reads it back from one node.
    ///
    /// # Errors
    /// When the node does not answer, or answers something else.
    pub async fn verify(&self, client: &client::Client) -> Result<()> {
        match self {
            Written::Parameter(name, value) => {
                let request = GetParameterRequest { name: Some(name.clone()), ..Default::default() };
                let answer = client.ssm().get_parameter(request).await.with_context(|| name.clone())?.into_inner();
                let found = answer.parameter.and_then(|parameter| parameter.value);
                if found.as_ref() != Some(value) {
                    bail!("{name} is {found:?}, not {value:?}");
                }
            }
            Written::Ciphertext(blob, plaintext) => {
                let request = DecryptRequest { ciphertext_blob: Some(blob.clone().into()), ..Default::default() };
                let answer = client.kms().decrypt(request).await?.into_inner();
                if answer.plaintext.as_deref() != Some(plaintext) {
                    bail!("a ciphertext opens to something else");
                }
            }
            Written::Secret(name, value) => {
                let request = GetSecretValueRequest { secret_id: Some(name.clone()), ..Default::default() };
                let answer = client.secrets_manager().get_secret_value(request).await.with_context(|| name.clone())?;
                let found = answer.into_inner().secret_string;
                if found.as_ref() != Some(value) {
                    bail!("{name} is {found:?}, not {value:?}");
                }
            }
        }
        Ok(())
    }
}

async fn write(client: client::Client, number: usize, stop: Arc<AtomicBool>, all: Arc<Acknowledged>) -> Writer {
    let mut writer = Writer::default();
    for round in 0u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let written = match round % 4 {
            0 => write_under_a_new_key(&client, format!("{number}/{round}").into_bytes()).await,
            1 => write_secret(&client, format!("load/{number}/{round}"), round.to_string()).await,
            _ => write_parameter(&client, format!("/load/{number}/{round}"), round.to_string()).await,
        };
        match written {
            Ok(written) => {
                writer.acknowledged.push(written);
                all.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
            }
            Err(refusal) => writer.refused.push(format!("{refusal:#}")),
        }
        tokio::time::sleep(REST).await;
    }
    writer
}

async fn write_parameter(client: &client::Client, name: String, value: String) -> Result<Written> {
    let mut request =
        PutParameterRequest { name: Some(name.clone()), value: Some(value.clone()), ..Default::default() };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok(Written::Parameter(name, value))
}

async fn write_secret(client: &client::Client, name: String, value: String) -> Result<Written> {
    // As long as a UUID: the wire wants a token, which the SDKs draw.
    let token = format!("{:0>36}", name.replace('/', "-"));
    let request = CreateSecretRequest {
        name: Some(name.clone()),
        secret_string: Some(value.clone()),
        client_request_token: Some(token),
        ..Default::default()
    };
    client.secrets_manager().create_secret(request).await?;
    Ok(Written::Secret(name, value))
}

async fn write_under_a_new_key(client: &client::Client, plaintext: Vec<u8>) -> Result<Written> {
    let key = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    let key_id = key.key_metadata.and_then(|metadata| metadata.key_id);
    let request = EncryptRequest { key_id, plaintext: Some(plaintext.clone().into()), ..Default::default() };
    let answer = client.kms().encrypt(request).await?.into_inner();
    let blob = answer.ciphertext_blob.context("Encrypt answers a ciphertext")?;
    Ok(Written::Ciphertext(blob.to_vec(), plaintext))
}

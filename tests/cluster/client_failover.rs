//! One client that knows all nodes, shared by many tasks, while the node that leads is killed, and after it the next one.
//!
//! Each task overwrites a parameter of its own and reads it back. The version that a write answers has to be one more than
//! the last: a write that was lost, or made twice because its answer was, shows at once.

use anyhow::{Context, Result, ensure};
use client::Client;
use proto::kms::v1::{CreateKeyRequest, DecryptRequest, EncryptRequest, ListKeysRequest};
use proto::ssm::v1::{GetParameterRequest, Parameter, ParameterType, PutParameterRequest};
use rustix::process::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tests::{Cluster, until_async};
use tokio::task::JoinHandle;
use tonic::Request;

/// Tasks that share the client.
const TASKS: u32 = 12;
/// The deadline that each call carries: over any failover, below every task's patience.
const DEADLINE: Duration = Duration::from_secs(10);
/// The deadline of an impatient caller, below what one attempt may take.
const SHORT_DEADLINE: Duration = Duration::from_secs(3);
/// How long the tasks may take to make a few rounds on a busy machine, an election within.
const PROGRESS: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn one_client_goes_on_while_leaders_are_killed() -> Result<()> {
    let mut cluster = Cluster::start()?;
    let first = cluster.wait_leader()?;
    let tasks = Tasks::start(&cluster.client(first)).await?;
    tasks.all_make(5).await?;

    cluster.kill(first)?;
    tasks.all_make(5).await?;
    let second = cluster.wait_leader()?;
    ensure!(second != first, "the fault did nothing: {first} still leads");

    cluster.run(first)?;
    cluster.wait_ready(first)?;
    tasks.all_make(1).await?;
    // Now the node that came back is needed: without it there is no majority.
    cluster.kill(second)?;
    tasks.all_make(5).await?;
    cluster.run(second)?;

    let written = tasks.stop().await?;
    cluster.wait_level()?;
    for number in 0..cluster.zones().len() {
        let client = cluster.client_at(number);
        for (task, round) in written.iter().enumerate() {
            holds(&get(&client, task as u32).await?, *round).with_context(|| format!("node {number}, task {task}"))?;
        }
    }
    Ok(())
}

/// A paused node's system accepts and nothing answers: no connection breaks, only time passes.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_deadline_does_not_stick_to_a_paused_node() -> Result<()> {
    let cluster = Cluster::start()?;
    let leader = cluster.wait_leader()?;
    let paused = (leader + 1) % 3;
    let client = cluster.client(paused);
    let call = async || {
        let mut request = Request::new(ListKeysRequest::default());
        request.set_timeout(SHORT_DEADLINE);
        client.kms().list_keys(request).await
    };
    until_async("the node that will be paused answers", PROGRESS, async || call().await.ok()).await?;
    cluster.signal(paused, Signal::STOP)?;
    let paused_call = call().await;
    let later_call = call().await.context("the client stays with a node that is silent")?;
    ensure!(later_call.into_inner().keys.is_empty(), "there are no keys; the first call: {paused_call:?}");
    cluster.signal(paused, Signal::CONT)
}

/// The tasks, and how many rounds each has made.
struct Tasks {
    stop: Arc<AtomicBool>,
    rounds: Vec<Arc<AtomicU32>>,
    handles: Vec<JoinHandle<Result<()>>>,
}

impl Tasks {
    async fn start(client: &Client) -> Result<Self> {
        let key = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
        let key_id = key.key_metadata.and_then(|metadata| metadata.key_id).context("a key has an id")?;
        let stop = Arc::new(AtomicBool::new(false));
        let rounds: Vec<_> = (0..TASKS).map(|_| Arc::new(AtomicU32::new(0))).collect();
        let spawn = |(task, rounds): (u32, &Arc<AtomicU32>)| {
            tokio::spawn(work(client.clone(), task, key_id.clone(), Arc::clone(rounds), Arc::clone(&stop)))
        };
        let handles = (0..TASKS).zip(&rounds).map(spawn).collect();
        Ok(Self { stop, rounds, handles })
    }

    /// Waits until every task has made `more` further rounds, or one has failed: [`Tasks::stop`] says why.
    async fn all_make(&self, more: u32) -> Result<()> {
        let goals: Vec<u32> = self.counts().into_iter().map(|count| count + more).collect();
        let reached = || async {
            let all = self.counts().iter().zip(&goals).all(|(count, goal)| count >= goal);
            (all || self.handles.iter().any(JoinHandle::is_finished)).then_some(())
        };
        until_async("every task goes on", PROGRESS, reached).await
    }

    fn counts(&self) -> Vec<u32> {
        self.rounds.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }

    /// Ends the tasks; how many rounds each has made.
    ///
    /// # Errors
    /// The first error that a caller saw: a node's end must not reach one.
    async fn stop(self) -> Result<Vec<u32>> {
        self.stop.store(true, Ordering::Relaxed);
        for handle in self.handles {
            handle.await.context("a task panicked")??;
        }
        Ok(self.rounds.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }
}

async fn work(client: Client, task: u32, key_id: String, rounds: Arc<AtomicU32>, stop: Arc<AtomicBool>) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let round = rounds.load(Ordering::Relaxed) + 1;
        let context = || format!("task {task}, round {round}");
        put(&client, task, round).await.with_context(context)?;
        rounds.store(round, Ordering::Relaxed);
        holds(&get(&client, task).await.with_context(context)?, round).with_context(context)?;
        seal_and_open(&client, &key_id, context().into_bytes()).await.with_context(context)?;
    }
    Ok(())
}

fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

fn name(task: u32) -> Option<String> {
    Some(format!("/failover/{task}"))
}

async fn put(client: &Client, task: u32, round: u32) -> Result<()> {
    let value = Some(round.to_string());
    let mut request = PutParameterRequest { name: name(task), value, overwrite: Some(true), ..Default::default() };
    request.set_type(ParameterType::String);
    let version = client.ssm().put_parameter(within(request)).await?.into_inner().version;
    ensure!(version == Some(i64::from(round)), "the write answers version {version:?}");
    Ok(())
}

async fn get(client: &Client, task: u32) -> Result<Parameter> {
    let request = GetParameterRequest { name: name(task), ..Default::default() };
    client.ssm().get_parameter(within(request)).await?.into_inner().parameter.context("a parameter")
}

fn holds(parameter: &Parameter, round: u32) -> Result<()> {
    let wanted = (Some(i64::from(round)), Some(round.to_string()));
    let found = (parameter.version, parameter.value.clone());
    ensure!(found == wanted, "found {found:?}, {wanted:?} was acknowledged");
    Ok(())
}

async fn seal_and_open(client: &Client, key_id: &str, plaintext: Vec<u8>) -> Result<()> {
    let plaintext = Some(plaintext.into());
    let request =
        EncryptRequest { key_id: Some(key_id.to_owned()), plaintext: plaintext.clone(), ..Default::default() };
    let ciphertext_blob = client.kms().encrypt(within(request)).await?.into_inner().ciphertext_blob;
    let request = DecryptRequest { ciphertext_blob, ..Default::default() };
    let opened = client.kms().decrypt(within(request)).await?.into_inner().plaintext;
    ensure!(opened == plaintext, "a ciphertext opens to something else");
    Ok(())
}

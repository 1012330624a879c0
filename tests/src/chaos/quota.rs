//! I5: an account with a small quota, for which several clients race all the time. What is there never is more than it may
//! have, is what the nodes count, and can be filled up to the last one.

use crate::{Cluster, until_async};
use anyhow::{Context as _, Result, bail};
use client::Client;
use proto::ssm::v1::{DeleteParameterRequest, GetParametersByPathRequest, ParameterType, PutParameterRequest};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// Whose quota it is.
const ACCOUNT: &str = "444455556666";
/// How many parameters it may have.
const LIMIT: usize = 12;
/// Which quota.
const QUOTA: &str = "ssm-standard-parameters";
/// What AWS answers when it is used up.
const REFUSAL: &str = "ParameterLimitExceeded";
/// Who race, and how often each of them calls.
const RACERS: usize = 3;
const PACE: Duration = Duration::from_millis(120);
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the nodes may take to answer when all is well again.
const ANSWERS: Duration = Duration::from_secs(30);

/// The race.
pub struct Race {
    stop: Arc<AtomicBool>,
    racers: Vec<JoinHandle<Seen>>,
    clients: Vec<Client>,
}

/// What a racer knows.
#[derive(Default)]
struct Seen {
    there: BTreeSet<String>,
    gone: BTreeSet<String>,
    refused: usize,
}

impl Race {
    /// Sets the quota and starts the racers.
    ///
    /// # Errors
    /// When the account cannot be made.
    pub fn start(cluster: &Cluster, seed: u64, runtime: &tokio::runtime::Runtime) -> Result<Self> {
        let (id, secret) = cluster.credential_of(ACCOUNT)?;
        cluster.operator(0, &["quota", "set", "--account", ACCOUNT, QUOTA, &LIMIT.to_string()])?;
        let stop = Arc::new(AtomicBool::new(false));
        let _inside = runtime.enter();
        let clients: Vec<Client> = cluster.members().map(|node| cluster.client_of_key((&id, &secret), node)).collect();
        let racer = |number: usize| {
            let client = clients[number % clients.len()].clone();
            let dice = StdRng::seed_from_u64(seed.rotate_left(32) ^ number as u64);
            runtime.spawn(race(client, number, dice, Arc::clone(&stop)))
        };
        let racers = (0..RACERS).map(racer).collect();
        Ok(Self { stop, racers, clients })
    }

    /// Ends the race, and says what is wrong with what is left.
    ///
    /// # Errors
    /// When a racer panicked, or nodes do not answer.
    pub async fn judge(self, cluster: &Cluster, running: &[usize]) -> Result<Vec<String>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut seen = Seen::default();
        for racer in self.racers {
            let racer = racer.await.context("a racer panicked")?;
            seen.there.extend(racer.there);
            seen.gone.extend(racer.gone);
            seen.refused += racer.refused;
        }
        let mut wrong = Vec::new();
        for number in running.iter().filter(|number| **number < self.clients.len()) {
            let (listed, counted) = (listed(&self.clients[*number]).await?, counted(cluster, *number)?);
            wrong.extend(compare(&seen, &listed, counted).into_iter().map(|what| format!("I5: node {number}: {what}")));
        }
        let client = &self.clients[*running.first().context("a node runs")?];
        let before = listed(client).await?.len();
        let filled = fill(client).await?;
        if before + filled != LIMIT {
            wrong.push(format!("I5: {before} were there and {filled} found room, of {LIMIT}"));
        }
        Ok(wrong)
    }
}

fn compare(seen: &Seen, listed: &BTreeSet<String>, counted: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    if listed.len() > LIMIT {
        wrong.push(format!("{} of {LIMIT} are there", listed.len()));
    }
    if counted != listed.len() as u64 {
        wrong.push(format!("{counted} are counted and {} are there", listed.len()));
    }
    let lost: Vec<_> = seen.there.difference(listed).collect();
    if !lost.is_empty() {
        wrong.push(format!("I1: acknowledged and not there: {lost:?}"));
    }
    let back: Vec<_> = seen.gone.intersection(listed).collect();
    if !back.is_empty() {
        wrong.push(format!("I1: deleted and there: {back:?}"));
    }
    wrong
}

/// Makes and deletes parameters of its own until it is stopped.
async fn race(client: Client, racer: usize, mut dice: StdRng, stop: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    for round in 0u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep(PACE).await;
        let oldest = seen.there.iter().nth(dice.random_range(0..seen.there.len().max(1))).cloned();
        match oldest.filter(|_| dice.random_ratio(2, 5)) {
            None => {
                let name = format!("/quota/{racer}-{round}");
                match put(&client, &name).await {
                    Ok(()) => drop(seen.there.insert(name)),
                    Err(status) => seen.refused += usize::from(is_limit(&status)),
                }
            }
            Some(name) => {
                // Should its end stay unknown, it may be there or not.
                seen.there.remove(&name);
                let mut request = Request::new(DeleteParameterRequest { name: Some(name.clone()) });
                request.set_timeout(PATIENCE);
                if client.ssm().delete_parameter(request).await.is_ok() {
                    seen.gone.insert(name);
                }
            }
        }
    }
    seen
}

async fn put(client: &Client, name: &str) -> Result<(), Status> {
    let (name, value) = (Some(name.to_owned()), Some("v".to_owned()));
    let mut message = PutParameterRequest { name, value, ..Default::default() };
    message.set_type(ParameterType::String);
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    client.ssm().put_parameter(request).await.map(|_| ())
}

fn is_limit(status: &Status) -> bool {
    let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
    status.code() == Code::ResourceExhausted && reason.as_deref() == Some(REFUSAL)
}

async fn listed(client: &Client) -> Result<BTreeSet<String>> {
    let (mut all, mut next) = (BTreeSet::new(), None);
    loop {
        let ask = || async {
            let (path, next_token) = (Some("/quota".to_owned()), next.clone());
            let request = GetParametersByPathRequest { path, next_token, ..Default::default() };
            client.ssm().get_parameters_by_path(request).await.ok()
        };
        let page = until_async("the parameters are listed", ANSWERS, ask).await?.into_inner();
        all.extend(page.parameters.into_iter().filter_map(|parameter| parameter.name));
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn counted(cluster: &Cluster, node: usize) -> Result<u64> {
    let document = cluster.operator(node, &["quota", "--account", ACCOUNT])?;
    let quotas = document["quotas"].as_array().context("a list")?;
    let quota = quotas.iter().find(|quota| quota["name"] == QUOTA).context("every quota is listed")?;
    quota["used"].as_u64().context("counted")
}

/// Makes more until there is no room; how many found some.
async fn fill(client: &Client) -> Result<usize> {
    for made in 0..=LIMIT {
        match put(client, &format!("/quota/fill-{made}")).await {
            Ok(()) => {}
            Err(status) if is_limit(&status) => return Ok(made),
            Err(status) => bail!("filling up: {status:?}"),
        }
    }
    bail!("I5: there is room for more than {LIMIT}")
}

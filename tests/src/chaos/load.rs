//! The load: twelve clients, each with one call under way, over keys, aliases, parameters and secrets.
//!
//! Half of them are pinned to one node, and so see what that node says; most others know all nodes; two call as AWS SDKs
//! do. A client whose call has an unknown outcome makes no more: another one takes its place, and only reads until it
//! gets an answer, so that a long fault does not leave many changes that may or may not have happened.

use super::ask::Asker;
use super::ground::{ALIAS_TARGETS, Ground, Kind, Plan};
use super::history::{Call, History, Outcome, Resource};
use super::sdk::Sdk;
use crate::Cluster;
use anyhow::{Context as _, Result};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

/// What every kind of client may call but the SDKs.
const EVERYTHING: [Kind; 4] = [Kind::Key, Kind::Alias, Kind::Parameter, Kind::Secret];

/// What a scenario may ask of the load.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// How many clients.
    pub clients: usize,
    /// The most calls per second over all of them.
    pub rate: u32,
    /// How long a client waits for an answer before it counts the call as unknown.
    pub patience: Duration,
    /// As `patience`, of a client that is pinned to a node: what is asked of a node that is silent has to be asked anew
    /// while it is, for an answer to an old question may be old.
    pub pinned_patience: Duration,
    /// AWS codes of calls that fail without having done anything, and may.
    pub may_fail: Vec<&'static str>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        let may_fail = vec!["ThrottlingException", "LimitExceededException"];
        let (patience, pinned_patience) = (Duration::from_secs(5), Duration::from_secs(3));
        Self { clients: 12, rate: 500, patience, pinned_patience, may_fail }
    }
}

/// A running load.
pub struct Load {
    ground: Arc<Ground>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

/// One place among the clients.
struct Worker {
    ground: Arc<Ground>,
    history: Arc<History>,
    stop: Arc<AtomicBool>,
    dice: StdRng,
    node: Option<usize>,
    caller: Caller,
    pace: Duration,
}

enum Caller {
    Grpc(Asker),
    Sdk(Sdk),
}

impl Load {
    /// Makes what has to be there first, and starts the clients.
    ///
    /// # Errors
    /// When what has to be there cannot be made.
    pub async fn start(cluster: &Cluster, options: &LoadOptions, seed: u64, history: Arc<History>) -> Result<Self> {
        let ground = Arc::new(Ground::new(format!("canary-{seed:016x}")));
        let stop = Arc::new(AtomicBool::new(false));
        let first = Asker { client: cluster.client(0), patience: options.patience };
        for target in ALIAS_TARGETS {
            let made = first.make_key(&ground).await.context("a key for the aliases")?;
            anyhow::ensure!(made == target, "the first keys are for aliases");
        }
        let pace = Duration::from_secs(1) * u32::try_from(options.clients)? / options.rate;
        let worker = |number: usize| {
            let nodes = cluster.members().count();
            let asker = |client, patience| Caller::Grpc(Asker { client, patience });
            let (node, caller) = match number % 12 {
                pinned @ 0..6 => {
                    (Some(pinned % nodes), asker(cluster.client_at(pinned % nodes), options.pinned_patience))
                }
                10 | 11 => (None, Caller::Sdk(Sdk::new(cluster, number % nodes, options.patience))),
                _ => (None, asker(cluster.client(number % nodes), options.patience)),
            };
            Worker {
                ground: Arc::clone(&ground),
                history: Arc::clone(&history),
                stop: Arc::clone(&stop),
                dice: StdRng::seed_from_u64(seed ^ (number as u64 + 1)),
                node,
                caller,
                pace,
            }
        };
        let clients = (0..options.clients).map(|number| tokio::spawn(worker(number).work())).collect();
        Ok(Self { ground, stop, clients })
    }

    /// What it works on.
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// Lets every client finish its call.
    ///
    /// # Errors
    /// When a client panicked.
    pub async fn stop(self) -> Result<Arc<Ground>> {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.context("a client panicked")?;
        }
        Ok(self.ground)
    }
}

impl Worker {
    async fn work(mut self) {
        let mut ticks = tokio::time::interval_at(Instant::now() + self.pace, self.pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut client, mut only_reads) = (self.history.new_client(), false);
        while !self.stop.load(Ordering::Relaxed) {
            ticks.tick().await;
            let kinds: &[Kind] = if matches!(self.caller, Caller::Sdk(_)) { &[Kind::Parameter] } else { &EVERYTHING };
            match self.ground.plan(&mut self.dice, kinds, only_reads) {
                Plan::Make(place, kind) => self.make(place, kind).await,
                Plan::Call(place, resource, call) => {
                    let pending = self.history.invoke(client, self.node, resource, call.clone());
                    let outcome = self.call(resource, &call).await;
                    only_reads = matches!(outcome, Outcome::Unknown(_));
                    self.ground.learn(place, resource, &call, &outcome);
                    self.history.end(pending, outcome);
                    if only_reads {
                        client = self.history.new_client();
                    }
                }
            }
        }
    }

    async fn call(&mut self, resource: Resource, call: &Call) -> Outcome {
        let chance = self.dice.random();
        match (&mut self.caller, resource) {
            (Caller::Grpc(asker), _) => asker.ask(&self.ground, resource, call, chance).await,
            (Caller::Sdk(sdk), Resource::Parameter(number)) => {
                let invocation = format!("{:032x}", self.dice.random::<u128>());
                sdk.ask(&self.ground, number, call, &invocation).await
            }
            (Caller::Sdk(_), other) => unreachable!("an SDK was given {other:?}"),
        }
    }

    /// Makes a key or a secret. What is not acknowledged is left to itself.
    async fn make(&mut self, place: usize, kind: Kind) {
        let Caller::Grpc(asker) = &self.caller else { unreachable!("SDKs are given parameters") };
        let made = match kind {
            Kind::Key => asker.make_key(&self.ground).await.map(Resource::Key),
            _ => {
                let number = self.ground.next(kind);
                asker.make_secret(&self.ground, number).await.map(|()| Resource::Secret(number))
            }
        };
        self.ground.made(place, made.ok());
    }
}

//! One run: a cluster is born, works under faults, is healed, and is held to what it promised.

use crate::cluster::Cluster;
use crate::field::{Answer, Field, Order, lock};
use crate::nemesis::Nemesis;
use crate::registers::invariant_linearizable;
use crate::switches::invariant_switch;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

/// The least simulated time under load.
const LOAD_MIN: Duration = Duration::from_secs(60);
/// A run that has not done its part by then is given up.
const LOAD_MAX: Duration = Duration::from_secs(240);
/// The fewest operations of a run.
const OPERATIONS_MIN: u64 = 1_000;
/// The fewest faults that must have been seen to matter.
const FAULTS_MIN: u32 = 3;
/// How long a healed cluster may need until every node is where the others are.
const SETTLE_MAX: Duration = Duration::from_secs(30);
/// How long an order may take.
const ORDER_MAX: Duration = Duration::from_secs(40);
/// The step of the simulation.
const TICK: Duration = Duration::from_millis(2);

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) violations: Vec<String>,
    /// The chain hash at the end, and the hash over everything that happened.
    pub(crate) chain: String,
    pub(crate) trace: String,
    pub(crate) simulated: Duration,
    pub(crate) operations: u64,
    pub(crate) unknown: u64,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) unobserved: u64,
    pub(crate) torn: u64,
    pub(crate) installs: u64,
}

impl Report {
    /// A run that came to nothing else.
    pub(crate) fn of_violation(seed: u64, what: String) -> Self {
        Self { seed, violations: vec![what], ..Self::default() }
    }

    /// As one line, for the process that started this one.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "seed": self.seed,
            "violations": self.violations,
            "chain": self.chain,
            "trace": self.trace,
            "simulated_millis": self.simulated.as_millis() as u64,
            "operations": self.operations,
            "unknown": self.unknown,
            "faults": self.faults,
            "unobserved": self.unobserved,
            "torn": self.torn,
            "installs": self.installs,
        })
    }

    /// What another process wrote with [`Report::to_json`].
    pub(crate) fn from_json(line: &Value) -> Option<Self> {
        let number = |name: &str| line[name].as_u64();
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let violations = line["violations"].as_array()?.iter().filter_map(|what| what.as_str().map(str::to_owned));
        let faults =
            line["faults"].as_object()?.iter().filter_map(|(kind, times)| Some((kind.clone(), times.as_u64()?)));
        Some(Self {
            seed: number("seed")?,
            violations: violations.collect(),
            chain: text("chain")?,
            trace: text("trace")?,
            simulated: Duration::from_millis(number("simulated_millis")?),
            operations: number("operations")?,
            unknown: number("unknown")?,
            faults: faults.collect(),
            unobserved: number("unobserved")?,
            torn: number("torn")?,
            installs: number("installs")?,
        })
    }
}

/// Runs one seed. `shown` writes everything that happens to the standard error.
pub(crate) fn run(seed: u64, shown: bool) -> Report {
    faults::sow(Some(seed));
    let report = simulate(seed, shown);
    faults::sow(None);
    // What falls down with the simulation.
    drop(crate::panics::take());
    report.unwrap_or_else(|error| Report::of_violation(seed, format!("{error:#}")))
}

fn simulate(seed: u64, shown: bool) -> anyhow::Result<Report> {
    let mut dice = StdRng::seed_from_u64(seed);
    let latency = Duration::from_millis(dice.random_range(2..12));
    let (snapshot_every, log_tail_kept) = (dice.random_range(30..300), dice.random_range(0..40));
    let voters = if dice.random_bool(0.2) { 5 } else { 3 };
    let field = Arc::new(Field::new(seed, snapshot_every, log_tail_kept, shown)?);
    let sim = turmoil::Builder::new()
        .rng_seed(seed)
        .tick_duration(TICK)
        .epoch(SystemTime::UNIX_EPOCH)
        .simulation_duration(Duration::from_secs(3_600))
        .min_message_latency(Duration::ZERO)
        .max_message_latency(latency)
        .tcp_capacity(1 << 16)
        .enable_random_order()
        .build();
    sim.set_message_latency_curve(2.0);
    let mut cluster = Cluster::new(Arc::clone(&field), sim, latency, StdRng::seed_from_u64(dice.random()));
    let mut nemesis = Nemesis::new(StdRng::seed_from_u64(dice.random()));
    if let Err(reason) = play(&mut cluster, &mut nemesis, voters) {
        field.violation(reason);
    }
    check_histories(&field);
    Ok(report(seed, &cluster, &nemesis))
}

fn play(cluster: &mut Cluster<'_>, nemesis: &mut Nemesis, voters: u64) -> Result<(), String> {
    let field = Arc::clone(&cluster.field);
    be_born(cluster, voters)?;
    field.note("load");
    field.loading.store(true, Ordering::Relaxed);
    let begun = cluster.now();
    loop {
        let (loaded, answered) = (cluster.now() - begun, lock(&field.history).answered);
        if loaded >= LOAD_MIN && answered >= OPERATIONS_MIN && nemesis.observations() >= FAULTS_MIN {
            break;
        }
        if loaded >= LOAD_MAX {
            return Err(format!("{answered} operations and {} faults in {loaded:?}", nemesis.observations()));
        }
        nemesis.step(cluster);
        cluster.step()?;
        if !field.violations().is_empty() {
            return Ok(());
        }
    }
    field.note("heal");
    nemesis.heal(cluster);
    cluster.start_all();
    settle(cluster, "healing")?;
    field.loading.store(false, Ordering::Relaxed);
    rest(cluster)?;
    settle(cluster, "the end of the load")?;
    conclude(cluster)
}

/// The first node makes the cluster and takes the others in; then it makes what is worked on.
fn be_born(cluster: &mut Cluster<'_>, voters: u64) -> Result<(), String> {
    let first = cluster.add_place();
    pass(cluster, Duration::from_millis(200))?;
    obey(cluster, &first.order(Order::Found), "birth")?;
    for _ in 1..voters {
        let place = cluster.add_place();
        pass(cluster, Duration::from_millis(100))?;
        obey(cluster, &first.order(Order::Admit(crate::member::member_at(&place))), "admission")?;
    }
    obey(cluster, &first.order(Order::Prepare), "preparation")
}

fn obey(cluster: &mut Cluster<'_>, answer: &Answer, what: &str) -> Result<(), String> {
    let until = cluster.now() + ORDER_MAX;
    while cluster.now() < until {
        cluster.step()?;
        if let Some(done) = lock(answer).clone() {
            return done.map_err(|error| format!("{what}: {error}"));
        }
    }
    Err(format!("{what} takes longer than {ORDER_MAX:?}"))
}

fn pass(cluster: &mut Cluster<'_>, time: Duration) -> Result<(), String> {
    let until = cluster.now() + time;
    while cluster.now() < until {
        cluster.step()?;
    }
    Ok(())
}

/// Waits until nobody is at anything, and what they left behind has come to its end.
fn rest(cluster: &mut Cluster<'_>) -> Result<(), String> {
    let until = cluster.now() + SETTLE_MAX;
    while cluster.field.busy.load(Ordering::Relaxed) > 0 {
        if cluster.now() >= until {
            return Err(format!("operations are still without an answer {SETTLE_MAX:?} after the end of the load"));
        }
        cluster.step()?;
    }
    pass(cluster, Duration::from_secs(1))
}

/// Waits until there is a leader and every member is ready; under load they move, so that positions are compared after.
fn settle(cluster: &mut Cluster<'_>, after: &str) -> Result<(), String> {
    let until = cluster.now() + SETTLE_MAX;
    loop {
        pass(cluster, Duration::from_millis(100))?;
        if is_settled(cluster) {
            return Ok(());
        }
        if cluster.now() >= until {
            let shown: Vec<_> = cluster.places().map(|place| (place.id, place.seen())).collect();
            return Err(format!("not settled {SETTLE_MAX:?} after {after}: {shown:?}"));
        }
    }
}

fn is_settled(cluster: &Cluster<'_>) -> bool {
    let Some(leader) = cluster.leader() else { return false };
    let Some(front) = cluster.place(leader).seen() else { return false };
    let still = !cluster.field.is_loading();
    cluster
        .members()
        .into_iter()
        .all(|id| cluster.place(id).seen().is_some_and(|seen| seen.ready && (!still || seen.applied == front.applied)))
}

/// Every member reads everything; then all must hold the same.
fn conclude(cluster: &mut Cluster<'_>) -> Result<(), String> {
    let field = Arc::clone(&cluster.field);
    for id in cluster.members() {
        let answer = cluster.place(id).order(Order::Conclude);
        obey(cluster, &answer, &format!("the last reads at node {id}"))?;
    }
    let tables = lock(&field.tables).clone();
    if tables.values().any(|hash| Some(hash) != tables.values().next()) {
        let shown: Vec<_> = tables.iter().map(|(id, hash)| format!("{id} {}", hex::encode(&hash[..4]))).collect();
        field.violation(format!("the nodes hold different tables: {}", shown.join(", ")));
    }
    check_versions(&field);
    Ok(())
}

/// Each acknowledged write of a parameter made one version, and each that may have happened at most one.
fn check_versions(field: &Field) {
    let stock = lock(&field.stock);
    for (name, versions) in &stock.versions {
        let (acknowledged, tried) = stock.puts.get(name).copied().unwrap_or_default();
        // Version 1 was there from the beginning.
        let possible = acknowledged + 1..=tried + 1;
        if versions.len() != 1 || versions.iter().any(|version| !possible.contains(version)) {
            field.violation(format!("{name} has versions {versions:?} after {acknowledged} to {tried} writes"));
        }
    }
}

fn check_histories(field: &Field) {
    let history = lock(&field.history);
    for (register, operations) in history.registers() {
        let wrong = match register.starts_with("switch ") {
            true => invariant_switch(operations),
            false => invariant_linearizable(operations),
        };
        if let Some(wrong) = wrong {
            field.violation(format!("{register} is not linearizable: {wrong}"));
        }
    }
}

fn report(seed: u64, cluster: &Cluster<'_>, nemesis: &Nemesis) -> Report {
    let field = &cluster.field;
    let front = cluster.places().filter_map(|place| place.seen()).max_by_key(|seen| seen.applied);
    let history = lock(&field.history);
    Report {
        seed,
        violations: field.violations(),
        chain: front.map(|seen| hex::encode(seen.chain)).unwrap_or_default(),
        trace: hex::encode(field.trace()),
        simulated: cluster.now(),
        operations: history.answered,
        unknown: history.unknown,
        faults: nemesis.observed.iter().map(|(kind, times)| ((*kind).to_owned(), u64::from(*times))).collect(),
        unobserved: u64::from(nemesis.unobserved),
        torn: u64::from(nemesis.torn),
        installs: cluster.places().map(|place| place.installs.load(Ordering::Relaxed)).sum(),
    }
}

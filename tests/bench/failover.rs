//! How long nothing is acknowledged: after the leader's kill, beside etcd, and while leadership is handed over.

use crate::etcd::Etcd;
use crate::report::{Report, median, worst};
use anyhow::{Context, Result, bail};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::Cluster;
use tokio::task::JoinHandle;

/// Between two attempts of the probe. They overlap: one that waits for a dead leader holds up no other.
const PROBE_EVERY: Duration = Duration::from_millis(10);
/// How long an attempt may take before its caller makes another.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);
/// After which nobody waits any longer.
const TRIAL_MAX: Duration = Duration::from_secs(30);
/// Closed-loop writers beside the probe.
const WRITERS: usize = 8;
/// How long the probe looks on before and after a hand-over.
const AROUND: Duration = Duration::from_millis(500);
/// How long it looks on at times without one, to tell what else keeps writes waiting: the disk, above all.
const BESIDE: Duration = Duration::from_millis(1_000);

/// Kills the leader again and again, of this cluster and of an etcd in turn.
pub(crate) async fn leader_kill(report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::start()?;
    let mut etcd = Etcd::start().await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for trial in 0..report.trials() {
        ours.push(kill_ours(&mut cluster, trial).await?);
        theirs.push(kill_theirs(&mut etcd).await?);
    }
    let trials = ours.len();
    report.note(format!(
        "leader kill -9 to the next acknowledged write at a survivor, under load, 3 nodes, {trials} trials in turn: \
         median {:.2} s (target 0.7 s), p99 {:.2} s (target 1.5 s); etcd at its defaults: median {:.2} s, p99 {:.2} s",
        median(ours.clone()),
        worst(&ours),
        median(theirs.clone()),
        worst(&theirs),
    ));
    Ok(())
}

/// Hands leadership over again and again, and looks for the longest time without an acknowledged write.
pub(crate) async fn transfer(report: &mut Report) -> Result<()> {
    let cluster = Cluster::start()?;
    let (mut gaps, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..report.trials() {
        cluster.wait_level()?;
        let leader = cluster.wait_leader()?;
        let client = cluster.client((leader + 1) % 3);
        let writing = client.clone();
        let load = Load::start(move |_| put(writing.clone()));
        let probing = client.clone();
        let probe = Probe::start(move || put(probing.clone()));
        tokio::time::sleep(BESIDE).await;
        beside.push(probe.longest_gap().await?);
        let probe = Probe::start(move || put(client.clone()));
        tokio::time::sleep(AROUND).await;
        tokio::task::block_in_place(|| cluster.operator(leader, &["transfer"]))?;
        tokio::time::sleep(AROUND).await;
        gaps.push(probe.longest_gap().await?);
        load.stop().await;
        if cluster.wait_leader()? == leader {
            bail!("leadership was not handed over");
        }
    }
    report.note(format!(
        "planned transfer under load, 3 nodes, {} trials: longest time between two acknowledged writes, of which one is \
         begun every {} ms: median {:.0} ms, worst {:.0} ms (target 100 ms); as long without a hand-over: median {:.0} ms, \
         worst {:.0} ms",
        gaps.len(),
        PROBE_EVERY.as_millis(),
        median(gaps.clone()) * 1e3,
        worst(&gaps) * 1e3,
        median(beside.clone()) * 1e3,
        worst(&beside) * 1e3,
    ));
    Ok(())
}

async fn kill_ours(cluster: &mut Cluster, trial: usize) -> Result<f64> {
    cluster.wait_level()?;
    let leader = cluster.wait_leader()?;
    // Now the one, now the other.
    let survivor = cluster.client_at((leader + 1 + trial % 2) % 3);
    put(survivor.clone()).await?;
    let clients = [1, 2].map(|next| cluster.client_at((leader + next) % 3));
    let load = Load::start(move |n| put(clients[n % 2].clone()));
    let begun = Instant::now();
    cluster.kill(leader)?;
    let seconds = first_success(begun, || put(survivor.clone())).await;
    load.stop().await;
    cluster.run(leader)?;
    cluster.wait_ready(leader)?;
    seconds
}

async fn kill_theirs(etcd: &mut Etcd) -> Result<f64> {
    let leader = etcd.wait_leader().await?;
    let survivors = [(leader + 1) % 3, (leader + 2) % 3];
    let calls = survivors.map(|member| etcd.put_at(member));
    let probe = calls[0].clone();
    send(probe.clone()).await?;
    let load = Load::start(move |n| send(calls[n % 2].clone()));
    let begun = Instant::now();
    etcd.kill(leader)?;
    let seconds = first_success(begun, || send(probe.clone())).await;
    load.stop().await;
    etcd.run(leader).await?;
    seconds
}

async fn send(call: crate::etcd::Put) -> Result<()> {
    call.send().await.map(drop)
}

async fn put(client: client::Client) -> Result<()> {
    let mut request = PutParameterRequest {
        name: Some("/failover".into()),
        value: Some("v".into()),
        overwrite: Some(true),
        ..Default::default()
    };
    request.set_type(ParameterType::String);
    client.ssm().put_parameter(request).await?;
    Ok(())
}

/// From `begun` to the first success of attempts that are begun one after the other, whatever became of the former.
async fn first_success<F: Future<Output = Result<()>>>(begun: Instant, attempt: impl Fn() -> F) -> Result<f64> {
    let mut under_way = FuturesUnordered::new();
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    while begun.elapsed() < TRIAL_MAX {
        tokio::select! {
            _ = ticks.tick() => under_way.push(tokio::time::timeout(ATTEMPT_MAX, attempt())),
            Some(Ok(Ok(()))) = under_way.next() => return Ok(begun.elapsed().as_secs_f64()),
        }
    }
    bail!("no success within {TRIAL_MAX:?}")
}

/// Writers that go on whatever happens.
struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts the writers; `attempt` makes one attempt of the `n`th.
    fn start<F: Future<Output = Result<()>> + Send>(attempt: impl Fn(usize) -> F + Send + Sync + 'static) -> Self {
        let (stop, attempt) = (Arc::new(AtomicBool::new(false)), Arc::new(attempt));
        let writer = |n| {
            let (stopped, attempt) = (Arc::clone(&stop), Arc::clone(&attempt));
            tokio::spawn(async move {
                while !stopped.load(Ordering::Relaxed) {
                    let attempted = tokio::time::timeout(ATTEMPT_MAX, attempt(n)).await;
                    if !matches!(attempted, Ok(Ok(()))) {
                        tokio::time::sleep(PROBE_EVERY).await;
                    }
                }
            })
        };
        let writers = (0..WRITERS).map(writer).collect();
        Self { stop, writers }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.expect("a writer does not panic");
        }
    }
}

/// One write begun after the other, and when each was acknowledged.
struct Probe {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<Instant>>,
}

impl Probe {
    fn start<F: Future<Output = Result<()>> + Send>(attempt: impl Fn() -> F + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let (mut under_way, mut acknowledged) = (FuturesUnordered::new(), Vec::new());
            let mut ticks = tokio::time::interval(PROBE_EVERY);
            while !stopped.load(Ordering::Relaxed) {
                tokio::select! {
                    _ = ticks.tick() => under_way.push(attempt()),
                    Some(done) = under_way.next() => acknowledged.extend(done.ok().map(|()| Instant::now())),
                }
            }
            acknowledged
        });
        Self { stop, task }
    }

    /// Seconds of the longest time between two acknowledgements.
    async fn longest_gap(self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        let acknowledged = self.task.await?;
        let gaps = acknowledged.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
        gaps.max_by(f64::total_cmp).context("nothing was acknowledged")
    }
}

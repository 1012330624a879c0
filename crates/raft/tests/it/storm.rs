//! Nodes lose their power one after the other, while others write: what was acknowledged stays, and acts once.

use crate::kit::{Cluster, Put, PutReply, propose, value};
use prost::Message as _;
use raft::Node;
use replica::{Outcome, Replica as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A sequence of numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Writes ascending numbers to a key of its own until told to stop; gives how many were acknowledged.
async fn write(
    nodes: Arc<std::sync::Mutex<Vec<Arc<Node>>>>,
    writer: u64,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
) -> u64 {
    let key = format!("w{writer}");
    let mut written = 0;
    while !stop.load(Ordering::SeqCst) {
        let next = written + 1;
        let put = || Put { key: key.clone(), value: next.to_string() };
        // As an SDK does: the same request again, on any node, until it is answered.
        let outcome = loop {
            let node = {
                let nodes = nodes.lock().expect("no panic");
                Arc::clone(&nodes[(writer + next) as usize % nodes.len()])
            };
            // An error is whatever a node says whose power is going off.
            if let Ok(outcome) = propose(&node, writer * 1_000_000 + next, put()).await {
                break outcome;
            }
        };
        let Outcome::Reply(bytes) = outcome else { panic!("{outcome:?}") };
        assert_eq!(PutReply::decode(bytes.as_slice()).expect("a reply").times, next, "{key} acts once per request");
        written = next;
        done.fetch_add(1, Ordering::SeqCst);
    }
    written
}

#[allow(clippy::print_stdout, reason = "a failing seed becomes a named test")]
async fn storm(seed: u64) {
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let mut cluster = Cluster::start_with(3, |config| {
        config.snapshot_every = 100;
        config.log_tail_kept = 20;
    })
    .await;
    let nodes = Arc::new(std::sync::Mutex::new(cluster.running()));
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> = (0..4)
        .map(|writer| tokio::spawn(write(Arc::clone(&nodes), writer, Arc::clone(&stop), Arc::clone(&done))))
        .collect();
    for _ in 0..6 {
        let goal = done.load(Ordering::SeqCst) + 20 + dice.below(60);
        crate::kit::until("writes go on", || done.load(Ordering::SeqCst) >= goal).await;
        let victim = 1 + dice.below(3);
        let disk = cluster.host(victim).disk.clone();
        disk.hold_syncs(dice.below(2) == 0);
        let goal = done.load(Ordering::SeqCst) + dice.below(30);
        crate::kit::until("writes go on beside a slow disk", || done.load(Ordering::SeqCst) >= goal).await;
        let kept = dice.below(disk.unsynced() as u64 + 1) as usize;
        *nodes.lock().expect("no panic") = cluster.running().into_iter().filter(|node| node.id().0 != victim).collect();
        cluster.kill_keeping(victim, kept).await;
        disk.hold_syncs(false);
        let goal = done.load(Ordering::SeqCst) + 20 + dice.below(150);
        crate::kit::until("the other two go on", || done.load(Ordering::SeqCst) >= goal).await;
        cluster.restart(victim).await;
        *nodes.lock().expect("no panic") = cluster.running();
    }
    stop.store(true, Ordering::SeqCst);
    let mut written = Vec::new();
    for writer in writers {
        written.push(writer.await.expect("every request is answered in the end"));
    }
    invariant_acknowledged_writes_are_everywhere(&cluster, &written).await;
    cluster.invariant_chains_are_equal().await;
    for host in &cluster.hosts {
        let fatal = host.fatal.lock().expect("no panic").clone();
        assert!(fatal.is_empty(), "{fatal:?}");
    }
}

async fn invariant_acknowledged_writes_are_everywhere(cluster: &Cluster, written: &[u64]) {
    for node in cluster.running() {
        let view = node.read().await.expect("a view");
        for (writer, last) in written.iter().enumerate() {
            assert_eq!(value(&*view, &format!("w{writer}")), Some(last.to_string()), "node {}", node.id());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_power_cuts_and_act_once() {
    for seed in [1, 2] {
        storm(seed).await;
    }
}

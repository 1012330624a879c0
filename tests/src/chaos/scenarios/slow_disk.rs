//! F13, F14 and F18: a disk is slow, fails to sync, or forgets what was not synced.

use super::disks::Disks;
use crate::chaos::shim::Counter;
use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};

/// How long a node may go on after its disk has failed.
const ENDS: Duration = Duration::from_secs(10);
/// Syncs of other files that may have been under way when one failed, on the threads of a database.
const UNDER_WAY: u64 = 4;

/// F13.
#[derive(Default)]
pub struct SlowSync(Disks);

impl Scenario for SlowSync {
    fn name(&self) -> &'static str {
        "F13"
    }

    fn what(&self) -> &'static str {
        "syncs of the leader's disk take 50 ms, 1 s, 5 s longer"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.0.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        let delays: &[u64] = field.length().choose(&[50, 1_000], &[50, 500, 1_000, 5_000]);
        for millis in delays {
            field.progress(50)?;
            let leader = field.cluster().wait_leader()?;
            let faults = self.0.of(leader)?;
            let (delayed, begun) = (faults.count(Counter::SyncsDelayed), Instant::now());
            faults.slow_syncs(Duration::from_millis(*millis));
            // Longer than an election: the leader finds that the others are faster, and one of them takes over.
            let what = if *millis > 300 {
                let successor = field.wait_leader_other_than(leader)?;
                let took = begun.elapsed();
                let handed_over = field.counter(leader, "lockstep_raft_slow_disk_handovers_total")?;
                ensure!(handed_over > 0, "{leader} lost its lead and did not hand it over");
                format!("{successor} leads after {took:?}")
            } else {
                "everything goes on".to_owned()
            };
            field.progress(100)?;
            let delayed = faults.count(Counter::SyncsDelayed) - delayed;
            ensure!(delayed > 0, "the fault did nothing: no sync was slow");
            field.observe(format!("{delayed} syncs of {leader} took {millis} ms: {what}"));
            faults.heal();
            field.wait_whole()?;
        }
        Ok(())
    }
}

/// F14.
#[derive(Default)]
pub struct FailedSync(Disks);

impl Scenario for FailedSync {
    fn name(&self) -> &'static str {
        "F14"
    }

    fn what(&self) -> &'static str {
        "one sync fails, the next would succeed; what was not synced is gone"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.0.prepare(setup)?;
        self.0.each().iter().for_each(|faults| faults.track_writes());
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for round in 0..field.length().choose(2, 8) {
            field.progress(50)?;
            let leader = field.cluster().wait_leader()?;
            let node = if round % 2 == 0 { leader } else { field.follower()? };
            let faults = self.0.of(node)?;
            faults.count_anew();
            field.expect_end(node);
            faults.fail_syncs(1);
            let ended = until("a node whose disk fails ends", ENDS, || field.cluster_mut().exit(node))?;
            ensure!(faults.count(Counter::SyncsFailed) > 0, "the fault did nothing: no sync failed");
            let after = faults.count(Counter::SyncsAfterAFailure);
            if after > UNDER_WAY {
                field.violation(format!("node {node} went on syncing after a sync had failed, {after} times"));
            }
            faults.heal();
            let lost = faults.cut_power()?;
            field.observe(format!(
                "a sync of node {node} failed; it ended ({ended}) after {after} more, and {} writes are gone",
                lost.writes
            ));
            field.progress(50).context("the others go on")?;
            field.start(node)?;
            field.wait_whole()?;
        }
        Ok(())
    }
}

/// F18.
#[derive(Default)]
pub struct PowerCut(Disks);

impl Scenario for PowerCut {
    fn name(&self) -> &'static str {
        "F18"
    }

    fn what(&self) -> &'static str {
        "the power of all nodes is cut: what was not synced is gone"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.0.prepare(setup)?;
        // While a sync takes a while, more is written that is not synced yet.
        self.0.each().iter().for_each(|faults| {
            faults.track_writes();
            faults.slow_syncs(Duration::from_millis(5));
        });
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for round in 0..field.length().choose(2, 12) {
            field.progress(100)?;
            let nodes = field.running();
            let cut: Vec<usize> = if round % 3 == 1 { vec![field.cluster().wait_leader()?] } else { nodes };
            for node in &cut {
                field.kill(*node)?;
            }
            let mut lost = 0;
            for node in &cut {
                lost += self.0.of(*node)?.cut_power()?.writes;
            }
            ensure!(lost > 0, "the fault did nothing: everything had been synced");
            field.observe(format!("power cut of {cut:?}: {lost} writes gone"));
            for node in &cut {
                field.start(*node)?;
            }
            field.wait_whole()?;
        }
        Ok(())
    }
}

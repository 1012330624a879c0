//! F4 and F5: processes are paused, and wake up believing that no time has passed.

use crate::chaos::{Field, LoadOptions, Scenario, Setup};
use anyhow::{Result, ensure};
use std::time::Duration;

/// Calls between one fault and the next.
const BETWEEN: usize = 100;
/// The longest pause: RELIABILITY's figure.
const PAUSE_MAX: Duration = Duration::from_secs(20);
/// How long a client waits for a paused node before it asks again.
const ASKS_ANEW: Duration = Duration::from_millis(700);
/// How long a node that woke up may take to answer what waited for it.
const WAKES: Duration = Duration::from_secs(10);

/// F4.
pub struct PauseLeader;

impl Scenario for PauseLeader {
    fn name(&self) -> &'static str {
        "F4"
    }

    fn what(&self) -> &'static str {
        "SIGSTOP of the leader for 1 to 20 s"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        // Who waits for the paused node asks anew again and again: only a question that was put after a change was
        // acknowledged can get an answer that is too old.
        setup.load = LoadOptions { pinned_patience: ASKS_ANEW, ..setup.load.clone() };
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 4) {
            field.progress(BETWEEN)?;
            let leader = field.cluster().wait_leader()?;
            let longest = field.length().choose(Duration::from_secs(2), PAUSE_MAX);
            let time = field.time_between(Duration::from_secs(1), longest);
            field.pause(leader)?;
            let successor = field.wait_leader_other_than(leader)?;
            field.observe(format!("leader {leader} paused for {time:?}, {successor} leads"));
            field.progress(BETWEEN)?;
            field.last(time);
            let probe = field.probe(leader, WAKES)?;
            field.last(ASKS_ANEW);
            field.resume(leader)?;
            let answered = field.end_probe(probe)?;
            ensure!(answered > 0, "node {leader} answered nothing when it woke up");
            field.wait_ready(leader)?;
        }
        Ok(())
    }
}

/// F5.
pub struct PauseFollowers;

impl Scenario for PauseFollowers {
    fn name(&self) -> &'static str {
        "F5"
    }

    fn what(&self) -> &'static str {
        "SIGSTOP of a follower, then of two nodes of three"
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..field.length().choose(1, 5) {
            field.progress(BETWEEN)?;
            let follower = field.follower()?;
            field.pause(follower)?;
            field.progress(BETWEEN)?;
            field.observe(format!("follower {follower} paused"));
            field.resume(follower)?;
            pause_two(field)?;
        }
        Ok(())
    }
}

/// Without a majority nothing is acknowledged, and callers are told so in bounded time.
fn pause_two(field: &mut Field) -> Result<()> {
    let leader = field.cluster().wait_leader()?;
    let other = field.follower()?;
    // Either the leader stays alone, or a follower does.
    let alone = if field.pick(2) == 0 { leader } else { other };
    let paused: Vec<usize> = field.running().into_iter().filter(|number| *number != alone).collect();
    for number in &paused {
        field.pause(*number)?;
    }
    let since = field.history().now();
    field.last(field.length().choose(Duration::from_secs(5), Duration::from_secs(8)));
    let records = field.history().records();
    let woken = field.history().now();
    for number in &paused {
        field.resume(*number)?;
    }
    // What was under way when they were paused may have been acknowledged a moment later.
    let grace = since + 200_000_000;
    let within = |time: Option<u64>| time.is_some_and(|time| time > grace && time < woken);
    let acknowledged = records.iter().filter(|record| within(record.ended) && record.is_answered()).count();
    ensure!(acknowledged == 0, "{acknowledged} calls were answered without a majority");
    let told = records.iter().filter(|record| within(record.ended) && !record.is_answered()).count();
    ensure!(told > 0, "nobody was told that there is no majority");
    field.observe(format!("{paused:?} paused, {alone} alone: {told} calls refused, none answered"));
    field.cluster().wait_leader()?;
    field.progress(BETWEEN)
}

//! F21: one node's wall clock is wrong, jumps back, or drifts.

use super::disks::Disks;
use crate::chaos::shim::Counter;
use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::{Context, Result, ensure};
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, KeyState, ScheduleKeyDeletionRequest};
use std::time::Duration;

/// What AWS answers to a signature that is not of now.
const NOT_OF_NOW: &str = "InvalidSignatureException";
const HOUR_MILLIS: i64 = 3_600_000;
/// Longer than the shortest deletion window, which is seven days.
const EIGHT_DAYS_MILLIS: i64 = 8 * 24 * HOUR_MILLIS;

/// F21.
#[derive(Default)]
pub struct WrongClock(Disks);

impl Scenario for WrongClock {
    fn name(&self) -> &'static str {
        "F21"
    }

    fn what(&self) -> &'static str {
        "one node's clock is an hour or eight days off, jumps back, drifts"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.load.may_fail.push(NOT_OF_NOW);
        self.0.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(50)?;
        let offsets: &[i64] = field.length().choose(&[-HOUR_MILLIS], &[HOUR_MILLIS, -HOUR_MILLIS]);
        for millis in offsets {
            self.follower_off(field, *millis)?;
        }
        for millis in field.length().choose([HOUR_MILLIS].as_slice(), &[HOUR_MILLIS, -HOUR_MILLIS]) {
            self.leader_off(field, *millis)?;
        }
        self.nothing_is_deleted_early(field)?;
        self.leader_drifts(field)
    }
}

impl WrongClock {
    /// Signatures are refused at that node alone.
    fn follower_off(&self, field: &mut Field, millis: i64) -> Result<()> {
        let node = field.follower()?;
        let leader = field.cluster().wait_leader()?;
        let faults = self.0.of(node)?;
        faults.shift_clock(millis);
        for answer in field.ask_alone(node)? {
            let code = answer.as_ref().map_err(|refusal| refusal.code.as_str());
            ensure!(code == Err(NOT_OF_NOW), "node {node}, whose clock is {millis} ms off: {answer:?}");
        }
        for other in field.running().into_iter().filter(|other| *other != node) {
            let answers = field.ask_alone(other)?;
            ensure!(answers.iter().all(Result::is_ok), "node {other}, whose clock is right: {answers:?}");
        }
        ensure!(field.cluster().leader() == Some(leader), "a follower's clock is no reason for another leader");
        self.observe(field, node, &format!("a follower {millis} ms off: signatures are refused there alone"))?;
        faults.heal();
        self.answers_again(field, node)
    }

    /// Whoever stamps must not be off: the leader hands over.
    fn leader_off(&self, field: &mut Field, millis: i64) -> Result<()> {
        let leader = field.cluster().wait_leader()?;
        let faults = self.0.of(leader)?;
        let handed_over = field.counter(leader, "lockstep_raft_clock_handovers_total")?;
        faults.shift_clock(millis);
        let successor = field.wait_leader_other_than(leader)?;
        let more = field.counter(leader, "lockstep_raft_clock_handovers_total")? - handed_over;
        ensure!(more > 0, "{leader} lost its lead and did not hand it over");
        field.progress(50)?;
        self.observe(field, leader, &format!("the leader {millis} ms off: {successor} leads"))?;
        // And back, which to the node is a jump the other way.
        faults.heal();
        self.answers_again(field, leader)
    }

    /// A key whose deletion is seven days away stays while a leader believes that they have passed.
    fn nothing_is_deleted_early(&self, field: &mut Field) -> Result<()> {
        let leader = field.cluster().wait_leader()?;
        let client = field.block_on(async { field.cluster().client((leader + 1) % 3) });
        let key_id = field.block_on(async {
            let made = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
            let key_id = made.key_metadata.and_then(|metadata| metadata.key_id).context("a key has an id")?;
            let request = ScheduleKeyDeletionRequest { key_id: Some(key_id.clone()), pending_window_in_days: Some(7) };
            client.kms().schedule_key_deletion(request).await?;
            Ok::<_, anyhow::Error>(key_id)
        })?;
        self.leader_off(field, EIGHT_DAYS_MILLIS)?;
        let request = DescribeKeyRequest { key_id: Some(key_id), ..Default::default() };
        let described = field.block_on(async { client.kms().describe_key(request).await })?.into_inner();
        let state = described.key_metadata.map(|metadata| metadata.key_state());
        ensure!(state == Some(KeyState::PendingDeletion), "a key that goes in seven days is {state:?}");
        field.observe("no key was deleted early");
        Ok(())
    }

    /// A clock that runs too fast is found out when it is two seconds off.
    fn leader_drifts(&self, field: &mut Field) -> Result<()> {
        let leader = field.cluster().wait_leader()?;
        // As far off after a few seconds as at the usual five of a hundred after a minute.
        let millionths = field.length().choose(500_000, 50_000);
        self.0.of(leader)?.drift_clock(millionths);
        let other = || field.cluster().leader().filter(|other| *other != leader);
        let successor = until("a leader whose clock drifts hands over", Duration::from_secs(90), other)?;
        self.observe(field, leader, &format!("the leader {millionths} millionths fast: {successor} leads"))?;
        field.progress(50)?;
        self.0.of(leader)?.heal();
        self.answers_again(field, leader)
    }

    fn observe(&self, field: &mut Field, node: usize, what: &str) -> Result<()> {
        let reads = self.0.of(node)?.count(Counter::ClockReadsShifted);
        ensure!(reads > 0, "the fault did nothing: nobody asked the clock");
        field.observe(what);
        Ok(())
    }

    fn answers_again(&self, field: &Field, node: usize) -> Result<()> {
        let well = || field.ask_alone(node).ok()?.iter().all(Result::is_ok).then_some(());
        until("a node whose clock is right again answers", Duration::from_secs(60), well)?;
        field.wait_whole()
    }
}

//! What goes wrong in a run: drawn from the seed, brought about by the driver, and counted only when it was seen to
//! matter.

use crate::cluster::Cluster;
use crate::field::{Answer, Order, Seen, lock};
use crate::kinds::{KINDS, Kind};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::simulated::InstallStep;

/// How long no disk syncs before the power of all goes off.
const BLACKOUT: Duration = Duration::from_millis(250);
/// How long an election may need at least.
const ELECTION: Duration = Duration::from_secs(2);
/// How long clients hurry.
const HURRY: Duration = Duration::from_millis(2_000);

/// A fault under way.
struct Fault {
    kind: Kind,
    node: u64,
    until: Duration,
    /// Who led when it began.
    leader: Option<u64>,
    /// Whether it was seen to matter.
    seen: bool,
    answer: Option<Answer>,
    /// Kind's own number: a boot, milliseconds.
    mark: u64,
    /// The term in which it brought the leader down.
    fell_in: Option<u64>,
}

/// Brings faults about.
pub(crate) struct Nemesis {
    dice: StdRng,
    next_at: Duration,
    under_way: Vec<Fault>,
    /// How many of each kind were seen to matter.
    pub(crate) observed: BTreeMap<&'static str, u32>,
    /// How many did nothing that anybody saw.
    pub(crate) unobserved: u32,
    /// Crashes that kept a part of the unsynced writes.
    pub(crate) torn: u32,
}

impl Nemesis {
    pub(crate) fn new(dice: StdRng) -> Self {
        Self { dice, next_at: Duration::ZERO, under_way: Vec::new(), observed: BTreeMap::new(), unobserved: 0, torn: 0 }
    }

    /// How many faults were seen to matter.
    pub(crate) fn observations(&self) -> u32 {
        self.observed.values().sum()
    }

    /// Goes on: ends what is over, and begins something new from time to time.
    pub(crate) fn step(&mut self, cluster: &mut Cluster<'_>) {
        let now = cluster.now();
        self.watch(cluster);
        let mut ended = Vec::new();
        self.under_way.retain_mut(|fault| {
            let over = now >= fault.until;
            if over {
                ended.push(Fault { answer: fault.answer.take(), ..*fault });
            }
            !over
        });
        for fault in ended {
            self.end(fault, cluster);
        }
        if now >= self.next_at {
            self.next_at = now + Duration::from_millis(self.dice.random_range(800..4_500));
            self.begin(cluster);
        }
    }

    /// Ends everything.
    pub(crate) fn heal(&mut self, cluster: &mut Cluster<'_>) {
        for fault in std::mem::take(&mut self.under_way) {
            self.end(fault, cluster);
        }
        for place in cluster.places() {
            place.slow.store(false, Ordering::Relaxed);
            place.skew_millis.store(0, Ordering::Relaxed);
            place.disk.forget_orders();
        }
    }

    fn draw(&mut self) -> Kind {
        let weighted = KINDS.choose_weighted(&mut self.dice, |(_, weight)| *weight);
        weighted.expect("there are kinds with weights").0
    }

    fn begin(&mut self, cluster: &mut Cluster<'_>) {
        let kind = self.draw();
        let running = cluster.running();
        let busy: Vec<u64> = self.under_way.iter().map(|fault| fault.node).collect();
        let free: Vec<u64> = running.into_iter().filter(|node| !busy.contains(node)).collect();
        let leader = cluster.leader();
        let share = kind.share_of_leader();
        let node = match leader.filter(|leader| free.contains(leader)) {
            Some(leader) if self.dice.random_bool(share) => leader,
            _ => match free.choose(&mut self.dice) {
                Some(node) => *node,
                None => return,
            },
        };
        let length = Duration::from_millis(self.dice.random_range(300..4_000));
        let until = cluster.now() + length;
        if kind.is_on_links() && self.under_way.iter().any(|other| other.kind.is_on_links()) {
            return;
        }
        let mut fault = Fault { kind, node, until, leader, seen: false, answer: None, mark: 0, fell_in: None };
        let (share, hurry) = kind.hurry();
        if self.dice.random_bool(share) {
            cluster.field.hurry_until(cluster.now() + HURRY, hurry);
        }
        if kind == Kind::Crash {
            fault.mark = millis(length) / 2;
        }
        cluster.field.note(&format!("begin {} at node {node} for {length:?}", kind.name()));
        if self.strike(&mut fault, cluster) {
            self.under_way.push(fault);
        }
    }

    /// Brings a fault about; `false` when it cannot be just now.
    fn strike(&mut self, fault: &mut Fault, cluster: &mut Cluster<'_>) -> bool {
        let node = fault.node;
        match fault.kind {
            // Comes with the next unsynced writes.
            Kind::Crash => {}
            // The power fails after a moment in which no disk has synced.
            Kind::CrashAll => {
                fault.until += BLACKOUT;
                fault.mark = millis(cluster.now() + BLACKOUT);
                cluster.places().for_each(|place| place.slow.store(true, Ordering::Relaxed));
            }
            // Its disk syncs nothing of itself from now on; the leader falls when clients have been at it for a while.
            Kind::CrashVoter => {
                let pause = Duration::from_millis(self.dice.random_range(100..900));
                fault.mark = millis(cluster.now() + pause);
                fault.until += ELECTION;
                cluster.place(node).slow.store(true, Ordering::Relaxed);
            }
            Kind::Restart => fault.answer = Some(cluster.place(node).order(Order::Stop)),
            Kind::Partition => cluster.each_link(node, |sim, me, other| sim.partition(me, other)),
            Kind::OneWay => cluster.each_link(node, |sim, me, other| sim.partition_oneway(me, other)),
            Kind::Hold => cluster.each_link(node, |sim, me, other| sim.hold(me, other)),
            Kind::Delay => {
                let latency = Duration::from_millis(self.dice.random_range(20..120));
                fault.mark = latency.as_millis() as u64;
                cluster.field.slowest_millis.store(0, Ordering::Relaxed);
                cluster.each_link(node, |sim, me, other| sim.set_link_latency(me, other, latency));
            }
            Kind::SlowDisk => cluster.place(node).slow.store(true, Ordering::Relaxed),
            Kind::SyncFails => cluster.place(node).disk.fail_next_sync(),
            Kind::CrashInInstall => {
                self.crash(node, cluster);
                // Long enough that the others purge what it lacks.
                fault.until += Duration::from_secs(4);
            }
            Kind::Membership => return self.change_membership(fault, cluster),
            Kind::HandOver => {
                let Some(leader) = fault.leader.filter(|leader| *leader != node) else { return false };
                let answer = cluster.place(leader).order(Order::HandOver(node));
                fault.answer = Some(answer);
            }
            Kind::ClockJump => {
                let millis = self.dice.random_range(2_500..20_000);
                let skew = if self.dice.random_bool(0.5) { millis } else { -millis };
                cluster.place(node).skew_millis.store(skew, Ordering::Relaxed);
            }
        }
        true
    }

    fn crash(&mut self, node: u64, cluster: &mut Cluster<'_>) {
        let unsynced = cluster.place(node).disk.unsynced();
        let kept = self.dice.random_range(0..=unsynced);
        self.torn += u32::from(0 < kept && kept < unsynced);
        cluster.crash(node, kept);
    }

    fn change_membership(&mut self, fault: &mut Fault, cluster: &mut Cluster<'_>) -> bool {
        let Some(leader) = fault.leader else { return false };
        if self.under_way.iter().any(|other| other.kind == Kind::Membership) {
            return false;
        }
        let members = cluster.members();
        let grows = members.len() <= 3 || (members.len() < 5 && self.dice.random_bool(0.5));
        fault.until += Duration::from_secs(14);
        if grows {
            let place = cluster.add_place();
            fault.node = place.id;
            fault.mark = 1;
            let member = crate::member::member_at(&place);
            fault.answer = Some(cluster.place(leader).order(Order::Admit(member)));
        } else {
            fault.answer = Some(cluster.place(leader).order(Order::Remove(fault.node)));
        }
        true
    }

    /// Looks whether what is under way does something.
    fn watch(&mut self, cluster: &mut Cluster<'_>) {
        let (leader, now) = (cluster.leader(), cluster.now());
        let front = cluster.places().filter_map(|place| place.seen()).map(|seen: Seen| seen.applied).max().unwrap_or(0);
        for fault in &mut self.under_way {
            let place = cluster.place(fault.node);
            let answered = fault.answer.as_ref().and_then(|answer| lock(answer).clone());
            let leads_other = leader.is_some() && leader != fault.leader;
            match fault.kind {
                Kind::Partition | Kind::OneWay | Kind::Hold => {
                    let behind = place.seen().is_some_and(|seen| seen.applied + 3 < front || !seen.ready);
                    fault.seen |= behind || leads_other;
                }
                Kind::Delay => {
                    let slowest = cluster.field.slowest_millis.load(Ordering::Relaxed);
                    fault.seen |= fault.mark > 0 && slowest >= fault.mark;
                }
                Kind::SlowDisk => fault.seen |= place.disk.appends_waiting() > 0,
                Kind::SyncFails => fault.seen |= place.has_ended(),
                Kind::HandOver => fault.seen |= answered == Some(Ok(())),
                Kind::ClockJump => fault.seen |= fault.leader == Some(fault.node) && leads_other,
                Kind::Restart | Kind::Membership => {
                    fault.seen |= answered == Some(Ok(()));
                    if answered.is_some() {
                        fault.until = fault.until.min(now);
                    }
                }
                Kind::CrashInInstall | Kind::Crash | Kind::CrashAll | Kind::CrashVoter => {}
            }
        }
        self.crash_while_writing(cluster);
        self.crash_all(cluster);
        self.crash_voter(cluster);
    }

    /// Crashes the leader, then a node that was not, once its term has risen. It keeps nothing that was not synced, and
    /// comes back while those that it voted for still remember. Half of the time it only goes on without a sync: the new
    /// leader has no quorum for its first entry then.
    fn crash_voter(&mut self, cluster: &mut Cluster<'_>) {
        let (now, leader) = (cluster.now(), cluster.leader());
        let waits = |fault: &&mut Fault| fault.kind == Kind::CrashVoter && !fault.seen;
        let Some(fault) = self.under_way.iter_mut().find(waits) else { return };
        let term = cluster.place(fault.node).seen().map_or(0, |seen| seen.term);
        match fault.fell_in {
            None if millis(now) < fault.mark => {}
            None if leader == Some(fault.node) || leader.is_none() => fault.until = now,
            None => (fault.leader, fault.fell_in) = (leader, Some(term)),
            Some(former) if term <= former => return,
            Some(_) => {
                fault.seen = true;
                fault.until = now + Duration::from_millis(self.dice.random_range(100..600));
                if self.dice.random_bool(0.5) {
                    cluster.crash(fault.node, 0);
                    cluster.place(fault.node).slow.store(false, Ordering::Relaxed);
                }
                return;
            }
        }
        if let Some(leader) = fault.leader.filter(|_| fault.fell_in.is_some()) {
            self.crash(leader, cluster);
        }
    }

    /// Crashes every node, once their disks have not synced for a moment. Half of the time
    /// nothing unsynced is kept anywhere.
    fn crash_all(&mut self, cluster: &mut Cluster<'_>) {
        let now = millis(cluster.now());
        let due = |fault: &&mut Fault| fault.kind == Kind::CrashAll && !fault.seen && now >= fault.mark;
        let Some(fault) = self.under_way.iter_mut().find(due) else { return };
        fault.seen = true;
        let all = cluster.running();
        let keeps = self.dice.random_bool(0.5);
        for node in all {
            match keeps {
                true => self.crash(node, cluster),
                false => cluster.crash(node, 0),
            }
        }
        cluster.places().for_each(|place| place.slow.store(false, Ordering::Relaxed));
    }

    /// Crashes what is to crash and has begun to write; at last when half of its time is over.
    fn crash_while_writing(&mut self, cluster: &mut Cluster<'_>) {
        let now = cluster.now();
        let late = |fault: &Fault| now + Duration::from_millis(fault.mark) >= fault.until;
        let waiting = self.under_way.iter_mut().filter(|fault| fault.kind == Kind::Crash && !fault.seen);
        let due = waiting.filter(|fault| late(fault) || cluster.place(fault.node).disk.unsynced() > 2);
        let nodes: Vec<u64> = due.map(|fault| (fault.seen = true, fault.node).1).collect();
        nodes.into_iter().for_each(|node| self.crash(node, cluster));
    }

    fn end(&mut self, fault: Fault, cluster: &mut Cluster<'_>) {
        let (kind, node) = (fault.kind, fault.node);
        cluster.field.note(&format!("end {} at node {node}, seen {}", kind.name(), fault.seen));
        match kind {
            Kind::Crash | Kind::CrashAll => {}
            Kind::CrashVoter => {
                cluster.place(node).slow.store(false, Ordering::Relaxed);
                fault.leader.filter(|_| fault.fell_in.is_some()).into_iter().for_each(|leader| cluster.start(leader));
            }
            Kind::Restart => {
                let unsynced = cluster.place(node).disk.unsynced();
                cluster.crash(node, unsynced);
            }
            Kind::Partition => cluster.each_link(node, |sim, me, other| sim.repair(me, other)),
            Kind::OneWay => cluster.each_link(node, |sim, me, other| sim.repair_oneway(me, other)),
            Kind::Hold => cluster.each_link(node, |sim, me, other| sim.release(me, other)),
            Kind::Delay => {
                let latency = cluster.latency;
                cluster.each_link(node, |sim, me, other| {
                    sim.set_link_latency(me.as_str(), other.as_str(), Duration::ZERO);
                    sim.set_link_max_message_latency(me, other, latency);
                });
            }
            Kind::SlowDisk => {
                // Half of them end with the power going off, while much is not synced.
                if self.dice.random_bool(0.5) {
                    self.crash(node, cluster);
                    self.count(Kind::Crash, true);
                }
                cluster.place(node).slow.store(false, Ordering::Relaxed);
            }
            Kind::SyncFails => cluster.place(node).disk.forget_orders(),
            Kind::CrashInInstall => return self.end_in_install(fault, cluster),
            Kind::Membership => self.settle_membership(&fault, cluster),
            Kind::HandOver => {}
            Kind::ClockJump => cluster.place(node).skew_millis.store(0, Ordering::Relaxed),
        }
        if kind == Kind::CrashAll {
            cluster.start_all();
        } else if cluster.is_member(node) && !cluster.is_running(node) {
            cluster.start(node);
        }
        self.count(kind, fault.seen);
    }

    /// The node comes back with an order to its disk, and the fault goes on until the disk has followed it.
    fn end_in_install(&mut self, mut fault: Fault, cluster: &mut Cluster<'_>) {
        let (disk, now) = (cluster.place(fault.node).disk.clone(), cluster.now());
        if fault.mark == 0 {
            let steps = [InstallStep::Loaded, InstallStep::Written, InstallStep::Synced];
            disk.crash_at(*steps.choose(&mut self.dice).expect("three steps"));
            fault.mark = disk.boots() + 1;
            fault.until = now + Duration::from_secs(4);
            if !cluster.is_running(fault.node) {
                cluster.start(fault.node);
            }
            self.under_way.push(fault);
            return;
        }
        let cut = disk.boots() + 1 > fault.mark;
        disk.forget_orders();
        if cluster.is_member(fault.node) && !cluster.is_running(fault.node) {
            cluster.start(fault.node);
        }
        // Without an installation it was a crash like others.
        self.count(if cut { Kind::CrashInInstall } else { Kind::Crash }, true);
    }

    /// What was taken in is a member; what was removed is gone for good. What is in doubt is settled when all is healed.
    fn settle_membership(&mut self, fault: &Fault, cluster: &mut Cluster<'_>) {
        if fault.mark == 0 && fault.seen {
            cluster.retire(fault.node);
        }
    }

    fn count(&mut self, kind: Kind, seen: bool) {
        match seen {
            true => *self.observed.entry(kind.name()).or_default() += 1,
            false => self.unobserved += 1,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

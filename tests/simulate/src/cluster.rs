//! The simulated machines: hosts that run, disks that outlive them, and what starts again by itself.

use crate::field::{Field, Place, Seen, lock};
use crate::member::{leads, live};
use rand::Rng as _;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use turmoil::Sim;

/// The cluster of one run, from outside.
pub(crate) struct Cluster<'a> {
    pub(crate) field: Arc<Field>,
    /// The longest a message is under way.
    pub(crate) latency: Duration,
    sim: Sim<'a>,
    dice: StdRng,
    places: BTreeMap<u64, Arc<Place>>,
    running: BTreeSet<u64>,
    /// Removed for good: they never come back under their numbers.
    retired: BTreeSet<u64>,
    /// Processes that have ended by themselves, and when their supervisor starts them again.
    starts: BTreeMap<u64, Duration>,
    /// How often that was.
    pub(crate) ended_by_themselves: u32,
}

impl<'a> Cluster<'a> {
    pub(crate) fn new(field: Arc<Field>, sim: Sim<'a>, latency: Duration, dice: StdRng) -> Self {
        Self {
            field,
            latency,
            sim,
            dice,
            places: BTreeMap::new(),
            running: BTreeSet::new(),
            retired: BTreeSet::new(),
            starts: BTreeMap::new(),
            ended_by_themselves: 0,
        }
    }

    /// A new machine with an empty disk; its software runs at once.
    pub(crate) fn add_place(&mut self) -> Arc<Place> {
        let id = self.places.keys().next_back().copied().unwrap_or(0) + 1;
        let place = Arc::new(Place::new(id));
        place.disk.hold_syncs(true);
        place.disk.let_the_dead_read();
        self.places.insert(id, Arc::clone(&place));
        lock(&self.field.places).push(Arc::clone(&place));
        self.running.insert(id);
        let (field, stands) = (Arc::clone(&self.field), Arc::clone(&place));
        self.sim.host(place.host(), move || live(Arc::clone(&field), Arc::clone(&stands)));
        place
    }

    /// Lets a little time pass everywhere.
    ///
    /// # Errors
    /// When a node's software fails or panics otherwise than by ending its process.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        let stepped = catch_unwind(AssertUnwindSafe(|| self.sim.step()));
        self.bury_the_ended();
        let panics = crate::panics::take();
        match stepped {
            Ok(Ok(_)) if panics.is_empty() => Ok(()),
            Ok(Err(error)) => Err(format!("a host failed: {error}")),
            Ok(Ok(_)) | Err(_) => match panics.into_iter().find(|panic| !self.was_an_end(panic)) {
                Some(panic) => Err(format!("a panic: {panic}")),
                None => Ok(()),
            },
        }
    }

    /// A process that must not go on ends with a panic in simulation, where it would abort.
    fn was_an_end(&self, panic: &str) -> bool {
        panic.contains("on unhandled panic") || crate::panics::is_of_a_dead_disk(panic)
    }

    fn bury_the_ended(&mut self) {
        let ended: Vec<u64> = self.running.iter().copied().filter(|id| self.places[id].has_ended()).collect();
        for id in ended {
            let reasons = lock(&self.places[&id].ended).clone();
            if let Some(reason) = reasons.iter().find(|reason| !crate::panics::is_of_a_dead_disk(reason)) {
                self.field.violation(format!("node {id} ended: {reason}"));
            }
            self.field.note(&format!("node {id} has ended: {reasons:?}"));
            self.ended_by_themselves += 1;
            let unsynced = self.places[&id].disk.unsynced();
            let kept = self.dice.random_range(0..=unsynced);
            self.crash(id, kept);
            let pause = Duration::from_millis(self.dice.random_range(100..2_000));
            self.starts.insert(id, self.sim.elapsed() + pause);
        }
        let now = self.sim.elapsed();
        let due: Vec<u64> = self.starts.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        due.into_iter().for_each(|id| self.start(id));
    }

    /// Cuts a node's power. The first `kept` of its unsynced writes survive.
    pub(crate) fn crash(&mut self, id: u64, kept: usize) {
        if !self.running.remove(&id) {
            return;
        }
        let place = &self.places[&id];
        self.field.note(&format!("node {id} crashes, {kept} of {} unsynced writes kept", place.disk.unsynced()));
        // What the dropped tasks of a dead process say in their last moment is nobody's concern.
        lock(&place.ended).push("its power went off".to_owned());
        self.sim.crash(place.host());
        place.disk.crash(kept);
        lock(&place.orders).clear();
        lock(&place.errands).clear();
        *lock(&place.seen) = None;
    }

    /// Starts a node that does not run.
    pub(crate) fn start(&mut self, id: u64) {
        self.starts.remove(&id);
        if self.retired.contains(&id) || !self.running.insert(id) {
            return;
        }
        self.field.note(&format!("node {id} starts"));
        let place = &self.places[&id];
        lock(&place.ended).clear();
        self.sim.bounce(place.host());
    }

    /// Starts every node that does not run and belongs to the cluster.
    pub(crate) fn start_all(&mut self) {
        let all: Vec<u64> = self.places.keys().copied().collect();
        all.into_iter().for_each(|id| self.start(id));
    }

    /// Takes a removed node away for good.
    pub(crate) fn retire(&mut self, id: u64) {
        self.crash(id, 0);
        self.retired.insert(id);
    }

    /// Does something to the links between a node and each other one.
    pub(crate) fn each_link(&self, id: u64, act: impl Fn(&Sim<'_>, String, String)) {
        for other in self.places.keys().filter(|other| **other != id) {
            act(&self.sim, self.places[&id].host(), self.places[other].host());
        }
    }

    /// The simulated time since the beginning.
    pub(crate) fn now(&self) -> Duration {
        self.sim.elapsed()
    }

    pub(crate) fn place(&self, id: u64) -> &Arc<Place> {
        &self.places[&id]
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = &Arc<Place>> {
        self.places.values()
    }

    pub(crate) fn running(&self) -> Vec<u64> {
        self.running.iter().copied().collect()
    }

    pub(crate) fn is_running(&self, id: u64) -> bool {
        self.running.contains(&id)
    }

    /// Whether a node is not known to be removed.
    pub(crate) fn is_member(&self, id: u64) -> bool {
        !self.retired.contains(&id)
    }

    /// The running node that leads, of several the one with the newest term.
    pub(crate) fn leader(&self) -> Option<u64> {
        self.leading().map(|(id, _)| id)
    }

    fn leading(&self) -> Option<(u64, Seen)> {
        let seen = self.running.iter().filter_map(|id| Some((*id, self.places[id].seen()?)));
        seen.filter(|(_, seen)| leads(Some(*seen))).max_by_key(|(_, seen)| seen.term)
    }

    /// The members as the leader knows them; everybody who is not removed while nobody leads.
    pub(crate) fn members(&self) -> Vec<u64> {
        match self.leader() {
            Some(leader) => lock(&self.places[&leader].members).clone(),
            None => self.places.keys().copied().filter(|id| self.is_member(*id)).collect(),
        }
    }
}

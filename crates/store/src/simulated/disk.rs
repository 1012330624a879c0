//! The hardware: what outlives a process that used it, and the knobs that break it.

use std::sync::{Arc, Mutex, MutexGuard};

use super::SimulatedEngine;
use super::state::State;

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

/// Moments of an installation at which the power can go off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallStep {
    /// The new tables are aside, nothing is switched.
    Loaded,
    /// The switch is written and not synced.
    Written,
    /// The switch is synced and nobody was told.
    Synced,
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> SimulatedDisk {
        SimulatedDisk::default()
    }

    /// Opens the disk as a starting process does. Handles of before a crash stay dead.
    pub fn open(&self) -> SimulatedEngine {
        SimulatedEngine::new(self.clone(), self.lock().boot)
    }

    /// Cuts the power. Of the writes that were not synced, the first `kept` survive, so `0` loses all of them and
    /// [`SimulatedDisk::unsynced`] none; an append counts one write for each entry. Callbacks that wait are dropped.
    pub fn crash(&self, kept: usize) {
        self.lock().cut_power(kept);
    }

    /// How many writes are not synced.
    pub fn unsynced(&self) -> usize {
        self.lock().unsynced.len()
    }

    /// With `true`, appends wait for [`SimulatedDisk::sync`]; without, which is how a disk begins, each is synced as it
    /// comes.
    pub fn hold_syncs(&self, hold: bool) {
        self.lock().syncs_held = hold;
    }

    /// Lets views of a failed or dead disk read what is there, instead of failing: for a process that has ended and still
    /// falls down, in a simulation that cannot stop it between two lines. What it reads must count for nothing.
    pub fn let_the_dead_read(&self) {
        self.lock().dead_read = true;
    }

    /// Syncs, and runs the callbacks of the appends that waited.
    pub fn sync(&self) {
        self.lock().sync_for_waiting();
        self.tell();
    }

    /// Lets the next sync fail, and everything after it until the disk is opened again after a crash.
    pub fn fail_next_sync(&self) {
        self.lock().next_sync_fails = true;
    }

    /// Takes back what [`SimulatedDisk::fail_next_sync`] and [`SimulatedDisk::crash_at`] ordered, where it did not happen.
    pub fn forget_orders(&self) {
        let mut state = self.lock();
        (state.next_sync_fails, state.power_cut_at) = (false, None);
    }

    /// How many appends wait for a sync.
    pub fn appends_waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How often the power came back.
    pub fn boots(&self) -> u64 {
        self.lock().boot
    }

    /// Cuts the power when an installation comes to `step`; nothing unsynced survives.
    pub fn crash_at(&self, step: InstallStep) {
        self.lock().power_cut_at = Some(step);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock, but for defects that end the test")
    }

    /// Runs callbacks without the lock, one caller at a time, so that they come in order and may use the disk.
    pub(super) fn tell(&self) {
        let mut state = self.lock();
        if state.telling {
            return;
        }
        let boot = state.boot;
        state.telling = true;
        while state.boot == boot
            && let Some((done, outcome)) = state.told.pop_front()
        {
            drop(state);
            done(outcome);
            state = self.lock();
        }
        if state.boot == boot {
            state.telling = false;
        }
    }
}

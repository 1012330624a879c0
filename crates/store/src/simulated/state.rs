//! The inside of a simulated disk: two images, the writes between them, and who waits for a sync.

use std::collections::VecDeque;

use super::disk::InstallStep;
use super::image::{Image, Write};
use crate::{Done, StoreError};

/// The inside of a disk, behind its lock.
#[derive(Default)]
pub(super) struct State {
    /// Counts the times the power came back. A handle of an earlier time is dead.
    pub(super) boot: u64,
    /// What would survive a power cut.
    pub(super) durable: Image,
    /// What is to be read now. Invariant: it is `durable` with `unsynced` carried out.
    pub(super) volatile: Image,
    pub(super) unsynced: VecDeque<Write>,
    /// Who is told by the next sync, in the order of their appends.
    pub(super) waiting: VecDeque<Done>,
    /// Who can be told now.
    pub(super) told: VecDeque<(Done, Result<(), StoreError>)>,
    /// Someone is telling; he takes what is added meanwhile, so that the order is kept.
    pub(super) telling: bool,
    /// Appends are synced by [`super::SimulatedDisk::sync`] alone.
    pub(super) syncs_held: bool,
    pub(super) next_sync_fails: bool,
    /// A sync has failed: as on a real disk, nobody knows what is on it, so nothing works until it is opened again.
    pub(super) failed: bool,
    pub(super) power_cut_at: Option<InstallStep>,
    /// Handles of before a crash, or of a failed disk, still read.
    pub(super) dead_read: bool,
    /// What is being received: name and bytes.
    pub(super) receiving: Option<(String, Vec<u8>)>,
}

impl State {
    /// Fails if the handle is of an earlier boot, or the disk has failed.
    pub(super) fn check(&self, boot: u64) -> Result<(), StoreError> {
        if self.boot != boot {
            return Err(StoreError::engine("use a simulated disk", "its power went off"));
        }
        if self.failed {
            return Err(StoreError::engine("use a simulated disk", "a sync failed before"));
        }
        Ok(())
    }

    /// Makes a write readable.
    pub(super) fn write(&mut self, write: Write) {
        self.volatile.carry_out(&write);
        self.unsynced.push_back(write);
    }

    /// Brings the first `count` unsynced writes to the durable image.
    pub(super) fn harden(&mut self, count: usize) {
        for write in self.unsynced.drain(..count) {
            self.durable.carry_out(&write);
        }
    }

    /// Brings everything to the durable image, or fails as it was told to.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        if self.next_sync_fails {
            self.next_sync_fails = false;
            self.failed = true;
            return Err(StoreError::engine("sync a simulated disk", "told to fail"));
        }
        self.harden(self.unsynced.len());
        Ok(())
    }

    /// Syncs, and readies the news for all who wait.
    pub(super) fn sync_for_waiting(&mut self) {
        let outcome = self.sync();
        let waiting = std::mem::take(&mut self.waiting);
        self.told.extend(waiting.into_iter().map(|done| (done, outcome.clone())));
    }

    /// Cuts the power: of what was not synced the first `kept` writes survive, and handles of this boot are dead.
    pub(super) fn cut_power(&mut self, kept: usize) {
        self.harden(kept.min(self.unsynced.len()));
        *self = State {
            boot: self.boot + 1,
            volatile: self.durable.clone(),
            durable: std::mem::take(&mut self.durable),
            syncs_held: self.syncs_held,
            dead_read: self.dead_read,
            ..State::default()
        };
    }
}

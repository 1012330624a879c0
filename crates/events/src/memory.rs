//! Records in memory: what tests look at, and how they make recording fail.

use crate::{NotRecorded, Record, Recorder};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Keeps records in memory.
#[derive(Debug, Default)]
pub struct MemoryRecorder {
    records: Mutex<Vec<Record>>,
    failing: AtomicBool,
}

impl MemoryRecorder {
    /// What was recorded so far, oldest first.
    pub fn records(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes every further call fail, or succeed again.
    pub fn set_failing(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }
}

impl Recorder for MemoryRecorder {
    fn record(&self, record: &Record) -> Result<(), NotRecorded> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(NotRecorded("a test said so".to_owned()));
        }
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
        Ok(())
    }
}

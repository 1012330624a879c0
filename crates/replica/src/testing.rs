//! Tables in memory, and a replica of one: what a service's own tests run against.

use crate::{Envelope, Machine, NodeId, Outcome, Proposal, Replica, Row, Timestamp, Unavailable, View, Write, Writes};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Tables in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables(BTreeMap<Vec<u8>, Vec<u8>>);

impl Tables {
    /// Applies `writes`.
    pub fn commit(&mut self, writes: &Writes) {
        for write in writes.as_slice() {
            match write {
                Write::Put { key, value } => self.0.insert(key.clone(), value.clone()),
                Write::Delete { key } => self.0.remove(key),
            };
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.0.len()
    }
}

impl View for Tables {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row> {
        let start = if from > prefix { from } else { prefix };
        let rows = self.0.range(start.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        rows.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// A replica of one, in memory, with a clock that tests set.
pub struct Local {
    machine: Machine,
    state: Mutex<(Tables, Timestamp)>,
    settles_refusals: AtomicBool,
}

impl Local {
    /// Empty tables, at `at`.
    pub fn new(machine: Machine, at: Timestamp) -> Self {
        Self { machine, state: Mutex::new((Tables::default(), at)), settles_refusals: AtomicBool::new(false) }
    }

    /// From now on refusals are settled as a dry run behind a barrier does: without the log, and remembered nowhere.
    pub fn settle_refusals(&self) {
        self.settles_refusals.store(true, Ordering::SeqCst);
    }

    /// Moves the leader's clock.
    pub fn set_time(&self, at: Timestamp) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = at;
    }

    /// Changes the tables past every command, as an operator's setting would.
    pub fn commit(&self, writes: &Writes) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.commit(writes);
    }

    /// A copy of the tables.
    pub fn tables(&self) -> Tables {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

#[async_trait]
impl Replica for Local {
    fn local(&self) -> Box<dyn View + '_> {
        Box::new(self.tables())
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        Ok(self.local())
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let envelope = Envelope { proposal, origin: NodeId(1), stamped_at: state.1 };
        let entry = self.machine.apply(&envelope, &state.0).map_err(|_| Unavailable::Poison)?;
        let is_settled = matches!(entry.outcome, Outcome::Refused(_)) && self.settles_refusals.load(Ordering::SeqCst);
        if !is_settled {
            state.0.commit(&entry.writes);
        }
        Ok(entry.outcome)
    }
}

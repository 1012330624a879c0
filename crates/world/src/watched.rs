//! A replica of one that keeps what was proposed, and whose node can be made to lag behind.

use async_trait::async_trait;
use replica::testing::{Local, Tables};
use replica::{Machine, Outcome, Proposal, Replica, Timestamp, Unavailable, View};
use std::sync::Mutex;

pub(crate) struct Watched {
    pub(crate) local: Local,
    proposed: Mutex<Vec<Proposal>>,
    frozen: Mutex<Option<Tables>>,
}

impl Watched {
    /// With empty tables, at `at`.
    pub(crate) fn new(machine: Machine, at: Timestamp) -> Self {
        Self { local: Local::new(machine, at), proposed: Mutex::default(), frozen: Mutex::default() }
    }

    /// From now on the node's own tables stay as they are, behind the cluster's.
    pub(crate) fn freeze(&self) {
        *self.frozen.lock().expect("no test panics here") = Some(self.local.tables());
    }

    /// The node has caught up.
    pub(crate) fn thaw(&self) {
        *self.frozen.lock().expect("no test panics here") = None;
    }

    /// Whether a command or a row passes.
    pub(crate) fn any(&self, passes: impl Fn(&[u8]) -> bool) -> bool {
        let rows = self.local.tables().scan(&[], &[], usize::MAX);
        let proposed = self.proposed.lock().expect("no test panics here");
        rows.iter().any(|(key, value)| passes(key) || passes(value)) || proposed.iter().any(|p| passes(&p.body))
    }
}

#[async_trait]
impl Replica for Watched {
    fn local(&self) -> Box<dyn View + '_> {
        let frozen = self.frozen.lock().expect("no test panics here").clone();
        Box::new(frozen.unwrap_or_else(|| self.local.tables()))
    }

    async fn read<'a>(&'a self) -> Result<Box<dyn View + 'a>, Unavailable> {
        self.local.read().await
    }

    async fn propose(&self, proposal: Proposal) -> Result<Outcome, Unavailable> {
        self.proposed.lock().expect("no test panics here").push(proposal.clone());
        self.local.propose(proposal).await
    }
}

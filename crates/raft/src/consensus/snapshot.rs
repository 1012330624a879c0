//! Snapshots as openraft wants them: names of what the engine holds.

use super::standing::Standing;
use super::types::{LeaderId, Types};
use crate::beside::beside;
use crate::{Fatal, Member, dice};
use openraft::storage::RaftSnapshotBuilder;
use std::io;
use std::sync::Arc;
use store::{Engine, SnapshotInfo};

/// A snapshot whose bytes are with the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SnapshotData {
    /// The engine's current one.
    Current {
        /// Its name.
        id: String,
        /// Its size.
        bytes: u64,
    },
    /// Received from the leader and not yet installed.
    Received,
}

pub(super) type Snapshot = openraft::Snapshot<LeaderId, u64, Member, SnapshotData>;

/// What the engine says of its snapshot, as openraft wants it.
pub(super) fn described(info: SnapshotInfo, fatal: &Fatal) -> io::Result<Snapshot> {
    let standing = Standing::decode(Some(&info.meta)).map_err(|error| fatal.error(error))?;
    let snapshot = SnapshotData::Current { id: info.id, bytes: info.bytes };
    Ok(Snapshot { meta: standing.snapshot_meta(), snapshot })
}

/// Builds snapshots of whatever the tables are when it is asked.
pub(crate) struct Builder {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) fatal: Fatal,
}

impl RaftSnapshotBuilder<Types> for Builder {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let id = format!("{:032x}", u128::from_be_bytes(dice::roll()));
        let built = beside(&self.engine, move |engine| engine.build_snapshot(&id)).await.map_err(io::Error::other)?;
        let info = built.map_err(|error| self.fatal.error(error))?;
        faults::point("raft.snapshot.built");
        metrics::counter!("lockstep_raft_snapshots_built_total").increment(1);
        tracing::info!(id = info.id, bytes = info.bytes, "built a snapshot");
        described(info, &self.fatal)
    }
}

//! Snapshots as openraft wants them: names of what the engine holds.

use super::standing::Standing;
use super::types::{LeaderId, Types};
use crate::beside::beside;
use crate::limits::SNAPSHOT_AGAIN;
use crate::room::Room;
use crate::{Fatal, Member, dice};
use openraft::storage::RaftSnapshotBuilder;
use std::io;
use std::sync::Arc;
use store::{Engine, SnapshotInfo, StoreError};
use tokio::time::sleep;

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
    pub(super) room: Arc<Room>,
    pub(super) fatal: Fatal,
}

impl RaftSnapshotBuilder<Types> for Builder {
    type SnapshotData = SnapshotData;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let id = format!("{:032x}", u128::from_be_bytes(dice::roll()));
        let info = loop {
            // A snapshot takes as much as the tables do, and nobody needs it now.
            self.room.enough().await;
            let id = id.clone();
            let built = beside(&self.engine, move |engine| engine.build_snapshot(&id)).await;
            match built.map_err(io::Error::other)? {
                Ok(info) => break info,
                Err(StoreError::Full { .. }) => {
                    tracing::warn!("there is no room for a snapshot; the log stays longer until there is");
                    sleep(SNAPSHOT_AGAIN).await;
                }
                Err(error) => return Err(self.fatal.disk(&error)),
            }
        };
        faults::point("raft.snapshot.built");
        metrics::counter!("lockstep_raft_snapshots_built_total").increment(1);
        tracing::info!(id = info.id, bytes = info.bytes, "built a snapshot");
        described(info, &self.fatal)
    }
}

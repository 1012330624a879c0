//! The state machine as openraft wants it, on an engine: apply in batches, one commit per batch, then the answers.

use super::snapshot::{Builder, Snapshot, SnapshotData, described};
use super::standing::{Progress, Standing};
use super::types::{Answer, LogId, Payload, SnapshotMeta, StoredMembership, Types};
use crate::beside::beside;
use crate::room::Room;
use crate::view::EngineView;
use crate::{Eviction, Fatal, Member, Parts};
use futures::{Stream, StreamExt as _};
use openraft::OptionalSend;
use openraft::storage::{ApplyResponder, EntryResponder, RaftStateMachine};
use replica::{AppliedEntry, Envelope, Machine, Overlay, View, Write};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use store::{Change, Engine, StoreError};
use tokio::sync::watch;

/// How many entries are committed in one batch: enough to make a commit cheap, few enough to keep answers prompt.
const BATCH_ENTRIES_MAX: usize = 512;
/// Pieces in which a snapshot at rest is copied back.
const PIECE_BYTES: usize = 1 << 20;

/// The state machine.
pub(crate) struct StateMachine {
    engine: Arc<dyn Engine>,
    machine: Arc<Machine>,
    evict: Arc<dyn Fn(Eviction<'_>) + Send + Sync>,
    fatal: Fatal,
    room: Arc<Room>,
    standing: Standing,
    progress: watch::Sender<Progress>,
}

/// What a batch came to, before it is committed.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    answers: Vec<(ApplyResponder<Types>, Answer)>,
    evictions: Vec<Vec<u8>>,
    evict_all: bool,
}

impl StateMachine {
    /// Continues where the engine's tables stand.
    pub(super) fn open(parts: &Parts, room: Arc<Room>, progress: watch::Sender<Progress>) -> Result<Self, StoreError> {
        let meta = parts.engine.view().meta()?;
        let damaged = |_| StoreError::Damaged { what: "the state machine's standing".to_owned() };
        let standing = Standing::decode(meta.as_deref()).map_err(damaged)?;
        progress.send_replace(standing.progress());
        Ok(Self {
            engine: Arc::clone(&parts.engine),
            machine: Arc::clone(&parts.machine),
            evict: Arc::clone(&parts.evict),
            fatal: parts.fatal.clone(),
            room,
            standing,
            progress,
        })
    }

    /// The members of the applied membership, but for `me`.
    pub(super) fn others(&self, me: u64) -> Vec<Member> {
        let nodes = self.standing.membership.membership().nodes();
        nodes.filter(|(id, _)| **id != me).map(|(_, node)| node.clone()).collect()
    }

    fn apply_batch(&mut self, entries: Vec<EntryResponder<Types>>) -> io::Result<()> {
        let started = Instant::now();
        let (count, mut batch) = (entries.len(), Batch::default());
        faults::point("raft.apply.begun");
        {
            let base = EngineView::new(self.engine.view(), &self.fatal);
            let mut overlay = Overlay::new(&base);
            for (entry, responder) in entries {
                let answer = match &entry.payload {
                    Payload::Normal(proposed) => {
                        let applied = self.apply_command(entry.log_id, &proposed.0, &overlay);
                        overlay.push(&applied.writes);
                        self.standing.advance(&entry, &applied.writes.canonical());
                        batch.changes.extend(applied.writes.as_slice().iter().map(change));
                        batch.evictions.extend_from_slice(applied.writes.evictions());
                        batch.evict_all |= applied.writes.evicts_all();
                        Answer(applied.outcome.encode())
                    }
                    Payload::Blank | Payload::Membership(_) => {
                        self.standing.advance(&entry, &[]);
                        Answer::default()
                    }
                };
                batch.answers.extend(responder.map(|responder| (responder, answer)));
            }
        }
        faults::point("raft.apply.decided");
        let committed = self.engine.commit(batch.changes, self.standing.encode());
        committed.map_err(|error| self.fatal.disk(&error))?;
        faults::point("raft.apply.committed");
        // Before anyone hears of it: when the end of a key is acknowledged, or behind a barrier on any node, its opened
        // form is gone from this node's memory.
        batch.evictions.iter().for_each(|sealed| (self.evict)(Eviction::One(sealed)));
        if batch.evict_all {
            (self.evict)(Eviction::All);
        }
        faults::point("raft.apply.evicted");
        self.progress.send_replace(self.standing.progress());
        faults::point("raft.apply.shown");
        batch.answers.into_iter().for_each(|(responder, answer)| responder.send(answer));
        faults::point("raft.apply.answered");
        metrics::histogram!("lockstep_raft_apply_seconds").record(started.elapsed());
        metrics::counter!("lockstep_raft_applied_total").increment(count as u64);
        Ok(())
    }

    /// Applies one committed command. Other members apply it too: a node that cannot must stop, or it would diverge.
    fn apply_command(&self, id: LogId, bytes: &[u8], view: &dyn View) -> AppliedEntry {
        let applied = catch_unwind(AssertUnwindSafe(|| {
            Envelope::decode(bytes).and_then(|envelope| self.machine.apply(&envelope, view))
        }));
        match applied {
            Ok(Ok(applied)) => applied,
            Ok(Err(malformed)) => self.fatal.end(format!("cannot apply entry {id}: {malformed}")),
            Err(_) => self.fatal.end(format!("cannot apply entry {id}: its command panicked")),
        }
    }

    /// Replaces the tables by what the engine has received, and stands where that stands.
    async fn install(&mut self, meta: &SnapshotMeta, from: SnapshotData) -> io::Result<()> {
        let installed = beside(&self.engine, move |engine| {
            if let SnapshotData::Current { id, .. } = from {
                receive_current(engine, &id)?;
            }
            engine.install_received()
        });
        let info = installed.await.map_err(io::Error::other)?.map_err(|error| self.fatal.disk(&error))?;
        faults::point("raft.install.done");
        let standing = Standing::decode(Some(&info.meta)).map_err(|error| self.fatal.error(error))?;
        if standing.applied != meta.last_log_id {
            return Err(self.fatal.error("the snapshot that was installed is not the one that was announced"));
        }
        self.standing = standing;
        self.progress.send_replace(self.standing.progress());
        faults::point("raft.install.shown");
        (self.evict)(Eviction::All);
        metrics::counter!("lockstep_raft_snapshots_installed_total").increment(1);
        tracing::info!(id = info.id, bytes = info.bytes, applied = ?self.standing.applied, "installed a snapshot");
        Ok(())
    }
}

/// Hands the engine its own current snapshot as if it came from a peer: after a power cut, tables may be older than it.
fn receive_current(engine: &dyn Engine, id: &str) -> Result<(), StoreError> {
    engine.begin_receive(id)?;
    let mut offset = 0;
    loop {
        let piece = engine.read_snapshot(id, offset, PIECE_BYTES)?;
        let Some(piece) = piece.filter(|piece| !piece.is_empty()) else { return Ok(()) };
        offset += piece.len() as u64;
        engine.receive(&piece)?;
    }
}

fn change(write: &Write) -> Change {
    match write {
        Write::Put { key, value } => Change::Put(key.clone(), value.clone()),
        Write::Delete { key } => Change::Delete(key.clone()),
    }
}

impl RaftStateMachine<Types> for StateMachine {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        let applied = self.standing.applied.filter(|_| !faults::planted(faults::Bug::ApplyTwiceAfterRestart));
        Ok((applied, self.standing.membership.clone()))
    }

    async fn apply<Strm>(&mut self, entries: Strm) -> io::Result<()>
    where
        Strm: Stream<Item = io::Result<EntryResponder<Types>>> + Unpin + OptionalSend,
    {
        let mut pieces = entries.chunks(BATCH_ENTRIES_MAX);
        while let Some(piece) = pieces.next().await {
            self.apply_batch(piece.into_iter().collect::<io::Result<_>>()?)?;
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        Builder { engine: Arc::clone(&self.engine), room: Arc::clone(&self.room), fatal: self.fatal.clone() }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, snapshot: SnapshotData) -> io::Result<()> {
        self.install(meta, snapshot).await
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        let info = self.engine.current_snapshot().map_err(|error| self.fatal.disk(&error))?;
        info.map(|info| described(info, &self.fatal)).transpose()
    }
}

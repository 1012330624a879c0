//! The log as openraft wants it, on an engine.
//!
//! A vote is on disk before it counts. Entries are readable at once and reported when they are synced. Blocking work that
//! syncs runs beside the async workers.

use super::codec;
use super::recent::Recent;
use super::standing::Standing;
use super::types::{Entry, LogId, Types, Vote};
use super::witness::{Seen, Witness};
use crate::beside::beside;
use crate::slow_disk::Syncs;
use crate::{Fatal, wire};
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::{LogIdOptionExt, OptionalSend};
use prost::Message as _;
use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Engine, LogEntry, StoreError};

/// Names of the engine's small records. Bytes on disk: a retired name is not used again.
pub(super) mod record {
    pub(in crate::consensus) const VOTE: &str = "raft/vote";
    pub(in crate::consensus) const PURGED: &str = "raft/purged";
    pub(in crate::consensus) const COMMITTED: &str = "raft/committed";
}

/// Entries are read from disk and sent to peers in pieces of about this many bytes.
const READ_BYTES: usize = 1 << 20;

/// The log; clones share it.
#[derive(Clone)]
pub(super) struct Log {
    engine: Arc<dyn Engine>,
    pub(super) fatal: Fatal,
    recent: Arc<Mutex<Recent>>,
    pub(super) syncs: Arc<Syncs>,
    witness: Arc<Witness>,
}

impl Log {
    pub(super) fn new(engine: Arc<dyn Engine>, fatal: Fatal, witness: Arc<Witness>) -> Self {
        Self { engine, fatal, recent: Arc::default(), syncs: Arc::default(), witness }
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what syncs the disk on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> io::Result<T> {
        match beside(&self.engine, work).await {
            Ok(result) => result.map_err(|error| self.fatal.disk(&error)),
            Err(stopped) => Err(io::Error::other(stopped)),
        }
    }

    fn record<M: prost::Message + Default>(&self, name: &'static str) -> io::Result<Option<M>> {
        let bytes = self.engine.record(name).map_err(|error| self.fatal.disk(&error))?;
        let message = bytes.map(|bytes| M::decode(bytes.as_slice())).transpose();
        message.map_err(|_| self.fatal.error(format!("the record {name} does not decode")))
    }

    fn log_id_record(&self, name: &'static str) -> io::Result<Option<LogId>> {
        codec::read_log_id_option(self.record(name)?).map_err(|error| self.fatal.error(error))
    }

    /// Entries of a range; stops early after about `bytes_max` bytes but gives at least one, if there is one.
    fn read(&self, first: u64, end: u64, bytes_max: usize) -> io::Result<Vec<Entry>> {
        if let Some(entries) = self.recent().get(first, end, bytes_max) {
            return Ok(entries);
        }
        let stored = self.engine.entries(first, end, bytes_max).map_err(|error| self.fatal.disk(&error))?;
        let decoded = stored.iter().map(|entry| codec::decode_entry(&entry.bytes)).collect::<Result<_, _>>();
        decoded.map_err(|error| self.fatal.error(format!("log entries from {first}: {error}")))
    }

    fn last(&self) -> io::Result<Option<LogId>> {
        let Some(entry) = self.engine.last_entry().map_err(|error| self.fatal.disk(&error))? else { return Ok(None) };
        let entry = codec::decode_entry(&entry.bytes).map_err(|error| self.fatal.error(error))?;
        Ok(Some(entry.log_id))
    }

    /// What this disk holds: the end of the log, or of what is applied or at rest in a snapshot where that goes further
    /// (a crash may come between a snapshot and the end of the log that it covers), and the term of the vote.
    pub(super) fn seen(&self) -> Result<Seen, StoreError> {
        let garbled = |what: &str| StoreError::Damaged { what: format!("{what}, which does not decode,") };
        let last = self.engine.last_entry()?.map(|entry| codec::decode_entry(&entry.bytes)).transpose();
        let last = last.map_err(|_| garbled("the last entry of the log"))?.map(|last| last.log_id);
        let purged = self.engine.record(record::PURGED)?.map(|bytes| wire::LogId::decode(bytes.as_slice())).transpose();
        let purged = codec::read_log_id_option(purged.map_err(|_| garbled("the purged position"))?);
        let purged = purged.map_err(|_| garbled("the purged position"))?;
        let metas = [self.engine.view().meta()?, self.engine.current_snapshot()?.map(|info| info.meta)];
        let mut held = last.max(purged);
        for meta in metas {
            let standing = Standing::decode(meta.as_deref()).map_err(|_| garbled("the standing"))?;
            held = held.max(standing.applied);
        }
        let vote = self.engine.record(record::VOTE)?;
        let vote = vote.map(|bytes| wire::Vote::decode(bytes.as_slice())).transpose();
        let vote = vote.map_err(|_| garbled("the vote"))?;
        let term = vote.and_then(|vote| vote.leader).map_or(0, |leader| leader.term);
        Ok(Seen { held, term })
    }
}

impl RaftLogReader<Types> for Log {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> io::Result<Vec<Entry>> {
        let (mut first, end) = bounds(&range);
        let mut entries: Vec<Entry> = Vec::new();
        while first < end {
            let piece = self.read(first, end, READ_BYTES)?;
            let Some(last) = piece.last() else { break };
            first = last.log_id.index + 1;
            entries.extend(piece);
        }
        Ok(entries)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        self.read(start, end, READ_BYTES)
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        let Some(vote) = self.record::<wire::Vote>(record::VOTE)? else { return Ok(None) };
        codec::read_vote(Some(vote)).map(Some).map_err(|error| self.fatal.error(error))
    }
}

impl RaftLogStorage<Types> for Log {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types>> {
        let last_purged_log_id = self.log_id_record(record::PURGED)?;
        let last = self.last()?.filter(|last| Some(last) > last_purged_log_id.as_ref());
        Ok(LogState { last_purged_log_id, last_log_id: last.or(last_purged_log_id) })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let bytes = codec::vote(vote).encode_to_vec();
        faults::point("raft.vote.saving");
        let sync = !faults::planted(faults::Bug::SkipVoteFsync);
        self.blocking(move |engine| engine.put_record(record::VOTE, &bytes, sync)).await?;
        faults::point("raft.vote.saved");
        Ok(())
    }

    /// Not synced: what is lost with it are table commits of the same write-ahead log, and the log brings both back.
    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        let Some(committed) = committed else { return Ok(()) };
        let bytes = codec::log_id(&committed).encode_to_vec();
        faults::point("raft.committed.saving");
        self.engine.put_record(record::COMMITTED, &bytes, false).map_err(|error| self.fatal.disk(&error))
    }

    /// Never beyond the log: a power cut may have taken entries that were appended and not yet synced, and what was
    /// committed without them is committed on other nodes.
    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        let committed = self.log_id_record(record::COMMITTED)?;
        let last = self.get_log_state().await?.last_log_id;
        Ok(committed.min(last))
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let (mut stored, mut last) = (Vec::new(), None);
        {
            let mut recent = self.recent();
            for entry in entries {
                let bytes = codec::entry(&entry).encode_to_vec();
                stored.push(LogEntry { index: entry.log_id.index, bytes });
                last = Some(entry.log_id);
                recent.push(entry);
            }
        }
        let (fatal, syncs, witness) = (self.fatal.clone(), Arc::clone(&self.syncs), Arc::clone(&self.witness));
        syncs.begun(stored.last().map_or(0, |entry| entry.index));
        let done = move |synced: Result<(), StoreError>| {
            syncs.ended();
            if synced.is_ok() && last.is_some() {
                witness.synced(last);
            }
            callback.io_completed(synced.map_err(|error| fatal.disk(&error)));
        };
        self.engine.append(stored, Box::new(done));
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let first_gone = last.next_index();
        self.recent().truncate_from(first_gone);
        faults::point("raft.truncate.begun");
        self.blocking(move |engine| engine.truncate_from(first_gone)).await?;
        // What was being synced is done with by now.
        self.witness.synced(last);
        Ok(())
    }

    /// The record goes first: after a crash between the two, entries below the record are left over and never read.
    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.recent().purge_to(upto.index);
        let bytes = codec::log_id(&upto).encode_to_vec();
        self.blocking(move |engine| {
            engine.put_record(record::PURGED, &bytes, true)?;
            faults::point("raft.purge.recorded");
            engine.purge_to(upto.index)
        })
        .await
    }
}

fn bounds(range: &impl RangeBounds<u64>) -> (u64, u64) {
    let first = match range.start_bound() {
        Bound::Included(first) => *first,
        Bound::Excluded(before) => before + 1,
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last + 1,
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    (first, end)
}

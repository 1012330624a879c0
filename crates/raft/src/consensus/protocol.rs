//! openraft's own calls, as they come in from peers.

use super::codec::{self, Undecodable};
use super::core::Consensus;
use super::log::Log;
use super::snapshot::SnapshotData;
use super::standing::Standing;
use super::types::{Entry, Payload, Types};
use crate::beside::beside;
use crate::limits::STREAM_STALL_MAX;
use crate::links::Links;
use crate::room::Room;
use crate::{DiskRoom, wire};
use futures::{Stream, StreamExt as _};
use openraft::Snapshot;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, TransferLeaderError, TransferLeaderRequest};
use std::fmt::Display;
use std::future::ready;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Engine, StoreError};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// What a sender of log entries or of a snapshot is told.
const NO_ROOM: &str = "there is no room on this node's disk";

/// Answers of one stream that wait to be sent.
const APPENDS_OUTSTANDING_MAX: usize = 64;

impl From<Undecodable> for Status {
    fn from(error: Undecodable) -> Self {
        Status::invalid_argument(error.to_string())
    }
}

fn stopped(error: impl Display) -> Status {
    Status::unavailable(error.to_string())
}

impl Consensus {
    fn clock(&self) -> u64 {
        self.links.clocks.now_millis()
    }

    pub(crate) async fn append(&self, request: wire::AppendRequest) -> Result<wire::AppendResponse, Status> {
        let request = heard(&self.links, &self.log, request)?;
        let (prev, last) = ends(&request);
        let response = self.raft.append_entries(request).await.map_err(stopped)?;
        if matches!(response, AppendEntriesResponse::Conflict) && prev.is_none() {
            return Err(Status::internal("nothing conflicts with the beginning of the log"));
        }
        let answer = codec::append_response(self.clock(), &response.into_stream_result(prev, last));
        Ok(wire::AppendResponse { disk_full: self.links.room.own() != DiskRoom::Enough, ..answer })
    }

    /// Answers in the order of the requests; ends with the first that is not a success, or with the first request that
    /// is an error or does not decode.
    pub(crate) fn append_stream(
        &self,
        requests: impl Stream<Item = Result<wire::AppendRequest, Status>> + Send + 'static,
    ) -> ReceiverStream<Result<wire::AppendResponse, Status>> {
        let refusal = Arc::new(Mutex::new(None));
        let note = Arc::clone(&refusal);
        let (listening, log) = (Arc::clone(&self.links), self.log.clone());
        let good = requests.scan((), move |(), request| {
            let decoded = request.and_then(|request| heard(&listening, &log, request));
            ready(decoded.map_err(|status| *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(status)).ok())
        });
        let (raft, links) = (self.raft.clone(), Arc::clone(&self.links));
        let (sender, receiver) = mpsc::channel(APPENDS_OUTSTANDING_MAX);
        tokio::spawn(async move {
            let mut results = pin!(raft.stream_append(good));
            while let Some(result) = results.next().await {
                let clock = links.clocks.now_millis();
                faults::point("raft.append.answering");
                let response = result.map(|result| codec::append_response(clock, &result)).map_err(stopped);
                if sender.send(response).await.is_err() {
                    return;
                }
            }
            let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(status) = refused {
                // Nobody listens any more when this fails.
                let _ = sender.send(Err(status)).await;
            }
        });
        ReceiverStream::new(receiver)
    }

    pub(crate) async fn vote(&self, request: wire::VoteRequest) -> Result<wire::VoteResponse, Status> {
        let request = codec::read_vote_request(request)?;
        self.links.witness.votes(request.vote.leader_id.node_id, request.vote.leader_id.term);
        let response = self.raft.vote(request).await.map_err(stopped)?;
        faults::point("raft.vote.answering");
        Ok(codec::vote_response(self.clock(), &response))
    }

    pub(crate) async fn pre_vote(&self, request: wire::VoteRequest) -> Result<wire::VoteResponse, Status> {
        let response = self.raft.pre_vote(codec::read_vote_request(request)?).await.map_err(stopped)?;
        Ok(codec::vote_response(self.clock(), &response))
    }

    pub(crate) async fn handle_transfer(
        &self,
        request: wire::TransferRequest,
    ) -> Result<wire::TransferResponse, Status> {
        use wire::transfer_response::Refusal;
        let from = codec::read_vote(request.from_leader)?;
        let last_log = codec::read_log_id_option(request.last_log)?;
        let request = TransferLeaderRequest::new(from, request.target, last_log);
        faults::point("raft.transfer.taken");
        let refusal = match self.raft.handle_transfer_leader(request).await.map_err(stopped)? {
            Ok(()) => None,
            Err(TransferLeaderError::VoteChanged { expected, actual }) => {
                Some(Refusal::VoteChanged(wire::VoteChanged {
                    expected: Some(codec::vote(&expected)),
                    actual: Some(codec::vote(&actual)),
                }))
            }
            Err(TransferLeaderError::LogNotFlushed { expected, actual }) => {
                Some(Refusal::LogNotFlushed(wire::LogNotFlushed {
                    expected: expected.as_ref().map(codec::log_id),
                    actual: actual.as_ref().map(codec::log_id),
                }))
            }
        };
        Ok(wire::TransferResponse { refusal })
    }

    /// Receives a snapshot piece by piece into the engine, then has it installed.
    pub(crate) async fn install_snapshot(
        &self,
        first: wire::SnapshotPiece,
        mut pieces: impl Stream<Item = Result<wire::SnapshotPiece, Status>> + Send + Unpin,
    ) -> Result<wire::SnapshotResponse, Status> {
        let busy = |_| Status::unavailable("another snapshot is coming in");
        let one_at_a_time = Arc::clone(&self.receiving).try_lock_owned().map_err(busy)?;
        if self.links.room.own() != DiskRoom::Enough {
            return Err(Status::resource_exhausted(NO_ROOM));
        }
        let vote = codec::read_vote(first.vote)?;
        let standing = Standing::from_message(first.standing.ok_or(Undecodable("standing"))?)?;
        tracing::info!(id = first.id, applied = ?standing.applied, "receiving a snapshot");
        let id = first.id.clone();
        self.engine_step(move |engine| engine.begin_receive(&id)).await?;
        loop {
            let next = timeout(STREAM_STALL_MAX, pieces.next()).await;
            let piece = next.map_err(|_| Status::deadline_exceeded("the snapshot stopped coming"))?;
            let piece = piece.ok_or_else(|| Status::aborted("the snapshot broke off"))??;
            let bytes = piece.bytes;
            if !bytes.is_empty() {
                self.engine_step(move |engine| engine.receive(&bytes)).await?;
            }
            if piece.last {
                break;
            }
        }
        faults::point("raft.install.received");
        self.refuse_what_is_not_whole(&first.id, &standing).await?;
        let snapshot = Snapshot { meta: standing.snapshot_meta(), snapshot: SnapshotData::Received };
        let raft = self.raft.clone();
        // In a task of its own: the installation goes on when the sender is gone, and until it is done nothing may take
        // the place of what was received.
        let installing = tokio::spawn(async move {
            let _until_it_is_done = one_at_a_time;
            raft.install_full_snapshot(vote, snapshot).await
        });
        let response = installing.await.map_err(stopped)?.map_err(stopped)?;
        Ok(wire::SnapshotResponse { vote: Some(codec::vote(&response.vote)) })
    }

    /// The sender is told, and sends again: what came is no fault of this node's disk, and nothing of it counts yet.
    async fn refuse_what_is_not_whole(&self, id: &str, announced: &Standing) -> Result<(), Status> {
        let checked = beside(&self.engine, |engine| engine.check_received()).await.map_err(stopped)?;
        let refused = match checked {
            Ok(info) if Standing::decode(Some(&info.meta)).as_ref() == Ok(announced) => return Ok(()),
            Ok(_) => "it is not the one that was announced".to_owned(),
            Err(StoreError::Rejected { cause }) => cause.to_owned(),
            Err(StoreError::Full { .. }) => return Err(Status::resource_exhausted(NO_ROOM)),
            Err(error) => return Err(stopped(self.fatal.disk(&error))),
        };
        tracing::warn!(id, refused, "refused a snapshot of a peer");
        metrics::counter!("lockstep_raft_snapshots_refused_total").increment(1);
        Err(Status::data_loss(format!("the snapshot is refused: {refused}")))
    }

    async fn engine_step(
        &self,
        step: impl FnOnce(&dyn Engine) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Status> {
        let done = beside(&self.engine, step).await.map_err(stopped)?;
        done.map_err(|error| match error {
            // What was received is aside, and goes with the next attempt.
            StoreError::Full { .. } => Status::resource_exhausted(error.to_string()),
            error => stopped(self.fatal.disk(&error)),
        })
    }
}

/// A request of a leader, after what it says of disks: of the leader's own, and of this node's.
fn heard(links: &Links, log: &Log, request: wire::AppendRequest) -> Result<AppendEntriesRequest<Types>, Status> {
    let held = codec::read_log_id_option(request.leader_held)?;
    let remembered = codec::read_log_id_option(request.receiver_held)?;
    let request = admissible(&links.room, codec::read_append_request(request)?)?;
    let leader = &request.vote.leader_id;
    links.witness.follows(leader.node_id, held, request.leader_commit, leader.term);
    let reminded = links.witness.remind(leader.node_id, remembered, || log.seen());
    if let Some(rolled_back) = reminded.map_err(|error| stopped(log.fatal.disk(&error)))? {
        let cause = rolled_back.to_string();
        log.fatal.rolled_back(rolled_back);
        return Err(stopped(cause));
    }
    Ok(request)
}

/// A disk without room takes no commands. What else is in the log is small, and without it nobody could lead.
fn admissible(room: &Room, request: AppendEntriesRequest<Types>) -> Result<AppendEntriesRequest<Types>, Status> {
    let is_command = |entry: &Entry| matches!(entry.payload, Payload::Normal(_));
    if room.own() == DiskRoom::Critical && request.entries.iter().any(is_command) {
        return Err(Status::resource_exhausted(NO_ROOM));
    }
    Ok(request)
}

type Ends = (Option<super::types::LogId>, Option<super::types::LogId>);

/// The entry before the first of a request, and its last.
fn ends(request: &AppendEntriesRequest<Types>) -> Ends {
    let prev = request.prev_log_id;
    (prev, request.entries.last().map(|entry| entry.log_id).or(prev))
}

//! Calls to peers as openraft wants them.

use super::codec::{self, Undecodable};
use super::snapshot::{Snapshot, SnapshotData};
use super::types::{LogId, Types, Vote};
use crate::beside::beside;
use crate::limits::{CALL_TIME_MIN, SNAPSHOT_INSTALL_TIME_MAX, SNAPSHOT_PIECE_BYTES, STREAM_STALL_MAX};
use crate::links::{Class, Links, PeerClient};
use crate::{Member, wire};
use futures::{Stream, StreamExt as _};
use openraft::OptionalSend;
use openraft::base::{BoxFuture, BoxStream};
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetworkFactory, RaftNetworkV2, stream_append_sequential};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendError, StreamAppendResult,
    TransferLeaderError, TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Engine;
use tokio::time::{Instant, timeout};

/// Makes clients of peers.
#[derive(Clone)]
pub(super) struct Network {
    pub(super) links: Arc<Links>,
    pub(super) engine: Arc<dyn Engine>,
}

/// A client of one peer.
pub(super) struct Peer {
    network: Network,
    member: Member,
    /// Entries go out in one stream, each batch before the answer to the former; heartbeats one by one.
    streams: bool,
}

impl RaftNetworkFactory<Types> for Network {
    type Network = Peer;

    async fn new_client(&mut self, _target: u64, node: &Member) -> Peer {
        Peer { network: self.clone(), member: node.clone(), streams: true }
    }

    async fn new_heartbeat_client(&mut self, _target: u64, node: &Member) -> Peer {
        Peer { network: self.clone(), member: node.clone(), streams: false }
    }
}

/// What a failed call means to openraft: back off when nobody is there, else try again.
fn failure(status: tonic::Status) -> RPCError<Types> {
    match status.code() {
        tonic::Code::Unavailable | tonic::Code::PermissionDenied | tonic::Code::ResourceExhausted => {
            RPCError::Unreachable(Unreachable::new(&status))
        }
        _ => RPCError::Network(NetworkError::new(&status)),
    }
}

fn garbled(error: Undecodable) -> RPCError<Types> {
    RPCError::Network(NetworkError::new(&error))
}

fn slow(what: &str) -> RPCError<Types> {
    RPCError::Network(NetworkError::from_string(format!("{what} took too long")))
}

impl Peer {
    fn client(&self, class: Class) -> PeerClient {
        self.network.links.client(&self.member, class)
    }

    fn header(&self) -> wire::Header {
        self.network.links.header(self.member.node_id)
    }

    /// Makes one call within its time, or the least that every call has.
    async fn call<T>(
        &self,
        within: Duration,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> Result<T, RPCError<Types>> {
        let answer = timeout(within.max(CALL_TIME_MIN), call).await.map_err(|_| slow("a call"))?;
        Ok(answer.map_err(failure)?.into_inner())
    }

    fn hear(&self, clock: u64, asked: Instant) {
        self.network.links.clocks.hear(self.member.node_id, clock, asked.elapsed());
    }

    /// Opens a stream with its first request in hand: openraft waits out its backoff inside `input`, so a stream that
    /// cannot be opened before `input` was asked would be tried again without any pause.
    async fn open_stream<S>(&self, mut input: S) -> Result<Option<Answers>, RPCError<Types>>
    where
        S: Stream<Item = AppendEntriesRequest<Types>> + Send + Unpin + 'static,
    {
        let Some(first) = input.next().await else { return Ok(None) };
        let input = futures::stream::iter([first]).chain(input);
        let sent = Arc::new(Sent::default());
        let (links, to, counter) = (Arc::clone(&self.network.links), self.member.node_id, Arc::clone(&sent));
        let requests = input.map(move |request| {
            counter.note(&request);
            codec::append_request(links.header(to), &request, links.witness.disks(to))
        });
        let mut client = self.client(Class::Log);
        let answers = self.call(STREAM_STALL_MAX, client.append_stream(requests)).await?;
        let (links, peer) = (Arc::clone(&self.network.links), self.member.node_id);
        Ok(Some(Answers { answers, sent, received: 0, links, peer }))
    }

    async fn send_snapshot(
        &self,
        vote: Vote,
        snapshot: Snapshot,
    ) -> Result<wire::SnapshotResponse, StreamingError<Types>> {
        let SnapshotData::Current { id, bytes } = snapshot.snapshot else {
            return Err(StreamingError::Closed(ReplicationClosed::new("only a snapshot at rest is sent")));
        };
        let info = self.network.engine.current_snapshot().ok().flatten();
        let Some(info) = info.filter(|info| info.id == id) else {
            return Err(StreamingError::Network(NetworkError::from_string("the snapshot was replaced by a newer one")));
        };
        tracing::info!(peer = self.member.node_id, id, bytes, "sending a snapshot");
        let first = wire::SnapshotPiece {
            header: Some(self.header()),
            vote: Some(codec::vote(&vote)),
            id: id.clone(),
            standing: prost::Message::decode(info.meta.as_slice()).ok(),
            ..Default::default()
        };
        let pieces = pieces(Arc::clone(&self.network.engine), id);
        let stream = futures::stream::iter([first]).chain(pieces);
        let mut client = self.client(Class::Snapshot);
        let sent = timeout(SNAPSHOT_INSTALL_TIME_MAX, client.install_snapshot(stream)).await;
        let answer =
            sent.map_err(|_| StreamingError::Network(NetworkError::from_string("a snapshot took too long")))?;
        match answer {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err(StreamingError::Unreachable(Unreachable::new(&status))),
        }
    }
}

/// The bytes of a snapshot at rest. Ends early when it cannot be read; the receiver notices and refuses.
fn pieces(engine: Arc<dyn Engine>, id: String) -> impl Stream<Item = wire::SnapshotPiece> + Send + 'static {
    futures::stream::unfold(Some(0), move |offset| {
        let (engine, id) = (Arc::clone(&engine), id.clone());
        async move {
            let offset = offset?;
            let read = beside(&engine, move |engine| engine.read_snapshot(&id, offset, SNAPSHOT_PIECE_BYTES));
            let bytes = read.await.ok()?.ok()??;
            let next = (!bytes.is_empty()).then_some(offset + bytes.len() as u64);
            let piece = wire::SnapshotPiece { bytes: bytes.into(), last: next.is_none(), ..Default::default() };
            Some((piece, next))
        }
    })
}

/// What was sent on one stream.
#[derive(Default)]
struct Sent {
    count: AtomicU64,
    /// The leader's term and what it knew to be committed, as of the last request.
    said: Mutex<(u64, Option<LogId>)>,
}

impl Sent {
    fn note(&self, request: &AppendEntriesRequest<Types>) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) =
            (request.vote.leader_id.term, request.leader_commit);
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a leader told a peer before it answered.
struct Said {
    peer: u64,
    term: u64,
    committed: Option<LogId>,
}

impl Said {
    /// Remembers what the answer says of the peer's disk. An answer that contradicts what is remembered does not reach
    /// openraft, which would send the same entries over and over: the peer counts as out of reach.
    fn noted(
        &self,
        links: &Links,
        result: StreamAppendResult<Types>,
    ) -> Result<StreamAppendResult<Types>, RPCError<Types>> {
        match &result {
            Ok(matched) => links.witness.follows(self.peer, *matched, self.committed, self.term),
            Err(StreamAppendError::Conflict(at)) if links.witness.contradicts(self.peer, at.index) => {
                metrics::counter!("lockstep_raft_peers_refused_total", "reason" => "lost_entries").increment(1);
                tracing::error!(peer = self.peer, index = at.index, "a peer lost entries that it had on disk");
                let text = "the peer lost entries that it had on disk";
                return Err(RPCError::Unreachable(Unreachable::from_string(text)));
            }
            Err(_) => {}
        }
        Ok(result)
    }
}

/// Answers to the requests of one stream, in order.
struct Answers {
    answers: tonic::Streaming<wire::AppendResponse>,
    sent: Arc<Sent>,
    received: u64,
    links: Arc<Links>,
    peer: u64,
}

impl Answers {
    /// The next answer; an error when one is owed and does not come.
    async fn next(&mut self) -> Option<Result<StreamAppendResult<Types>, RPCError<Types>>> {
        loop {
            let owed_before = self.sent.count.load(Ordering::Relaxed) > self.received;
            match timeout(STREAM_STALL_MAX, self.answers.next()).await {
                Ok(answer) => {
                    self.received += 1;
                    let answer = answer?.map_err(failure);
                    let result = answer.and_then(|answer| codec::read_append_response(answer).map_err(garbled));
                    let (term, committed) = *self.sent.said.lock().unwrap_or_else(PoisonError::into_inner);
                    let said = Said { peer: self.peer, term, committed };
                    return Some(result.and_then(|result| said.noted(&self.links, result)));
                }
                Err(_) if owed_before => return Some(Err(slow("an answer to log entries"))),
                Err(_) => {}
            }
        }
    }
}

impl RaftNetworkV2<Types> for Peer {
    type SnapshotData = SnapshotData;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        let message =
            codec::append_request(self.header(), &request, self.network.links.witness.disks(self.member.node_id));
        let (asked, mut client) = (Instant::now(), self.client(Class::Control));
        let answer = self.call(option.hard_ttl(), client.append(message)).await?;
        self.hear(answer.clock, asked);
        self.network.links.room.hear(self.member.node_id, answer.disk_full);
        let result = codec::read_append_response(answer).map_err(garbled)?;
        let said =
            Said { peer: self.member.node_id, term: request.vote.leader_id.term, committed: request.leader_commit };
        Ok(said.noted(&self.network.links, result)?.into())
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        option: RPCOption,
    ) -> BoxFuture<'s, Result<BoxStream<'s, Result<StreamAppendResult<Types>, RPCError<Types>>>, RPCError<Types>>>
    where
        S: Stream<Item = AppendEntriesRequest<Types>> + OptionalSend + Unpin + 'static,
    {
        if !self.streams {
            return stream_append_sequential(self, input, option);
        }
        Box::pin(async move {
            let answers = self.open_stream(input).await?;
            let results = futures::stream::unfold(answers, |answers| async move {
                let mut answers = answers?;
                let result = answers.next().await?;
                let goes_on = matches!(result, Ok(Ok(_)));
                Some((result, goes_on.then_some(answers)))
            });
            let results: BoxStream<'s, _> = Box::pin(results);
            Ok(results)
        })
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        let message = codec::vote_request(self.header(), &request);
        let (asked, mut client) = (Instant::now(), self.client(Class::Control));
        let answer = self.call(option.hard_ttl(), client.vote(message)).await?;
        self.hear(answer.clock, asked);
        let response = codec::read_vote_response(answer).map_err(garbled)?;
        if response.vote_granted {
            self.network.links.witness.votes(self.member.node_id, request.vote.leader_id.term);
        }
        Ok(response)
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        let message = codec::vote_request(self.header(), &request);
        let mut client = self.client(Class::Control);
        let answer = self.call(option.hard_ttl(), client.pre_vote(message)).await?;
        codec::read_vote_response(answer).map_err(garbled)
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let answer = tokio::select! {
            closed = cancel => return Err(StreamingError::Closed(closed)),
            answer = self.send_snapshot(vote, snapshot) => answer?,
        };
        let vote = codec::read_vote(answer.vote).map_err(|error| StreamingError::Network(NetworkError::new(&error)))?;
        Ok(SnapshotResponse::new(vote))
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Types>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Types>, RPCError<Types>> {
        let message = wire::TransferRequest {
            header: Some(self.header()),
            from_leader: Some(codec::vote(request.from_leader())),
            last_log: request.last_log_id().map(codec::log_id),
            target: *request.to_node_id(),
        };
        let mut client = self.client(Class::Control);
        let begun = Instant::now();
        loop {
            let answer = self.call(option.hard_ttl(), client.transfer_leader(message.clone())).await?;
            let answer = read_transfer_response(answer).map_err(garbled)?;
            // A disk that takes its time is waited for: this node takes nothing any more, and without a taker nobody does
            // until an election.
            match answer {
                Err(TransferLeaderError::LogNotFlushed { .. }) if begun.elapsed() < CALL_TIME_MIN => {}
                settled => return Ok(settled),
            }
        }
    }
}

fn read_transfer_response(answer: wire::TransferResponse) -> Result<TransferLeaderResponse<Types>, Undecodable> {
    use wire::transfer_response::Refusal;
    Ok(match answer.refusal {
        None => Ok(()),
        Some(Refusal::VoteChanged(changed)) => Err(TransferLeaderError::VoteChanged {
            expected: codec::read_vote(changed.expected)?,
            actual: codec::read_vote(changed.actual)?,
        }),
        Some(Refusal::LogNotFlushed(behind)) => Err(TransferLeaderError::LogNotFlushed {
            expected: codec::read_log_id_option(behind.expected)?,
            actual: codec::read_log_id_option(behind.actual)?,
        }),
    })
}

//! The calls of peers, as they come in.

use crate::admit::Call;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::wire::raft_peer_server::{RaftPeer, RaftPeerServer};
use crate::{Node, NodeSlot, PeerIdentity, Role, wire};
use futures::StreamExt as _;
use replica::NodeId;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

type Answer<T> = Result<Response<T>, Status>;

/// The door for peers' own calls.
pub(crate) struct PeerService {
    slot: NodeSlot,
}

impl PeerService {
    pub(crate) fn server(slot: NodeSlot) -> RaftPeerServer<Self> {
        RaftPeerServer::new(Self { slot })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }

    fn node(&self) -> Result<&Arc<Node>, Status> {
        self.slot.node().ok_or_else(|| Status::unavailable("this node is not a member yet"))
    }

    /// The node, and what is asked of it by whom, if that may be asked.
    fn admit<T>(
        &self,
        request: Request<T>,
        header: fn(&T) -> Option<&wire::Header>,
        call: Call,
    ) -> Result<(&Arc<Node>, NodeId, T), Status> {
        let node = self.node()?;
        let from = node.admit(request.extensions().get(), header(request.get_ref()), call)?;
        Ok((node, from, request.into_inner()))
    }
}

#[tonic::async_trait]
impl RaftPeer for PeerService {
    type AppendStreamStream = ReceiverStream<Result<wire::AppendResponse, Status>>;

    async fn append(&self, request: Request<wire::AppendRequest>) -> Answer<wire::AppendResponse> {
        let (node, from, request) = self.admit(request, |r| r.header.as_ref(), Call::Consensus)?;
        let clock = request.header.as_ref().map_or(0, |header| header.clock);
        node.links.clocks.hear(from.0, clock, Duration::ZERO);
        Ok(Response::new(node.consensus.append(request).await?))
    }

    async fn append_stream(
        &self,
        request: Request<Streaming<wire::AppendRequest>>,
    ) -> Answer<Self::AppendStreamStream> {
        let node = Arc::clone(self.node()?);
        let identity: Option<PeerIdentity> = request.extensions().get().copied();
        let admitting = Arc::clone(&node);
        let admitted = request.into_inner().map(move |request| {
            let request = request?;
            admitting.admit(identity.as_ref(), request.header.as_ref(), Call::Consensus)?;
            Ok(request)
        });
        Ok(Response::new(node.consensus.append_stream(admitted)))
    }

    async fn vote(&self, request: Request<wire::VoteRequest>) -> Answer<wire::VoteResponse> {
        let (node, _, request) = self.admit(request, |r| r.header.as_ref(), Call::Consensus)?;
        Ok(Response::new(node.consensus.vote(request).await?))
    }

    async fn pre_vote(&self, request: Request<wire::VoteRequest>) -> Answer<wire::VoteResponse> {
        let (node, _, request) = self.admit(request, |r| r.header.as_ref(), Call::Consensus)?;
        Ok(Response::new(node.consensus.pre_vote(request).await?))
    }

    async fn install_snapshot(
        &self,
        request: Request<Streaming<wire::SnapshotPiece>>,
    ) -> Answer<wire::SnapshotResponse> {
        let node = self.node()?;
        let identity: Option<PeerIdentity> = request.extensions().get().copied();
        let mut pieces = request.into_inner();
        let first = pieces.message().await?.ok_or_else(|| Status::invalid_argument("a snapshot without pieces"))?;
        node.admit(identity.as_ref(), first.header.as_ref(), Call::Consensus)?;
        Ok(Response::new(node.consensus.install_snapshot(first, pieces).await?))
    }

    async fn transfer_leader(&self, request: Request<wire::TransferRequest>) -> Answer<wire::TransferResponse> {
        let (node, _, request) = self.admit(request, |r| r.header.as_ref(), Call::Consensus)?;
        Ok(Response::new(node.consensus.handle_transfer(request).await?))
    }

    async fn propose(&self, request: Request<wire::ProposeRequest>) -> Answer<wire::ProposeResponse> {
        let (node, from, request) = self.admit(request, |r| r.header.as_ref(), Call::Service)?;
        Ok(Response::new(node.accept_forwarded(from, &request.proposal).await?))
    }

    async fn read_index(&self, request: Request<wire::ReadIndexRequest>) -> Answer<wire::ReadIndexResponse> {
        use wire::read_index_response::Result as R;
        let (node, _, _) = self.admit(request, |r| r.header.as_ref(), Call::Service)?;
        let leads = node.consensus.observed().borrow().role == Role::Leader;
        let index = if leads { node.rounds.join().await } else { None };
        faults::point("raft.read.answering");
        let result = match index {
            Some(Ok(index)) => R::Index(index),
            Some(Err(_)) | None => R::NotLeading(true),
        };
        Ok(Response::new(wire::ReadIndexResponse { result: Some(result) }))
    }

    async fn recall(&self, request: Request<wire::RecallRequest>) -> Answer<wire::RecallResponse> {
        let (node, from, _) = self.admit(request, |r| r.header.as_ref(), Call::Consensus)?;
        Ok(Response::new(node.links.witness.recall(from.0)))
    }
}

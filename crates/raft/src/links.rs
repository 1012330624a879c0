//! Connections to peers: opened when needed, kept, opened again after a pause when they break.

use crate::clocks::Clocks;
use crate::consensus::Witness;
use crate::limits::{CONNECT_TIME_MAX, LATE_ANSWERS_MAX, MESSAGE_BYTES_MAX, RECONNECT_PAUSE};
use crate::room::Room;
use crate::wire::raft_peer_client::RaftPeerClient;
use crate::{ClusterId, Config, Connection, Incarnation, Member, PeerName, Transport, wire};
use hyper_util::rt::TokioIo;
use replica::NodeId;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use tonic::transport::{Channel, Endpoint};

/// A connection of its own for each kind of traffic, so that a snapshot never delays a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Heartbeats, votes, read indexes.
    Control,
    /// Log entries and proposals.
    Log,
    /// Snapshots.
    Snapshot,
}

/// A client of a peer.
pub(crate) type PeerClient = RaftPeerClient<Channel>;

/// The first error of this kind among the causes of a failed call.
pub(crate) fn cause<E: Error + 'static>(status: &tonic::Status) -> Option<&E> {
    let mut cause = status.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Connections of this node to all peers.
pub(crate) struct Links {
    me: NodeId,
    cluster: ClusterId,
    incarnation: Incarnation,
    transport: Arc<dyn Transport>,
    pub(crate) clocks: Arc<Clocks>,
    /// What the peers' disks were seen to hold.
    pub(crate) witness: Arc<Witness>,
    /// Room on this node's disk and on the peers'.
    pub(crate) room: Arc<Room>,
    channels: Mutex<BTreeMap<(u64, String, Class), Channel>>,
    /// Where connections are kept, whoever has them opened from wherever.
    runtime: Handle,
}

impl Links {
    /// None is open. They are kept by the runtime that this is called in.
    pub(crate) fn new(config: &Config, transport: Arc<dyn Transport>, clocks: Arc<Clocks>) -> Self {
        let Config { cluster_id: cluster, incarnation, ref member, .. } = *config;
        Self {
            me: member.id(),
            cluster,
            incarnation,
            transport,
            clocks,
            witness: Arc::default(),
            room: Arc::default(),
            channels: Mutex::default(),
            runtime: Handle::current(),
        }
    }

    /// What a call to `to` opens with.
    pub(crate) fn header(&self, to: u64) -> wire::Header {
        wire::Header {
            cluster_id: self.cluster.0.to_vec(),
            from: self.me.0,
            to,
            clock: self.clocks.now_millis(),
            incarnation: self.incarnation.to_wire(),
        }
    }

    /// A client of `member`. Connects with the first call.
    pub(crate) fn client(&self, member: &Member, class: Class) -> PeerClient {
        let key = (member.node_id, member.peer_addr.clone(), class);
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = channels.entry(key).or_insert_with(|| self.open(member)).clone();
        RaftPeerClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }

    /// Has the connections to a peer opened that a lead would need at once: opening them then would be time without service.
    pub(crate) async fn warm(&self, member: &Member) {
        for class in [Class::Control, Class::Log] {
            let mut request = tonic::Request::new(wire::ReadIndexRequest { header: Some(self.header(member.node_id)) });
            request.set_timeout(CONNECT_TIME_MAX);
            // Whatever the answer, the connection is there.
            let _ = self.client(member, class).read_index(request).await;
        }
    }

    fn open(&self, member: &Member) -> Channel {
        let dialer = Arc::new(Dialer {
            address: member.peer_addr.clone(),
            peer: PeerName { node: member.id(), cluster: self.cluster },
            transport: Arc::clone(&self.transport),
            pause: Mutex::new(Pause { until: Instant::now(), next: RECONNECT_PAUSE.0 }),
        });
        let _kept_there = self.runtime.enter();
        // The dialer knows where to go; the address here only fills the authority header.
        Endpoint::from_static("http://peer.lockstep")
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(8 << 20)
            .http2_max_concurrent_reset_streams(LATE_ANSWERS_MAX.0)
            .http2_reset_stream_duration(LATE_ANSWERS_MAX.1)
            .http2_keep_alive_interval(Duration::from_secs(1))
            .keep_alive_timeout(Duration::from_secs(2))
            .keep_alive_while_idle(true)
            .connect_with_connector_lazy(tower::service_fn(move |_| {
                let dialer = Arc::clone(&dialer);
                async move { dialer.dial().await.map(TokioIo::new) }
            }))
    }
}

struct Dialer {
    address: String,
    peer: PeerName,
    transport: Arc<dyn Transport>,
    pause: Mutex<Pause>,
}

struct Pause {
    until: Instant,
    next: Duration,
}

impl Dialer {
    async fn dial(&self) -> io::Result<Connection> {
        let until = self.pause.lock().unwrap_or_else(PoisonError::into_inner).until;
        if Instant::now() < until {
            return Err(io::Error::other("the peer was out of reach a moment ago"));
        }
        let connecting = self.transport.connect(&self.address, self.peer);
        let dialed =
            timeout(CONNECT_TIME_MAX, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        match &dialed {
            Ok(_) => pause.next = RECONNECT_PAUSE.0,
            Err(error) => {
                tracing::debug!(peer = %self.peer, address = self.address, %error, "cannot connect to a peer");
                metrics::counter!("lockstep_raft_connect_failures_total").increment(1);
                pause.until = Instant::now() + pause.next;
                pause.next = (pause.next * 2).min(RECONNECT_PAUSE.1);
            }
        }
        dialed
    }
}

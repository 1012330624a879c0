//! What is sent as a snapshot and is none ends nobody: it is refused, and the next one is taken.

use crate::kit::{CLUSTER, Cluster, has, propose, until};
use crate::peers::{Header, connect, header};
use raft::Role;
use replica::{NodeId, Replica as _};
use store::Engine as _;
use store::simulated::SimulatedDisk;
use tonic::{Code, Status};

#[derive(Clone, PartialEq, prost::Message)]
struct LeaderId {
    #[prost(uint64, tag = "1")]
    term: u64,
    #[prost(uint64, tag = "2")]
    node: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Vote {
    #[prost(message, optional, tag = "1")]
    leader: Option<LeaderId>,
    #[prost(bool, tag = "2")]
    committed: bool,
}

/// A piece of a snapshot, with its standing as bytes.
#[derive(Clone, PartialEq, prost::Message)]
struct Piece {
    #[prost(message, optional, tag = "1")]
    header: Option<Header>,
    #[prost(message, optional, tag = "2")]
    vote: Option<Vote>,
    #[prost(string, tag = "3")]
    id: String,
    #[prost(bytes = "vec", tag = "4")]
    standing: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    bytes: Vec<u8>,
    #[prost(bool, tag = "6")]
    last: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Anything {}

/// A standing at entry `index` of a far term.
fn standing(index: u8) -> Vec<u8> {
    let log_id = [&[0x0a, 4, 0x08, 99, 0x10, 1][..], &[0x10, index]].concat();
    [&[0x08, 1, 0x12, log_id.len() as u8][..], &log_id, &[0x22, 0, 0x2a, 32], &[7; 32]].concat()
}

/// A whole snapshot of that standing.
fn whole(id: &str, standing: &[u8]) -> Vec<u8> {
    let engine = SimulatedDisk::new().open();
    engine.commit(Vec::new(), standing.to_vec()).expect("memory");
    engine.build_snapshot(id).expect("memory");
    engine.read_snapshot(id, 0, usize::MAX).expect("memory").expect("current")
}

async fn send(cluster: &Cluster, from: u64, to: u64, pieces: Vec<Piece>) -> Result<(), Status> {
    let tls = cluster.authority.tls(NodeId(from), CLUSTER).client;
    let mut grpc = tonic::client::Grpc::new(connect(&cluster.host(to).member, tls).await);
    grpc.ready().await.expect("a lazy channel is ready");
    let path = "/lockstep.raft.v1.RaftPeer/InstallSnapshot".parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<Piece, Anything>::default();
    let pieces = tonic::Request::new(tokio_stream::iter(pieces));
    grpc.client_streaming(pieces, path, codec).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_snapshot_is_refused_and_the_node_lives() {
    let mut cluster = Cluster::start_with(3, |config| {
        config.snapshot_every = 40;
        config.log_tail_kept = 5;
    })
    .await;
    let (leader, follower) = (cluster.leader().await, cluster.follower().await);
    let (from, to) = (leader.id().0, follower.id().0);
    let good = whole("it", &standing(9));
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for (what, announced, bytes) in [
        ("no snapshot", standing(9), b"no snapshot".to_vec()),
        ("nothing", standing(9), Vec::new()),
        ("half of one", standing(9), good[..good.len() / 2].to_vec()),
        ("a flipped bit", standing(9), flipped),
        ("another standing than announced", standing(8), good),
    ] {
        let vote = Some(Vote { leader: Some(LeaderId { term: 99, node: from }), committed: true });
        let first =
            Piece { header: header(CLUSTER, from, to), vote, id: "it".into(), standing: announced, ..Piece::default() };
        let last = Piece { bytes, last: true, ..Piece::default() };
        let refused = send(&cluster, from, to, vec![first, last]).await.expect_err(what);
        assert_eq!(refused.code(), Code::DataLoss, "{what}: {refused}");
    }
    assert_eq!(*cluster.host(to).fatal.lock().expect("no panic"), Vec::<String>::new());
    assert!(follower.status().role == Role::Follower && follower.status().term < 99, "a refused leader leads nobody");
    drop(follower);
    cluster.kill(to).await;
    for id in 0..200 {
        propose(&leader, id, crate::kit::Put { key: format!("k{id}"), value: "v".to_owned() }).await.expect("agreed");
    }
    until("the leader's log does not begin there any more", || leader.status().purged > Some(100)).await;
    cluster.restart(to).await;
    let view = cluster.node(to);
    let view = view.read().await.expect("a view");
    assert!((0..200).all(|id| has(&*view, &format!("k{id}"))), "the next snapshot is taken");
}

//! Who may call, and what a door without a node serves.

use crate::kit::{Authority, CLUSTER, Cluster, Put, TestClock, propose, until, value};
use hyper_util::rt::TokioIo;
use raft::{
    ClusterId, Config, Fatal, Member, Node, NodeSlot, Parts, PeerIdentity, PeerName, Role, SharedTls, serve_peers,
};
use replica::{NodeId, Replica as _};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use std::sync::Arc;
use store::simulated::SimulatedDisk;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

const OTHER: ClusterId = ClusterId([0xd2; 16]);

/// The header of every call, and a call that has nothing else.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Header {
    #[prost(bytes = "vec", tag = "1")]
    cluster_id: Vec<u8>,
    #[prost(uint64, tag = "2")]
    from: u64,
    #[prost(uint64, tag = "3")]
    to: u64,
    #[prost(bytes = "vec", tag = "5")]
    incarnation: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Call {
    #[prost(message, optional, tag = "1")]
    header: Option<Header>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Anything {}

pub(crate) fn header(cluster: ClusterId, from: u64, to: u64) -> Option<Header> {
    Some(Header { cluster_id: cluster.0.to_vec(), from, to, incarnation: Vec::new() })
}

/// Of a cluster that was restored from a snapshot file of [`CLUSTER`].
fn restored(from: u64, to: u64) -> Option<Header> {
    header(CLUSTER, from, to).map(|header| Header { incarnation: vec![9; 16], ..header })
}

pub(crate) async fn connect(member: &Member, tls: Arc<ClientConfig>) -> Channel {
    let name = PeerName { node: member.id(), cluster: CLUSTER }.to_string();
    let (address, name) = (member.peer_addr.clone(), ServerName::try_from(name).expect("a DNS name"));
    let connector = tower::service_fn(move |_| {
        let (address, name, tls) = (address.clone(), name.clone(), Arc::clone(&tls));
        async move {
            let tcp = TcpStream::connect(address).await?;
            TlsConnector::from(tls).connect(name, tcp).await.map(TokioIo::new)
        }
    });
    Endpoint::from_static("http://peer").connect_with_connector_lazy(connector)
}

async fn call(member: &Member, tls: Arc<ClientConfig>, method: &str, header: Option<Header>) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(connect(member, tls).await);
    grpc.ready().await.expect("a lazy channel is ready");
    let path = format!("/lockstep.raft.v1.RaftPeer/{method}").parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<Call, Anything>::default();
    grpc.unary(tonic::Request::new(Call { header }), path, codec).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_claim_and_membership_must_agree() {
    let cluster = Cluster::start(2).await;
    let member = cluster.host(1).member.clone();
    let of = |node, id| cluster.authority.tls(NodeId(node), id).client;
    let rows = [
        ("its own call", of(2, CLUSTER), header(CLUSTER, 2, 1), None),
        ("no header", of(2, CLUSTER), None, Some("no_header")),
        ("no certificate", cluster.authority.anonymous(), header(CLUSTER, 2, 1), Some("no_certificate")),
        ("claims to be another node", of(2, CLUSTER), header(CLUSTER, 1, 1), Some("forged_id")),
        ("claims to be in another cluster", of(2, CLUSTER), header(OTHER, 2, 1), Some("other_cluster")),
        ("claims to be in another incarnation", of(2, CLUSTER), restored(2, 1), Some("other_incarnation")),
        ("certificate of another cluster", of(2, OTHER), header(CLUSTER, 2, 1), Some("other_cluster")),
        ("meant for another node", of(2, CLUSTER), header(CLUSTER, 2, 7), Some("other_node")),
        ("no member", of(3, CLUSTER), header(CLUSTER, 3, 1), Some("no_member")),
    ];
    for method in ["ReadIndex", "Propose"] {
        for (what, tls, header, refusal) in rows.clone() {
            let answer = call(&member, tls, method, header).await;
            match refusal {
                Some(reason) => {
                    let status = answer.expect_err(what);
                    assert_eq!((status.code(), status.message()), (Code::PermissionDenied, reason), "{method}: {what}");
                }
                // An empty proposal passes the door and is found malformed behind it.
                None => assert!(answer.is_ok_and(|()| true) || method == "Propose", "{method}: {what}"),
            }
        }
    }
    for method in ["Vote", "PreVote", "Append", "TransferLeader"] {
        let answer = call(&member, of(1, CLUSTER), method, header(CLUSTER, 2, 1)).await;
        assert_eq!(answer.expect_err(method).message(), "forged_id", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_the_tables_call_removed_is_refused() {
    let cluster = Cluster::start(2).await;
    let (member, tls) = (cluster.host(1).member.clone(), cluster.authority.tls(NodeId(2), CLUSTER).client);
    call(&member, Arc::clone(&tls), "ReadIndex", header(CLUSTER, 2, 1)).await.expect("a member is let in");
    cluster.node(1).refuse_peers(|_, peer| peer == NodeId(2));
    for method in ["Append", "Vote", "PreVote", "TransferLeader", "Propose", "ReadIndex"] {
        let status = call(&member, Arc::clone(&tls), method, header(CLUSTER, 2, 1)).await.expect_err(method);
        assert_eq!((status.code(), status.message()), (Code::PermissionDenied, "removed"), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_another_authority_does_not_get_in() {
    let cluster = Cluster::start(1).await;
    let member = cluster.host(1).member.clone();
    let foreign = Authority::new(CLUSTER).tls(NodeId(1), CLUSTER).client;
    let status = call(&member, foreign, "ReadIndex", header(CLUSTER, 1, 1)).await.expect_err("foreign");
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_node_is_refused_and_one_that_is_newer_than_what_a_node_knows_is_not() {
    let mut cluster = Cluster::start(3).await;
    if cluster.leader().await.id() == NodeId(3) {
        cluster.node(3).transfer_leader(NodeId(1)).await.expect("handed over");
    }
    let leader = cluster.leader().await;
    leader.remove(NodeId(3)).await.expect("removed");
    let member = cluster.host(leader.id().0).member.clone();
    let me = leader.id().0;
    let as_node = |node| cluster.authority.tls(NodeId(node), CLUSTER).client;
    let removed = call(&member, as_node(3), "PreVote", header(CLUSTER, 3, me)).await;
    assert_eq!(removed.expect_err("removed").message(), "no_member");
    let newer = call(&member, as_node(9), "PreVote", header(CLUSTER, 9, me)).await;
    assert_eq!(newer.expect_err("without a vote").code(), Code::InvalidArgument, "it is let in to be read");

    // Node 2 is away while everybody else is replaced, and still finds the cluster.
    if leader.id() == NodeId(2) {
        leader.transfer_leader(NodeId(1)).await.expect("handed over");
        cluster.leader().await;
    }
    cluster.kill(3).await;
    cluster.add_host(4).await;
    cluster.join(4).await;
    cluster.kill(2).await;
    cluster.add_host(5).await;
    cluster.join(5).await;
    let leader = cluster.leader().await;
    if leader.id() == NodeId(1) {
        leader.transfer_leader(NodeId(4)).await.expect("handed over");
    }
    cluster.leader().await.remove(NodeId(1)).await.expect("removed");
    cluster.kill(1).await;
    cluster.restart(2).await;
    propose(&cluster.node(2), 1, Put { key: "a".into(), value: "1".into() }).await.expect("agreed");
    assert_eq!(value(&*cluster.node(5).read().await.expect("a view"), "a").as_deref(), Some("1"));
    cluster.invariant_chains_are_equal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_without_a_node_serves_the_other_routes_and_tells_them_who_calls() {
    let authority = Authority::new(CLUSTER);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let member =
        Member { node_id: 1, peer_addr: listener.local_addr().expect("bound").to_string(), ..Member::default() };
    let tls = Arc::new(SharedTls::new(authority.tls(NodeId(1), CLUSTER)));
    let (slot, door) = (NodeSlot::new(), CancellationToken::new());
    let mut extra = tonic::service::Routes::default();
    let router = extra.axum_router_mut();
    *router = std::mem::take(router).route("/who", axum::routing::get(who));
    let serving = tokio::spawn(serve_peers(listener, Arc::clone(&tls), slot.clone(), extra, door.clone()));

    let own = authority.tls(NodeId(2), CLUSTER).client;
    let status = call(&member, Arc::clone(&own), "ReadIndex", header(CLUSTER, 2, 1)).await.expect_err("no node");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(get_who(&member, own).await, format!("2.{CLUSTER}.lockstep"));
    assert_eq!(get_who(&member, authority.anonymous()).await, "nobody");

    let parts = Parts {
        engine: Arc::new(SimulatedDisk::new().open()),
        machine: Arc::new(crate::kit::machine()),
        clock: Arc::new(TestClock::default()),
        transport: tls,
        evict: Arc::new(|_| {}),
        fatal: Fatal::hook(|_| {}),
    };
    let node = Node::start(Config::new(CLUSTER, member.clone()), parts).await.expect("it starts");
    assert!(slot.attach(Arc::clone(&node)));
    node.initialize().await.expect("born");
    until("it leads", || node.status().role == Role::Leader).await;
    let own = authority.tls(NodeId(1), CLUSTER).client;
    call(&member, own, "ReadIndex", header(CLUSTER, 1, 1)).await.expect("served");
    door.cancel();
    serving.await.expect("no panic").expect("the listener works");
}

async fn who(axum::Extension(PeerIdentity(name)): axum::Extension<PeerIdentity>) -> String {
    name.map_or("nobody".to_owned(), |name| name.to_string())
}

async fn get_who(member: &Member, tls: Arc<ClientConfig>) -> String {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    let channel = connect(member, tls).await;
    let request = http::Request::get("http://peer/who").body(tonic::body::Body::empty()).expect("a request");
    let answer = channel.oneshot(request).await.expect("answered");
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

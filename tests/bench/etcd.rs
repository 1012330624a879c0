//! A three-node etcd on loopback, from Debian's etcd-server, as a yardstick.
//!
//! The few messages of its API that are sent are written out here: <https://etcd.io/docs/v3.4/dev-guide/api_reference_v3/>

use crate::load::closed_loop;
use crate::signed::{GrpcCall, channels};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Duration;
use tests::{Process, free_ports, scratch, until_async};
use tonic::transport::Channel;

const CALLERS: usize = 64;
const CHANNELS_PER_MEMBER: usize = 2;
/// How long a member may take to come up.
const STARTS: Duration = Duration::from_secs(20);
/// Value of a put, in bytes.
const VALUE: [u8; 256] = [7; 256];

/// A put.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StatusRequest {}

#[derive(Clone, PartialEq, prost::Message)]
struct ResponseHeader {
    #[prost(uint64, tag = "2")]
    member_id: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StatusResponse {
    #[prost(message, optional, tag = "1")]
    header: Option<ResponseHeader>,
    #[prost(uint64, tag = "4")]
    leader: u64,
}

/// A put that can be sent any number of times.
pub(crate) type Put = GrpcCall<PutRequest, Answer>;

/// Nothing of an answer is looked at but that it came.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Answer {}

/// The running cluster.
pub(crate) struct Etcd {
    members: Vec<Process>,
    /// The command line of each member, and where its outputs go.
    lines: Vec<(Vec<String>, PathBuf)>,
    _folder: tempfile::TempDir,
    channels: Vec<Channel>,
}

impl Etcd {
    /// Starts three members and waits until they take a put.
    pub(crate) async fn start() -> Result<Self> {
        let folder = scratch();
        let ports = free_ports(6)?;
        let peer = |n: usize| format!("http://127.0.0.1:{}", ports[2 * n + 1]);
        let all: Vec<String> = (0..3).map(|n| format!("m{n}={}", peer(n))).collect();
        let (mut members, mut lines) = (Vec::new(), Vec::new());
        for n in 0..3 {
            let client = format!("http://127.0.0.1:{}", ports[2 * n]);
            let data = folder.path().join(format!("m{n}"));
            let words = [
                "etcd",
                "--name",
                &format!("m{n}"),
                "--data-dir",
                &data.display().to_string(),
                "--listen-client-urls",
                &client,
                "--advertise-client-urls",
                &client,
                "--listen-peer-urls",
                &peer(n),
                "--initial-advertise-peer-urls",
                &peer(n),
                "--initial-cluster",
                &all.join(","),
                "--initial-cluster-state",
                "new",
            ];
            let log = folder.path().join(format!("m{n}.log"));
            let line = words.map(str::to_owned).to_vec();
            members.push(Process::start(&line, &[], &log).context("Debian's etcd-server is needed")?);
            lines.push((line, log));
        }
        let mut all = Vec::new();
        for n in 0..3 {
            let endpoint = format!("http://127.0.0.1:{}", ports[2 * n]);
            let connect = || async { channels(&endpoint, CHANNELS_PER_MEMBER).await.ok() };
            all.extend(until_async("etcd listens", STARTS, connect).await?);
        }
        let etcd = Self { members, lines, _folder: folder, channels: all };
        let takes = || async { etcd.put_call(0).send().await.ok() };
        until_async("etcd takes a put", STARTS, takes).await?;
        Ok(etcd)
    }

    pub(crate) async fn put(&self, time: Duration) -> Result<f64> {
        let callers = (0..CALLERS).map(|n| self.put_call(n)).collect();
        closed_loop(callers, time, |call| async { call.send().await.map(drop) }).await
    }

    pub(crate) async fn get(&self, time: Duration) -> Result<f64> {
        let get = |n: usize| {
            let request = RangeRequest { key: format!("/bench/{n}").into_bytes() };
            GrpcCall::<_, Answer>::plain(self.channel(n), "/etcdserverpb.KV/Range", request)
        };
        closed_loop((0..CALLERS).map(get).collect(), time, |call| async { call.send().await.map(drop) }).await
    }

    /// Puts keys 0 to `count`, each once.
    pub(crate) async fn fill(&self, count: usize) -> Result<()> {
        let writers = (0..CALLERS).map(|first| async move {
            for n in (first..count).step_by(CALLERS) {
                self.put_call(n).send().await?;
            }
            Ok::<(), anyhow::Error>(())
        });
        futures::future::try_join_all(writers).await.map(drop)
    }

    /// The process ids of its members.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.members.iter().map(Process::pid).collect()
    }

    /// A put at one member.
    pub(crate) fn put_at(&self, member: usize) -> Put {
        self.put_call(member * CHANNELS_PER_MEMBER)
    }

    /// Waits until a member says that it leads, and gives its number.
    pub(crate) async fn wait_leader(&self) -> Result<usize> {
        let leader = || async {
            for member in 0..self.members.len() {
                let status = self.status(member).await;
                if status.is_ok_and(|status| status.header.is_some_and(|header| header.member_id == status.leader)) {
                    return Some(member);
                }
            }
            None
        };
        until_async("etcd has a leader", STARTS, leader).await
    }

    /// kill -9.
    pub(crate) fn kill(&mut self, member: usize) -> Result<()> {
        self.members[member].kill()
    }

    /// Starts a member that was killed, and waits until it knows its leader.
    pub(crate) async fn run(&mut self, member: usize) -> Result<()> {
        let (line, log) = &self.lines[member];
        self.members[member] = Process::start(line, &[], log)?;
        let follows = || async { self.status(member).await.ok().filter(|status| status.leader != 0) };
        until_async("a member of etcd is back", STARTS, follows).await.map(drop)
    }

    async fn status(&self, member: usize) -> Result<StatusResponse> {
        let channel = self.channel(member * CHANNELS_PER_MEMBER);
        GrpcCall::plain(channel, "/etcdserverpb.Maintenance/Status", StatusRequest {}).send().await
    }

    fn put_call(&self, caller: usize) -> Put {
        let request = PutRequest { key: format!("/bench/{caller}").into_bytes(), value: VALUE.to_vec() };
        GrpcCall::plain(self.channel(caller), "/etcdserverpb.KV/Put", request)
    }

    fn channel(&self, caller: usize) -> &Channel {
        &self.channels[caller % self.channels.len()]
    }
}

//! `lockstep status`: asks every node that is named, and says of the others that they are down.

use crate::cli;
use crate::dev::{Layout, pointer};
use crate::output::{Output, say, say_json, table};
use anyhow::{Context as _, Result};
use node::v1::{Membership, Phase, StatusRequest, StatusResponse};
use serde::Serialize;
use std::collections::BTreeSet;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Where a node's data is when nothing else is said.
const DEFAULT_DATA: &str = "/var/lib/lockstep";
/// How long a node may take to answer before it counts as down: a paused one never does.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// The exit code that says that a node did not answer, or, where that was asked, is not ready.
const SOME_DOWN: u8 = 3;

/// A node to ask, and what is known of it without asking.
pub struct Named {
    pub name: String,
    pub zone: String,
    pub socket: PathBuf,
}

/// How a node stands. A node that does not answer has its name and its health alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    pub name: String,
    pub zone: String,
    pub region: Option<String>,
    pub id: Option<u64>,
    pub pid: Option<u32>,
    /// `ok`, `not ready` or `down`.
    pub health: String,
    pub ready: bool,
    /// Why it is not ready.
    pub reason: Option<String>,
    /// empty, beginning, member, draining, quarantined.
    pub phase: Option<String>,
    /// leader, follower, candidate, learner.
    pub role: Option<String>,
    pub term: Option<u64>,
    pub leader: Option<u64>,
    pub applied: Option<u64>,
    pub lag: Option<u64>,
    pub chain: Option<String>,
    pub keyring_held: Option<u64>,
    pub keyring_needed: Option<u64>,
    pub voters: Option<usize>,
    /// How many more voters may fail before the cluster stops; nothing when no leader answers.
    pub failures_survivable: Option<u64>,
    /// Voters that the leader has not heard lately.
    pub dead_voters: Vec<DeadVoter>,
    /// Who belongs to the cluster, as far as this node knows.
    pub members: Vec<MemberStatus>,
    pub endpoint: Option<String>,
    pub metrics: Option<String>,
    pub version: Option<String>,
    /// Whether its disk is full: it is read-only then.
    pub disk_full: bool,
}

/// A member of the cluster, whether it runs or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberStatus {
    pub id: u64,
    pub name: String,
    pub zone: String,
    /// Where the others reach it.
    pub peers: String,
    pub voter: bool,
}

/// A voter that the leader has not heard lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadVoter {
    pub id: u64,
    pub name: String,
    pub zone: String,
    /// How long the leader has not heard it; nothing when not since the leader's process began.
    pub silent_ms: Option<u64>,
}

/// Prints how the nodes stand.
pub fn run(arguments: &cli::Status) -> Result<ExitCode> {
    let named = named(arguments)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let nodes = runtime.block_on(ask_all(&named));
    match arguments.output {
        Output::Json => say_json(&serde_json::json!({ "nodes": nodes })),
        Output::Table => {
            say(&as_table(&nodes));
            summary(&nodes).iter().for_each(|line| say(line));
        }
    }
    let some_down = nodes.iter().any(|node| node.pid.is_none() || (arguments.ready && !node.ready));
    Ok(if some_down { ExitCode::from(SOME_DOWN) } else { ExitCode::SUCCESS })
}

/// Asks all nodes at once.
pub async fn ask_all(named: &[Named]) -> Vec<NodeStatus> {
    futures::future::join_all(named.iter().map(ask)).await
}

/// Asks one node.
pub async fn ask(named: &Named) -> NodeStatus {
    let answer = tokio::time::timeout(ANSWERS_WITHIN, async {
        let mut client = node::admin::connect(&named.socket).await.ok()?;
        Some(client.status(StatusRequest {}).await.ok()?.into_inner())
    });
    match answer.await {
        Ok(Some(answer)) => describe(answer),
        _ => NodeStatus {
            name: named.name.clone(),
            zone: named.zone.clone(),
            health: "down".to_owned(),
            ..NodeStatus::default()
        },
    }
}

fn describe(answer: StatusResponse) -> NodeStatus {
    let phase = match answer.phase() {
        Phase::Empty => "empty",
        Phase::Beginning => "beginning",
        Phase::Member => "member",
        Phase::Draining => "draining",
        Phase::Quarantined => "quarantined",
        Phase::Unspecified => "unknown",
    };
    let status = NodeStatus {
        region: Some(answer.region),
        pid: Some(answer.pid),
        health: if answer.ready { "ok" } else { "not ready" }.to_owned(),
        ready: answer.ready,
        reason: Some(answer.reason).filter(|reason| !reason.is_empty()),
        phase: Some(phase.to_owned()),
        endpoint: Some(answer.endpoint),
        metrics: Some(answer.metrics),
        version: Some(answer.version),
        disk_full: answer.disk_full,
        name: answer.name,
        zone: answer.zone,
        ..NodeStatus::default()
    };
    match answer.membership {
        Some(membership) => with_membership(status, membership),
        None => status,
    }
}

fn with_membership(status: NodeStatus, membership: Membership) -> NodeStatus {
    let member = |member: node::v1::Member| MemberStatus {
        id: member.node_id,
        name: member.name,
        zone: member.zone,
        peers: member.peer_address,
        voter: member.voter,
    };
    let dead = |dead: node::v1::DeadVoter| DeadVoter {
        id: dead.node_id,
        name: dead.name,
        zone: dead.zone,
        silent_ms: dead.silent_ms,
    };
    let voters = membership.voters.as_ref();
    NodeStatus {
        failures_survivable: voters.map(|voters| voters.failures_survivable),
        dead_voters: membership.voters.map(|voters| voters.dead).unwrap_or_default().into_iter().map(dead).collect(),
        id: Some(membership.node_id),
        role: Some(membership.role),
        term: Some(membership.term),
        leader: Some(membership.leader_id).filter(|leader| *leader != 0),
        applied: Some(membership.applied),
        lag: Some(membership.lag),
        chain: Some(membership.chain),
        keyring_held: Some(membership.keyring_held),
        keyring_needed: Some(membership.keyring_needed),
        voters: Some(membership.members.iter().filter(|member| member.voter).count()),
        members: membership.members.into_iter().map(member).collect(),
        ..status
    }
}

/// The nodes that the command line names, or those of the development cluster that was started last of those that run,
/// or this machine's.
fn named(arguments: &cli::Status) -> Result<Vec<Named>> {
    if !arguments.node.is_empty() {
        return Ok(arguments.node.iter().map(|path| by_path(path)).collect());
    }
    match arguments.data.clone().or_else(|| last_started(pointer::read(), Path::new(DEFAULT_DATA))) {
        Some(data) => of_dev(&data),
        None => Ok(vec![by_path(Path::new(DEFAULT_DATA))]),
    }
}

fn of_dev(data: &Path) -> Result<Vec<Named>> {
    let layout = Layout::read(data).with_context(|| format!("{} holds no development cluster", data.display()))?;
    Ok(layout.nodes())
}

/// The cluster that was started last of those that run. Of none that does, the last one, where there is no server's folder:
/// on a server's machine a development cluster that was killed says nothing.
fn last_started(pointers: Vec<PathBuf>, server: &Path) -> Option<PathBuf> {
    let there: Vec<PathBuf> = pointers.into_iter().filter(|data| Layout::is_at(data)).collect();
    let runs = |data: &&PathBuf| {
        let nodes = Layout::read(data).map(|layout| layout.nodes()).unwrap_or_default();
        nodes.iter().any(|node| UnixStream::connect(&node.socket).is_ok())
    };
    let last = || there.first().filter(|_| !server.exists());
    there.iter().find(runs).or_else(last).cloned()
}

fn by_path(path: &Path) -> Named {
    Named { name: path.display().to_string(), zone: String::new(), socket: socket_of(path) }
}

/// The admin socket of a node that is named by its data folder or by the socket itself.
pub fn socket_of(path: &Path) -> PathBuf {
    if path.is_dir() { node::Folder::admin_socket_in(path) } else { path.to_owned() }
}

/// Nodes in columns.
pub fn as_table(nodes: &[NodeStatus]) -> String {
    let heading = ["ZONE", "NODE", "ID", "PID", "HEALTH", "ROLE", "TERM", "APPLIED", "LAG", "ENDPOINT", "METRICS"];
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |node: &NodeStatus| {
        let health = match &node.reason {
            Some(reason) => format!("{}: {reason}", node.health),
            None if node.disk_full => format!("{}: the disk is full, read-only", node.health),
            None => node.health.clone(),
        };
        [
            node.zone.clone(),
            node.name.clone(),
            number(node.id),
            number(node.pid.map(u64::from)),
            health,
            text(&node.role),
            number(node.term),
            number(node.applied),
            number(node.lag),
            text(&node.endpoint),
            text(&node.metrics),
        ]
    };
    table(&heading, nodes.iter().map(row))
}

/// What the clusters of these nodes can still bear, one line each, and one for each voter that is dead. Of several nodes
/// of a Region, the one that knows and is in the highest term speaks.
pub fn summary(nodes: &[NodeStatus]) -> Vec<String> {
    let regions: BTreeSet<&String> = nodes.iter().filter_map(|node| node.region.as_ref()).collect();
    let mut lines = Vec::new();
    for region in &regions {
        let of_region = nodes.iter().filter(|node| node.region.as_ref() == Some(*region) && node.role.is_some());
        let Some(says) = of_region.max_by_key(|node| (node.failures_survivable.is_some(), node.term)) else { continue };
        let cluster = if regions.len() > 1 { format!("{region}: the cluster") } else { "The cluster".to_owned() };
        lines.push(match says.failures_survivable {
            None => format!("{cluster} has no leader that answers: what it survives is not known."),
            Some(0) => format!("{cluster} survives no further failure of a voter."),
            Some(1) => format!("{cluster} survives one more failure of a voter."),
            Some(number) => format!("{cluster} survives {number} more failures of voters."),
        });
        lines.extend(says.dead_voters.iter().map(|dead| {
            let silent = match dead.silent_ms {
                Some(millis) => format!("not heard for {} s", millis / 1_000),
                None => "not heard since its leader began".to_owned(),
            };
            format!("Dead: node {} {} in {}, {silent}.", dead.id, dead.name, dead.zone)
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_node_that_nobody_answers_for_is_down() {
        let temp = tempfile::tempdir().expect("temp");
        let named = Named { name: "n".into(), zone: "z".into(), socket: temp.path().join("admin.sock") };
        let status = ask(&named).await;
        assert_eq!((status.name.as_str(), status.health.as_str(), status.ready), ("n", "down", false));
    }

    #[tokio::test]
    async fn a_node_that_is_paused_is_down() {
        let temp = tempfile::tempdir().expect("temp");
        let socket = temp.path().join("admin.sock");
        // The system accepts for a paused process, and nobody ever answers.
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        let status = ask(&Named { name: "n".into(), zone: "z".into(), socket }).await;
        assert_eq!(status.health, "down");
    }

    #[test]
    fn a_dev_cluster_that_is_down_does_not_hide_the_server() {
        let temp = tempfile::tempdir().expect("temp");
        let asked = cli::Dev {
            nodes: Some(1),
            data: None,
            port: 0,
            account: None,
            regions: Vec::new(),
            request_rates: false,
            ready_file: None,
        };
        let clusters = ["newer", "older"].map(|name| temp.path().join(name));
        for data in &clusters {
            std::fs::create_dir(data).expect("made");
            Layout::open(data, &asked).expect("a cluster");
        }
        let found = |server: &Path| last_started(clusters.to_vec(), server);
        assert_eq!(found(&temp.path().join("no server")).as_ref(), Some(&clusters[0]));
        assert_eq!(found(temp.path()), None);
        let layout = Layout::read(&clusters[1]).expect("there");
        let socket = layout.nodes()[0].socket.clone();
        std::fs::create_dir_all(socket.parent().expect("in a folder")).expect("made");
        let _runs = std::os::unix::net::UnixListener::bind(socket).expect("bound");
        assert_eq!(found(temp.path()).as_ref(), Some(&clusters[1]));
    }

    #[test]
    fn the_table_says_what_is_wrong() {
        let down = NodeStatus { zone: "z".into(), name: "n".into(), health: "down".into(), ..NodeStatus::default() };
        let sealed = NodeStatus {
            health: "not ready".into(),
            reason: Some("no leader is known".into()),
            pid: Some(7),
            ..down.clone()
        };
        let text = as_table(&[down, sealed]);
        assert!(text.contains("down") && text.contains("not ready: no leader is known"), "{text}");
    }
    #[test]
    fn it_is_said_what_the_cluster_survives() {
        let node = |term, survivable, dead: &[u64]| NodeStatus {
            region: Some("r".into()),
            role: Some("follower".into()),
            term: Some(term),
            failures_survivable: survivable,
            dead_voters: dead
                .iter()
                .map(|&id| DeadVoter { id, name: "n".into(), zone: "z".into(), silent_ms: Some(12_345) })
                .collect(),
            ..NodeStatus::default()
        };
        assert_eq!(summary(&[NodeStatus::default()]), [""; 0]);
        assert_eq!(summary(&[node(1, Some(2), &[])]), ["The cluster survives 2 more failures of voters."]);
        let unknown = "The cluster has no leader that answers: what it survives is not known.";
        assert_eq!(summary(&[node(1, None, &[])]), [unknown]);
        assert_eq!(
            summary(&[node(9, None, &[]), node(2, Some(0), &[3]), node(1, Some(1), &[])]),
            ["The cluster survives no further failure of a voter.", "Dead: node 3 n in z, not heard for 12 s."]
        );
    }
}

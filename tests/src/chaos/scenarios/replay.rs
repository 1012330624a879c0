//! F33: what passes between nodes is sent twice, reordered, or sent again; addresses lead to the wrong node, or to a node of
//! another cluster. Each is refused, and the nodes go on.

use super::proxies::Proxies;
use crate::chaos::proxy::Tampering;
use crate::chaos::{Field, Scenario, Setup};
use crate::{Cluster, NodeOptions, Options, free_ports, until};
use anyhow::{Result, ensure};
use std::time::Duration;

/// How long a node may look at what it cannot understand: its handshake's time, and some.
const LOOKS_AT_GARBAGE: Duration = Duration::from_secs(10);
/// Refused handshakes.
const REFUSED: &str = "lockstep_raft_peers_refused_total";
/// Connections that a node gave up making, for the other end was not who it should be.
const NOT_CONNECTED: &str = "lockstep_raft_connect_failures_total";

/// F33.
#[derive(Default)]
pub struct Forged {
    proxies: Proxies,
}

impl Scenario for Forged {
    fn name(&self) -> &'static str {
        "F33"
    }

    fn what(&self) -> &'static str {
        "between nodes: twice, reordered, replayed; the wrong node, the wrong cluster"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.proxies.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(50)?;
        for tampering in [Tampering::Duplicate, Tampering::Reorder] {
            self.tampered(field, tampering)?;
        }
        for node in 0..field.length().choose(1, 3) {
            self.replayed(field, node)?;
        }
        self.wrong_node(field)?;
        self.wrong_cluster(field)
    }
}

impl Forged {
    /// What a follower gets is tampered with: its connections break, and are made again.
    fn tampered(&self, field: &mut Field, tampering: Tampering) -> Result<()> {
        let node = field.follower()?;
        let proxy = self.proxies.before(node);
        let (pieces, connections) = (proxy.tampered(), proxy.connections());
        proxy.tamper(Some(tampering));
        let broken = || (proxy.tampered() > pieces && proxy.connections() > connections + 1).then_some(());
        until("connections break and are made again", Duration::from_secs(30), broken)?;
        field.progress(50)?;
        proxy.tamper(None);
        let pieces = proxy.tampered() - pieces;
        field.observe(format!("{tampering:?} of {pieces} pieces to node {node}: every connection broke"));
        field.wait_whole()
    }

    /// The beginning of an earlier connection once more, byte by byte.
    fn replayed(&self, field: &mut Field, node: usize) -> Result<()> {
        let refused = field.counter(node, REFUSED)?;
        let (bytes, answer) = self.proxies.before(node).replay(LOOKS_AT_GARBAGE)?;
        let counted = || (field.counter(node, REFUSED).ok()? > refused).then_some(());
        until("a replayed connection is refused and counted", Duration::from_secs(10), counted)?;
        field.observe(format!("{bytes} bytes replayed to node {node}: refused after {} bytes", answer.len()));
        field.progress(50)
    }

    /// Two nodes' addresses lead to each other: neither is taken for the other.
    fn wrong_node(&self, field: &mut Field) -> Result<()> {
        let (node, leader) = (field.follower()?, field.cluster().wait_leader()?);
        let third = 3 - node - leader;
        self.misled(field, leader, node, self.proxies.behind(third), "another node")
    }

    /// A node's address leads to a node of another cluster.
    fn wrong_cluster(&self, field: &mut Field) -> Result<()> {
        let port = free_ports(1)?[0];
        let each = vec![NodeOptions { peers_port: Some(port), ..NodeOptions::default() }];
        let stranger = Cluster::start_with(Options { nodes: 1, each, ..Options::default() })?;
        let (node, leader) = (field.follower()?, field.cluster().wait_leader()?);
        self.misled(field, leader, node, &format!("127.0.0.1:{port}"), "a node of another cluster")?;
        let status = stranger.status(0)?;
        ensure!(status.ready && status.voters == 1, "the other cluster is not what it was: {status:?}");
        Ok(())
    }

    /// What goes to `node` goes elsewhere for a while: whoever is there is not taken for it.
    fn misled(&self, field: &mut Field, leader: usize, node: usize, to: &str, whom: &str) -> Result<()> {
        let proxy = self.proxies.before(node);
        let failures = field.counter(leader, NOT_CONNECTED)?;
        proxy.point_at(to)?;
        proxy.break_all();
        let refused = || (field.counter(leader, NOT_CONNECTED).ok()? > failures + 2).then_some(());
        until("the wrong node is refused", Duration::from_secs(30), refused)?;
        field.progress(50)?;
        let failures = field.counter(leader, NOT_CONNECTED)? - failures;
        field.observe(format!("{whom} at the address of node {node}: refused {failures} times"));
        proxy.point_at(self.proxies.behind(node))?;
        field.wait_whole()
    }
}

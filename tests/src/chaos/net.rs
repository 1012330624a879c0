//! A network for a cluster: each node in a network namespace of its own, all on one bridge, and the test on the bridge too.
//! Needs no root: the program runs itself again inside a user namespace, where it may do all this, and which ends with it.
//!
//! Faults are rules in the receiving node's firewall, with counters: a fault that did nothing can be told. They reach the
//! other nodes' packets alone; the test reaches every node always.

use super::tools::{run, run_with_input, tool};
use crate::NodeOptions;
use anyhow::{Context, Result, ensure};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::OnceLock;

/// Set inside: a file that the inner program makes when it has run to its end.
const INSIDE_VARIABLE: &str = "LOCKSTEP_TEST_NETWORK";
/// The bridge, and the test's address on it.
const BRIDGE: &str = "bridge0";
const TEST_ADDRESS: &str = "10.77.0.254/24";
/// How much may wait before a narrow link: as much as it carries in this time.
const QUEUE_MILLIS: u32 = 400;

/// Whether this program runs where it may make networks.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE_VARIABLE).is_some()
}

/// Runs this test again inside namespaces of its own, where [`is_inside`]. `test` is the test's full name. It has to say by
/// [`done`] that it has held.
///
/// # Errors
/// When this machine makes no such namespaces, and when the test fails.
pub fn inside(test: &str) -> Result<()> {
    let folder = crate::scratch();
    let mark = folder.path().join("done");
    let mut again = again()?;
    again.args([test, "--exact", "--nocapture", "--include-ignored"]).env(INSIDE_VARIABLE, &mark);
    let status = again.status().context("unshare cannot be started: Debian's util-linux is needed")?;
    ensure!(status.success(), "{test} failed inside its namespaces, or this machine lets nobody make any");
    // A name that fits no test would run none, well.
    ensure!(mark.exists(), "{test} did not run inside its namespaces");
    Ok(())
}

/// Says that a test inside namespaces has held.
///
/// # Panics
/// When that cannot be said.
pub fn done() {
    if let Some(mark) = std::env::var_os(INSIDE_VARIABLE) {
        std::fs::write(mark, "").expect("the outer test's folder is there");
    }
}

/// Replaces this program by itself, with the same arguments, inside namespaces of its own; returns where it is inside.
///
/// # Errors
/// When this machine makes no such namespaces.
pub fn go_inside() -> Result<()> {
    if is_inside() {
        return Ok(());
    }
    let mut again = again()?;
    again.args(std::env::args_os().skip(1)).env(INSIDE_VARIABLE, "/dev/null");
    Err(again.exec()).context("unshare cannot be started: Debian's util-linux is needed")
}

/// Lets this machine's own address be reached, which in new namespaces it is not.
///
/// # Errors
/// When the program is not inside namespaces of its own, or a tool is missing.
pub fn raise_loopback() -> Result<()> {
    ensure!(is_inside(), "this is for namespaces of one's own: run this through net::inside or go_inside");
    run(Command::new(tool("ip")?).args(["link", "set", "lo", "up"]))
}

/// This program, without arguments, in new namespaces of users, networks and mounts.
fn again() -> Result<Command> {
    let mut command = Command::new(tool("unshare")?);
    command.args(["--user", "--map-root-user", "--net", "--mount", "--kill-child", "--fork"]);
    command.arg(std::env::current_exe()?);
    Ok(command)
}

/// A number of nodes on a bridge. One at a time; it goes when it is dropped.
pub struct Network {
    nodes: usize,
}

impl Network {
    /// Makes the namespaces of so many nodes.
    ///
    /// # Errors
    /// When the program is not inside namespaces of its own, or a tool is missing.
    pub fn new(nodes: usize) -> Result<Self> {
        ensure!(
            is_inside(),
            "a network can be made inside namespaces alone: run this through net::inside or go_inside"
        );
        // Where `ip` keeps the names of namespaces belongs to root; inside, a file system of our own lies over it.
        static OVERLAID: OnceLock<()> = OnceLock::new();
        if OVERLAID.set(()).is_ok() {
            run(Command::new(tool("mount")?).args(["-t", "tmpfs", "tmpfs", "/run"]))?;
        }
        let network = Self { nodes };
        let mut script = format!(
            "link set lo up\nlink add {BRIDGE} type bridge\naddr add {TEST_ADDRESS} dev {BRIDGE}\nlink set {BRIDGE} up\n"
        );
        for number in 0..nodes {
            run(Command::new(tool("ip")?).args(["netns", "add", &name(number)]))?;
            let (outer, inner) = (link(number), name(number));
            script += &format!(
                "link add {outer} type veth peer name eth0 netns {inner}\nlink set {outer} master {BRIDGE} up\n"
            );
        }
        run_with_input(Command::new(tool("ip")?).args(["-batch", "-"]), &script)?;
        for number in 0..nodes {
            let own = format!("addr add {}/24 dev eth0\nlink set eth0 up\nlink set lo up\n", address(number));
            run_with_input(Command::new(tool("ip")?).args(["-n", &name(number), "-batch", "-"]), &own)?;
            network.firewall(number, &network.empty_rules())?;
        }
        Ok(network)
    }

    /// Where a node is to be put.
    ///
    /// # Errors
    /// When a tool is missing.
    pub fn place(&self, number: usize) -> Result<NodeOptions> {
        let enter = [tool("nsenter")?.display().to_string(), format!("--net={}", namespace(number)), "--".to_owned()];
        Ok(NodeOptions { host: Some(address(number)), wrapper: enter.into(), ..NodeOptions::default() })
    }

    /// Nodes of different sides hear nothing of each other. A node that is in no side hears everyone.
    ///
    /// # Errors
    /// When the firewall cannot be set.
    pub fn partition(&self, sides: &[&[usize]]) -> Result<()> {
        let mut cuts = Vec::new();
        for (place, side) in sides.iter().enumerate() {
            let others = sides.iter().enumerate().filter(|(other, _)| *other != place).flat_map(|(_, side)| *side);
            cuts.extend(others.flat_map(|from| side.iter().map(|to| (*from, *to))));
        }
        self.cut(&cuts)
    }

    /// What `from` sends does not reach `to`, for each of these pairs, and for no others.
    ///
    /// # Errors
    /// When the firewall cannot be set.
    pub fn cut(&self, pairs: &[(usize, usize)]) -> Result<()> {
        self.set(|number| {
            let from = pairs.iter().filter(|(_, to)| *to == number);
            from.map(|(from, _)| format!("ip saddr {} counter name lost drop", address(*from))).collect()
        })
    }

    /// So many of a hundred packets between nodes are lost.
    ///
    /// # Errors
    /// When the firewall cannot be set.
    pub fn lose(&self, percent: u32) -> Result<()> {
        self.set(|number| {
            let others = (0..self.nodes).filter(|other| *other != number);
            let rule = |other| {
                let from = address(other);
                format!("ip saddr {from} numgen random mod 100 < {percent} counter name lost drop")
            };
            others.map(rule).collect()
        })
    }

    /// Everything arrives again.
    ///
    /// # Errors
    /// When the firewall cannot be set.
    pub fn heal(&self) -> Result<()> {
        self.cut(&[])
    }

    /// What goes to a node is held to so many kilobits per second, until it is `None`.
    ///
    /// # Errors
    /// When there is no such queue in this kernel.
    pub fn narrow(&self, number: usize, kilobits: Option<u32>) -> Result<()> {
        let mut command = Command::new(tool("tc")?);
        let device = link(number);
        match kilobits {
            None => command.args(["qdisc", "del", "dev", &device, "root"]),
            Some(kilobits) => {
                let (rate, wait) = (format!("{kilobits}kbit"), format!("{QUEUE_MILLIS}ms"));
                let queue = ["tbf", "rate", &rate, "burst", "4kb", "latency", &wait];
                command.args(["qdisc", "replace", "dev", &device, "root"]).args(queue)
            }
        };
        run(&mut command)
    }

    /// How many packets to a node had to wait before its narrow link.
    ///
    /// # Errors
    /// When the link cannot be asked.
    pub fn held_up(&self, number: usize) -> Result<u64> {
        let mut command = Command::new(tool("tc")?);
        let output = run_with_input(command.args(["-s", "-j", "qdisc", "show", "dev", &link(number)]), "")?;
        let queues: serde_json::Value = serde_json::from_str(&output)?;
        queues[0]["overlimits"].as_u64().with_context(|| format!("no narrow link: {output}"))
    }

    /// How many packets between nodes the firewalls have dropped so far.
    ///
    /// # Errors
    /// When a firewall cannot be asked.
    pub fn lost(&self) -> Result<u64> {
        (0..self.nodes).map(|number| self.lost_at(number)).sum()
    }

    /// How many packets of other nodes this node's firewall has dropped so far.
    ///
    /// # Errors
    /// When the firewall cannot be asked.
    pub fn lost_at(&self, number: usize) -> Result<u64> {
        let output = run_with_input(nft(number)?.args(["-j", "list", "counters"]), "")?;
        let listed: serde_json::Value = serde_json::from_str(&output)?;
        let all = listed["nftables"].as_array().context("nft lists counters")?;
        let found = all.iter().find_map(|one| one["counter"]["packets"].as_u64());
        found.with_context(|| format!("no counter: {output}"))
    }

    fn empty_rules(&self) -> String {
        "table inet faults {\n counter lost { }\n chain arriving { type filter hook input priority 0; policy accept; }\n}\n"
            .to_owned()
    }

    /// Gives every node's firewall new rules, each at once; what they count goes on.
    fn set(&self, rules: impl Fn(usize) -> Vec<String>) -> Result<()> {
        for number in 0..self.nodes {
            let mut script = "flush chain inet faults arriving\n".to_owned();
            for rule in rules(number) {
                script += &format!("add rule inet faults arriving {rule}\n");
            }
            self.firewall(number, &script)?;
        }
        Ok(())
    }

    fn firewall(&self, number: usize, script: &str) -> Result<()> {
        run_with_input(nft(number)?.args(["-f", "-"]), script)?;
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What cannot be taken away now goes with the program.
        let _ = tool("ip").and_then(|ip| run(Command::new(ip).args(["link", "del", BRIDGE])));
        for number in 0..self.nodes {
            let _ = tool("ip").and_then(|ip| run(Command::new(ip).args(["link", "del", &link(number)])));
            let _ = tool("ip").and_then(|ip| run(Command::new(ip).args(["netns", "del", &name(number)])));
        }
    }
}

fn nft(number: usize) -> Result<Command> {
    let mut command = Command::new(tool("nsenter")?);
    command.arg(format!("--net={}", namespace(number))).arg(tool("nft")?);
    Ok(command)
}

fn name(number: usize) -> String {
    format!("node{number}")
}

fn namespace(number: usize) -> String {
    format!("/run/netns/{}", name(number))
}

/// The bridge's end of a node's link.
fn link(number: usize) -> String {
    format!("veth{number}")
}

/// Where a node is on the network.
pub fn address(number: usize) -> String {
    format!("10.77.0.{}", number + 1)
}

#[cfg(test)]
#[path = "net_tests.rs"]
mod tests;

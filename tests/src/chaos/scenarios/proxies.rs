//! A proxy before each node's peers' port: whoever reaches a node reaches it through its proxy.

use crate::chaos::Setup;
use crate::chaos::proxy::Proxy;
use crate::free_ports;
use anyhow::Result;
use rand::Rng as _;

/// The proxies, in the order of the nodes.
#[derive(Default)]
pub(super) struct Proxies {
    all: Vec<Proxy>,
    /// Where the nodes themselves listen.
    behind: Vec<String>,
}

impl Proxies {
    pub(super) fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        let nodes = setup.options.nodes;
        setup.options.each.resize_with(nodes.max(setup.options.each.len()), Default::default);
        for (port, options) in free_ports(nodes)?.into_iter().zip(&mut setup.options.each) {
            let target = format!("127.0.0.1:{port}");
            let proxy = Proxy::start("127.0.0.1:0", &target, setup.dice.random())?;
            (options.peers_port, options.peers_advertised) = (Some(port), Some(proxy.address()));
            self.all.push(proxy);
            self.behind.push(target);
        }
        Ok(())
    }

    pub(super) fn each(&self, act: impl Fn(&Proxy)) {
        self.all.iter().for_each(act);
    }

    pub(super) fn before(&self, node: usize) -> &Proxy {
        &self.all[node]
    }

    /// Where a node itself listens for peers.
    pub(super) fn behind(&self, node: usize) -> &str {
        &self.behind[node]
    }

    pub(super) fn held_up(&self) -> u64 {
        self.all.iter().map(Proxy::held_up).sum()
    }
}

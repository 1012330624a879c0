//! F6 to F10: faults of the network between the nodes, each node in a namespace of its own. The clients reach every
//! node always: it is the nodes that do not reach each other.

use crate::chaos::net::Network;
use crate::chaos::{Field, Scenario, Setup};
use anyhow::{Context, Result, ensure};
use std::marker::PhantomData;
use std::time::Duration;

/// How far terms may rise under a fault that leaves a quorum: no storm of elections.
const TERMS_MAX: u64 = 3;

/// A fault of the network between three nodes, each in a namespace of its own.
pub(super) trait NetworkFault {
    /// As [`Scenario::name`].
    const NAME: &'static str;
    /// As [`Scenario::what`].
    const WHAT: &'static str;

    /// As [`Scenario::prepare`].
    fn prepare(setup: &mut Setup) {
        let _ = setup;
    }

    /// As [`Scenario::run`].
    fn run(field: &mut Field, network: &Network) -> Result<()>;
}

/// The scenario of such a fault. The network is made before the cluster, and goes after it.
pub struct OnNetwork<F> {
    network: Option<Network>,
    fault: PhantomData<F>,
}

impl<F> Default for OnNetwork<F> {
    fn default() -> Self {
        Self { network: None, fault: PhantomData }
    }
}

impl<F: NetworkFault> Scenario for OnNetwork<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn what(&self) -> &'static str {
        F::WHAT
    }

    fn needs_namespaces(&self) -> bool {
        true
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        let network = Network::new(setup.options.nodes)?;
        setup.options.each.resize_with(setup.options.nodes.max(setup.options.each.len()), Default::default);
        for number in 0..setup.options.nodes {
            let place = network.place(number)?;
            let options = &mut setup.options.each[number];
            (options.host, options.wrapper) = (place.host, place.wrapper);
        }
        self.network = Some(network);
        F::prepare(setup);
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        F::run(field, self.network.as_ref().context("the network is made before the run")?)
    }
}

/// The leader, and the two others in their order.
pub(super) fn leader_and_others(field: &Field) -> Result<(usize, [usize; 2])> {
    let leader = field.cluster().wait_leader()?;
    Ok((leader, [(leader + 1) % 3, (leader + 2) % 3]))
}

/// Notes that packets were lost; how many is the proof.
fn observe_loss(field: &mut Field, network: &Network, before: u64, what: &str) -> Result<()> {
    let lost = network.lost()? - before;
    ensure!(lost > 0, "the fault did nothing: {what}, and no packet was lost");
    field.observe(format!("{what}: {lost} packets lost"));
    Ok(())
}

pub(super) fn bounded_terms(field: &mut Field, before: u64, most: u64, what: &str) -> Result<()> {
    let rose = field.term()? - before;
    if rose > most {
        field.violation(format!("{what}: terms rose by {rose}, more than {most}"));
    }
    Ok(())
}

/// F6.
pub struct LeaderCutOff;

impl NetworkFault for LeaderCutOff {
    const NAME: &'static str = "F6";
    const WHAT: &'static str = "the leader in the smaller part of a network that fell in two";

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        for _ in 0..field.length().choose(1, 5) {
            field.progress(50)?;
            let (leader, others) = leader_and_others(field)?;
            let lost = network.lost()?;
            network.partition(&[&[leader], &others])?;
            let successor = field.wait_leader_other_than(leader)?;
            field.refuses_alone(leader).context("the minority")?;
            field.progress(50).context("the majority")?;
            observe_loss(field, network, lost, &format!("{leader} cut off, {successor} leads"))?;
            network.heal()?;
            field.wait_whole()?;
        }
        Ok(())
    }
}

/// F7.
pub struct OneWay;

impl NetworkFault for OneWay {
    const NAME: &'static str = "F7";
    const WHAT: &'static str = "what one node sends to another is lost, not what it gets";

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        let time = Duration::from_secs(field.length().choose(3, 10));
        for _ in 0..field.length().choose(1, 3) {
            let (leader, [one, other]) = leader_and_others(field)?;
            for (from, to) in [(leader, one), (one, leader), (one, other)] {
                let (term, lost) = (field.term()?, network.lost()?);
                network.cut(&[(from, to)])?;
                field.last(time);
                field.progress(50)?;
                observe_loss(field, network, lost, &format!("{from} to {to}"))?;
                network.heal()?;
                field.wait_whole()?;
                bounded_terms(field, term, TERMS_MAX, &format!("{from} did not reach {to}"))?;
            }
        }
        Ok(())
    }
}

/// F8.
pub struct Bridge;

impl NetworkFault for Bridge {
    const NAME: &'static str = "F8";
    const WHAT: &'static str = "two nodes reach each other through the third alone";

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        let time = Duration::from_secs(field.length().choose(3, 10));
        for _ in 0..field.length().choose(1, 3) {
            let (leader, [one, other]) = leader_and_others(field)?;
            // The leader at an end, then in the middle.
            for (left, right) in [(leader, other), (one, other)] {
                let (term, lost) = (field.term()?, network.lost()?);
                network.cut(&[(left, right), (right, left)])?;
                field.progress(50)?;
                field.last(time);
                field.progress(50)?;
                observe_loss(field, network, lost, &format!("{left} and {right} apart"))?;
                network.heal()?;
                field.wait_whole()?;
                bounded_terms(field, term, TERMS_MAX, &format!("{left} and {right} were apart"))?;
            }
        }
        Ok(())
    }
}

/// F9.
pub struct Flapping;

impl NetworkFault for Flapping {
    const NAME: &'static str = "F9";
    const WHAT: &'static str = "the leader is cut off and back five times in two seconds, on and on";

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        field.progress(50)?;
        let (leader, others) = leader_and_others(field)?;
        let (term, lost, answered) = (field.term()?, network.lost()?, field.history().answered());
        let flaps = field.length().choose(10, 75);
        for _ in 0..flaps {
            network.partition(&[&[leader], &others])?;
            field.last(Duration::from_millis(200));
            network.heal()?;
            field.last(Duration::from_millis(200));
        }
        let during = field.history().answered() - answered;
        ensure!(during > 0, "nothing was answered in {flaps} flaps");
        observe_loss(field, network, lost, &format!("{flaps} flaps, {during} calls answered meanwhile"))?;
        field.wait_whole()?;
        // Two hundred milliseconds are shorter than an election, so most flaps need none.
        bounded_terms(field, term, flaps / 2 + TERMS_MAX, &format!("{flaps} flaps"))?;
        field.progress(50)
    }
}

/// F10.
pub struct Loss;

impl NetworkFault for Loss {
    const NAME: &'static str = "F10";
    const WHAT: &'static str = "5 and 30 of a hundred packets between nodes are lost";

    fn prepare(setup: &mut Setup) {
        // So few that the machine is not what limits them, so many at once that waiting for one does not stop the others.
        (setup.load.clients, setup.load.rate) = (24, 120);
    }

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        let time = Duration::from_secs(field.length().choose(4, 15));
        field.progress(50)?;
        let usual = field.rate(time);
        for percent in [5, 30] {
            let (term, lost) = (field.term()?, network.lost()?);
            network.lose(percent)?;
            let rate = field.rate(time);
            let rose = field.term()? - term;
            let what = format!("{percent} % lost, {rate:.0} calls/s instead of {usual:.0}, terms rose by {rose}");
            observe_loss(field, network, lost, &what)?;
            if percent == 5 && rate < usual / 2.0 {
                field.violation(what);
            }
            field.progress(20)?;
            network.heal()?;
            field.wait_whole()?;
        }
        Ok(())
    }
}

//! F12: a follower gets a snapshot through a link that hardly carries it.

use super::network::{NetworkFault, bounded_terms, leader_and_others};
use crate::chaos::net::Network;
use crate::chaos::{Field, Setup};
use anyhow::{Result, ensure};
use proto::ssm::v1::{ParameterType, PutParameterRequest};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// F12.
pub struct NarrowLink;

/// What one parameter holds: as much as one may.
const FILLING_BYTES: usize = 4_000;
/// Kilobits per second.
const NARROW: u32 = 256;

impl NarrowLink {
    /// Makes a snapshot that a narrow link carries for a while: values that do not compress well.
    fn fill(field: &mut Field, at: usize, count: usize) -> Result<()> {
        use rand::Rng as _;
        let client = field.block_on(async { field.cluster().client_at(at) });
        for number in 0..count {
            let mut value = String::new();
            while value.len() < FILLING_BYTES {
                write!(value, "{:016x}", field.dice().random::<u64>())?;
            }
            let mut request = PutParameterRequest {
                name: Some(format!("/filling/{number}")),
                value: Some(value),
                ..Default::default()
            };
            request.set_type(ParameterType::String);
            field.block_on(client.ssm().put_parameter(request))?;
        }
        Ok(())
    }
}

impl NetworkFault for NarrowLink {
    const NAME: &'static str = "F12";
    const WHAT: &'static str = "256 kbit/s to a follower that gets a snapshot";

    fn prepare(setup: &mut Setup) {
        setup.options.snapshot_entries = Some(200);
        // What the follower gets beside the snapshot has to fit through the link too.
        setup.load.rate = 60;
    }

    fn run(field: &mut Field, network: &Network) -> Result<()> {
        let (leader, [follower, other]) = leader_and_others(field)?;
        field.kill(follower)?;
        Self::fill(field, other, field.length().choose(100, 500))?;
        // More than the log keeps behind a snapshot.
        field.progress(300)?;
        let (term, begun) = (field.term()?, field.said(follower, "receiving a snapshot"));
        let installed = field.said(follower, "installed a snapshot");
        network.narrow(follower, Some(NARROW))?;
        field.start(follower)?;
        field.wait_said(follower, "receiving a snapshot", begun + 1)?;
        let (since, answered) = (Instant::now(), field.history().answered());
        field.last(Duration::from_secs(field.length().choose(4, 20)));
        let came = field.said(follower, "installed a snapshot") > installed;
        ensure!(!came, "the snapshot came too fast to show anything");
        field.progress(50)?;
        let held_up = network.held_up(follower)?;
        ensure!(held_up > 0, "the fault did nothing: nothing had to wait for the narrow link");
        field.observe(format!(
            "a snapshot under way for {:?}, {held_up} packets waited, {} calls answered",
            since.elapsed(),
            field.history().answered() - answered,
        ));
        bounded_terms(field, term, 0, "a snapshot through a narrow link")?;
        if field.cluster().leader() != Some(leader) {
            field.violation("a snapshot through a narrow link cost the leader its lead");
        }
        network.narrow(follower, None)?;
        field.wait_whole()
    }
}

//! A voter loses its power right after its vote: it must not give another one in the same term.

use super::power::Disks;
use crate::chaos::shim::Faults;
use crate::chaos::{Field, Scenario, Setup};
use crate::until;
use anyhow::Result;
use std::time::Duration;

/// How much longer each sync takes: what was not waited for is not on disk when the power fails.
const SLOW_SYNC: Duration = Duration::from_millis(100);
/// How long an election may take with such disks; on a busy machine there may be none.
const SLOW_ELECTION: Duration = Duration::from_secs(15);
/// How long one may take with the usual ones.
const ELECTION: Duration = Duration::from_secs(60);
/// How often the fault is brought about: who stands and who votes is left to chance.
const ROUNDS: usize = 3;

/// A vote that was given and forgotten.
#[derive(Default)]
pub(super) struct LostVote {
    disks: Disks,
}

impl Scenario for LostVote {
    fn name(&self) -> &'static str {
        "lost vote"
    }

    fn what(&self) -> &'static str {
        "a voter loses its power after an election, and votes again"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        self.disks.prepare(setup)
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        for _ in 0..ROUNDS {
            field.progress(30)?;
            self.vote_and_forget(field)?;
        }
        Ok(())
    }
}

impl LostVote {
    fn vote_and_forget(&self, field: &mut Field) -> Result<()> {
        let former = field.cluster().wait_leader()?;
        let others = [(former + 1) % 3, (former + 2) % 3];
        others.iter().for_each(|other| self.disks.faults[*other].slow_syncs(SLOW_SYNC));
        field.kill(former)?;
        let Ok((elected, term)) = until("another leader", SLOW_ELECTION, || leader_of(field, &others)) else {
            self.disks.faults.iter().for_each(Faults::heal);
            field.start(former)?;
            return field.wait_ready(former);
        };
        let voter = others[usize::from(others[0] == elected)];
        field.kill(voter)?;
        let lost = self.disks.faults[voter].cut_power()?;
        field.observe(format!("node {voter} voted in term {term} and lost {} writes", lost.writes));
        field.pause(elected)?;
        self.disks.faults.iter().for_each(Faults::heal);

        field.start(voter)?;
        field.start(former)?;
        let (second, again) =
            until("a leader without the paused one", ELECTION, || leader_of(field, &[voter, former]))?;
        if again == term {
            field.violation(format!("election safety: nodes {elected} and {second} both lead term {term}"));
        }
        field.resume(elected)?;
        for node in 0..3 {
            field.wait_ready(node)?;
        }
        Ok(())
    }
}

/// Which of the nodes leads, and in which term.
fn leader_of(field: &Field, nodes: &[usize]) -> Option<(usize, u64)> {
    nodes.iter().find_map(|node| {
        let status = field.cluster().status(*node).ok()?;
        (status.role == "leader").then_some((*node, status.term))
    })
}

//! The scenario: some points that one cluster can pass, one after the other.

use super::arm::{Crash, recover};
use super::{Way, beginning, joining, leading, plan, rebuilding, snapshots};
use crate::chaos::{Field, Scenario, Setup, faulty};
use anyhow::{Context as _, Result, bail};

/// So many points share a cluster: a violation is then one of few points', and a cluster is not started for each.
const POINTS_PER_CLUSTER: usize = 10;
/// Nodes that can join: one for each point of a group.
const SPARES: usize = 4;
/// Few, so that a snapshot is due every few seconds and the log does not reach back far.
const SNAPSHOT_ENTRIES: u64 = 250;

/// Crashes at some points, one after the other.
pub struct CrashPoints {
    points: Vec<Crash>,
}

/// What stands around the crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    /// Three nodes.
    Three,
    /// Three nodes, of which some get another number.
    Numbered,
    /// Nodes that were not started yet.
    Spares,
    /// The same, two for each point.
    Pairs,
}

impl Way {
    fn ground(self) -> Ground {
        match self {
            Way::Begin | Way::Restore | Way::Join(_) | Way::Admit | Way::Remove => Ground::Spares,
            Way::Replace => Ground::Pairs,
            Way::Rebuild => Ground::Numbered,
            _ => Ground::Three,
        }
    }
}

impl Ground {
    /// How many points share one.
    fn points(self) -> usize {
        match self {
            Ground::Three | Ground::Numbered => POINTS_PER_CLUSTER,
            Ground::Spares => SPARES,
            Ground::Pairs => 1,
        }
    }
}

/// The points of the plan that `wanted` wants, in groups that share a cluster each; those of what is due are not among
/// them.
pub fn groups(wanted: impl Fn(&str) -> bool) -> Vec<CrashPoints> {
    let mut crashes: Vec<Crash> = plan()
        .into_iter()
        .filter(|(point, way)| wanted(point) && *way != Way::Due)
        .map(|(point, way)| Crash { point, way })
        .collect();
    crashes.sort_by_key(|crash| crash.way.ground());
    let mut groups = Vec::new();
    for of_one in crashes.chunk_by(|one, other| one.way.ground() == other.way.ground()) {
        let size = of_one[0].way.ground().points();
        groups.extend(of_one.chunks(size).map(|points| CrashPoints { points: points.to_vec() }));
    }
    groups
}

impl CrashPoints {
    /// The points.
    pub fn points(&self) -> Vec<&'static str> {
        self.points.iter().map(|crash| crash.point).collect()
    }

    fn ground(&self) -> Ground {
        self.points.iter().map(|crash| crash.way.ground()).max().unwrap_or(Ground::Three)
    }
}

impl Scenario for CrashPoints {
    fn name(&self) -> &'static str {
        "F30"
    }

    fn what(&self) -> &'static str {
        "a crash at every crash point"
    }

    fn prepare(&mut self, setup: &mut Setup) -> Result<()> {
        setup.options.program = Some(faulty::program()?);
        setup.options.snapshot_entries = Some(SNAPSHOT_ENTRIES);
        // One seal for all, so that what one saves another can restore.
        setup.options.seal = Some([30; 32]);
        match self.ground() {
            Ground::Three | Ground::Numbered => {}
            Ground::Spares | Ground::Pairs => (setup.options.nodes, setup.options.spares) = (1, SPARES),
        }
        Ok(())
    }

    fn run(&mut self, field: &mut Field) -> Result<()> {
        field.progress(50)?;
        for (turn, crash) in self.points.clone().into_iter().enumerate() {
            let ended = bring_about(field, crash, turn);
            let node = ended.with_context(|| format!("the point {} was not reached", crash.point))?;
            field.observe(format!("node {node} crashed at {}", crash.point));
        }
        Ok(())
    }
}

/// Has a node crash at the point, and brings it back; which node it was.
fn bring_about(field: &mut Field, crash: Crash, turn: usize) -> Result<usize> {
    let node = match crash.way {
        Way::Follow => leading::follow(field, crash)?,
        Way::Lead => leading::lead(field, crash)?,
        Way::Vote => return leading::vote(field, crash),
        Way::HandOver => leading::hand_over(field, crash)?,
        Way::TakeOver => leading::take_over(field, crash)?,
        Way::Snapshot => snapshots::build(field, crash)?,
        Way::Install => snapshots::install(field, crash)?,
        Way::Truncate => return snapshots::truncate(field, crash),
        Way::Rotate => return leading::rotate(field, crash),
        Way::TakeKeyring => leading::take_keyring(field, crash)?,
        Way::Due => bail!("what is due has a cluster of its own"),
        Way::Renew => leading::renew(field, crash)?,
        Way::Rebuild => return rebuilding::crash(field, crash),
        Way::Begin => return beginning::begin(field, crash, turn + 1),
        Way::Restore => return beginning::restore(field, crash, turn + 1),
        Way::Join(before) => return joining::join(field, crash, before, turn + 1),
        Way::Admit => return joining::admit(field, crash, turn + 1),
        Way::Replace => return joining::replace(field, crash, turn + 1),
        Way::Remove => return joining::remove(field, crash, turn + 1),
    };
    recover(field, node)?;
    Ok(node)
}

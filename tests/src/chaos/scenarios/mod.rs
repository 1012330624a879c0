//! The scenarios, by their names on the score sheet.

mod backup;
mod behind;
mod clock;
mod damage;
mod delay;
mod disks;
mod full_disk;
mod kill;
mod members;
mod narrow;
mod network;
mod pause;
mod proxies;
mod replay;
mod rolling;
mod slow_disk;

use super::Scenario;
use network::OnNetwork;

/// Makes a scenario.
pub type Make = fn() -> Box<dyn Scenario>;

/// The one scenario that is not on the score sheet: kills, to be counted.
pub const KILLS: &str = "kills";

/// All of them, in the order of the score sheet.
pub fn all() -> Vec<Make> {
    vec![
        || Box::new(kill::KillLeader),
        || Box::new(kill::KillFollower),
        || Box::new(kill::KillAll),
        || Box::new(pause::PauseLeader),
        || Box::new(pause::PauseFollowers),
        || Box::new(OnNetwork::<network::LeaderCutOff>::default()),
        || Box::new(OnNetwork::<network::OneWay>::default()),
        || Box::new(OnNetwork::<network::Bridge>::default()),
        || Box::new(OnNetwork::<network::Flapping>::default()),
        || Box::new(OnNetwork::<network::Loss>::default()),
        || Box::new(delay::Delay::default()),
        || Box::new(OnNetwork::<narrow::NarrowLink>::default()),
        || Box::new(slow_disk::SlowSync::default()),
        || Box::new(slow_disk::FailedSync::default()),
        || Box::new(full_disk::FullDisk::default()),
        || Box::new(damage::TornTail),
        || Box::new(damage::BitFlips),
        || Box::new(slow_disk::PowerCut::default()),
        || Box::new(damage::WipedDisk),
        || Box::new(damage::RolledBack),
        || Box::new(clock::WrongClock::default()),
        || Box::new(members::Members),
        || Box::new(rolling::Rolling),
        || Box::new(backup::Backup),
        || Box::new(behind::FarBehind),
        || Box::new(replay::Forged::default()),
        || Box::new(kill::Kills),
    ]
}

//! The scenarios, by their names on the score sheet.

mod kill;

use super::Scenario;

/// Makes a scenario.
pub type Make = fn() -> Box<dyn Scenario>;

/// All of them, in the order of the score sheet.
pub fn all() -> Vec<Make> {
    vec![|| Box::new(kill::KillLeader)]
}

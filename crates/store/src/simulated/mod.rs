//! A disk in memory, for simulation and for fast tests of what stands above. It forgets on demand what was not synced,
//! keeps any first part of it (a torn tail), fails a sync, or loses its power in the middle of an installation. Nothing
//! in it is left to chance: what survives a crash is an argument.

mod disk;
mod engine;
mod image;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use disk::{InstallStep, SimulatedDisk};
pub use engine::SimulatedEngine;

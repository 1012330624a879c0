//! Chaos: real processes, a mixed load whose history is recorded, faults that have to be seen, and what must hold after
//! them. A scenario brings the fault; everything else is here.

mod field;
mod history;
mod load;
mod power;
mod scenario;
pub mod scenarios;
pub mod shim;

pub use field::Field;
pub use history::{Answer, Call, History, Outcome, Record, Resource};
pub use load::{Load, LoadOptions};
pub use scenario::{Length, Scenario, Setup};

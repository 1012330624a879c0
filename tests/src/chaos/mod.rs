//! Chaos: real processes, a mixed load whose history is recorded, faults that have to be seen, and what must hold after
//! them. A scenario brings the fault; everything else is here.

mod ask;
mod dice;
mod field;
mod ground;
mod history;
pub mod linear;
mod load;
mod names;
pub mod net;
mod power;
mod scenario;
pub mod scenarios;
mod sdk;
pub mod sequential;
pub mod shim;
mod tools;

pub use dice::weighted;
pub use field::Field;
pub use history::{Answer, Call, History, Outcome, Record, Resource};
pub use load::{Load, LoadOptions};
pub use scenario::{Length, Scenario, Setup};

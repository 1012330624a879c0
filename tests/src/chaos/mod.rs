//! Chaos: real processes, a mixed load whose history is recorded, faults that have to be seen, and what must hold after
//! them. A scenario brings the fault; everything else is here.

mod ask;
mod audit;
pub mod crash;
mod dice;
pub mod faulty;
mod field;
mod ground;
mod history;
mod invariants;
pub mod leak;
pub mod linear;
mod load;
mod names;
pub mod net;
pub mod planted;
mod power;
pub mod proxy;
mod quota;
mod report;
mod run;
mod scenario;
pub mod scenarios;
mod sdk;
pub mod sequential;
mod settle;
pub mod shim;
mod sight;
mod tools;

pub use dice::weighted;
pub use field::{Field, Probe};
pub use history::{Answer, Call, History, Outcome, Record, Resource};
pub use load::{Load, LoadOptions};
pub use report::{Report, table};
pub use run::{RunOptions, run, run_scenario};
pub use scenario::{Length, Scenario, Setup};

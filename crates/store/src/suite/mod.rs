//! What every engine must do, run against both. A behaviour is a function of a [`harness::Harness`].

mod harness;
mod log;
mod model;
mod records;
mod snapshots;
mod tables;

pub(crate) use harness::{Harness, RocksHarness, SimulatedHarness, append, copy_folder, put, receive_all, rows_of};

/// Makes a test per engine of each behaviour.
macro_rules! on_both_engines {
    ($($behaviour:ident),* $(,)?) => {
        mod on_simulated {
            $(#[test] fn $behaviour() { super::$behaviour(&mut $crate::suite::harness::SimulatedHarness::new()) })*
        }
        mod on_rocks {
            $(#[test] fn $behaviour() { super::$behaviour(&mut $crate::suite::harness::RocksHarness::new()) })*
        }
    };
}
use on_both_engines;

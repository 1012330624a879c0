//! `lockstep dev`: a cluster on this machine, one process per zone and one endpoint in front of them.

mod front;
mod health;
mod home;
mod layout;
mod limits;
pub mod pointer;
mod ports;
mod ready;
mod rise;
mod run;
mod screen;
mod zones;

pub use layout::Layout;
pub use run::run;

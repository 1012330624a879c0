//! The process around the nodes: doors, metrics, logs, hygiene.

pub(crate) mod door;
pub(crate) mod host;
pub(crate) mod logging;
pub(crate) mod metrics;
pub(crate) mod process;
pub(crate) mod threads;

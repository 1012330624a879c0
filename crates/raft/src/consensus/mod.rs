//! openraft and what it asks for: everything that names one of its types is in here.

mod codec;
mod core;
mod founding;
mod log;
mod machine;
mod management;
mod network;
mod protocol;
mod recall;
mod recent;
mod runtime;
mod snapshot;
mod standing;
mod types;
mod witness;

pub(crate) use core::{Consensus, NotLeading, Observed, WriteFailure};
pub use founding::SavedStanding;
pub(crate) use witness::Witness;

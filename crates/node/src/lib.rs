//! A whole node as a library: configuration, birth and join, wiring, the admin socket, the metrics port.
//!
//! A node is empty until [`Server`] is told over its admin socket to make a cluster or to join one. What it then is
//! stands in its data folder; a start finds it there. `node` knows every other crate, and no other crate knows it.

pub mod admin;
mod certificates;
mod check;
mod clock;
mod config;
mod disk;
mod error;
mod hosting;
mod keys;
mod lifecycle;
mod limits;
mod membership;
mod messages;

pub use check::check;
pub use clock::SystemClock;
pub use config::{
    Config, ConfigError, Hosted, Limits, Listen, Log, LogFormat, Process, SealConfig, Tls, TlsVersion, is_aws_region,
};
pub use disk::backup;
pub use disk::folder::Folder;
pub use error::NodeError;
pub use hosting::host::serve;
pub use hosting::logging::start as start_logging;
pub use hosting::process::{die_with_parent, harden};
pub use keys::seal::make_seal_key;
pub use messages::v1;

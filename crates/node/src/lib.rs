//! A whole node as a library: configuration, birth and join, wiring, the admin socket, the metrics port.
//!
//! A node is empty until [`Server`] is told over its admin socket to make a cluster or to join one. What it then is
//! stands in its data folder; a start finds it there. `node` knows every other crate, and no other crate knows it.

pub mod admin;
mod admission;
pub mod backup;
mod birth;
mod check;
mod client_tls;
mod clock;
mod config;
mod contacts;
mod dial;
mod door;
mod error;
mod folder;
mod host;
mod identity;
mod join;
mod keyring;
mod limits;
mod logging;
mod member;
mod messages;
mod metrics;
mod peers;
mod process;
mod quarantine;
mod rebuild;
mod records;
mod removal;
mod renewal;
mod reset;
mod restore;
mod rotation;
mod scrub;
mod seal;
mod server;
mod services;
mod space;
mod status;
mod steward;
mod timer;
mod tls;
mod token;
mod voters;

pub use check::check;
pub use clock::SystemClock;
pub use config::{
    Config, ConfigError, Hosted, Limits, Listen, Log, LogFormat, Process, SealConfig, Tls, TlsVersion, is_aws_region,
};
pub use error::NodeError;
pub use folder::Folder;
pub use host::serve;
pub use logging::start as start_logging;
pub use messages::v1;
pub use process::{die_with_parent, harden};
pub use seal::make_seal_key;

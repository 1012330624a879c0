//! Agreement: openraft and the peers' network. Proposals, read barriers, membership, forwarding between nodes.
//!
//! The only crate that names openraft. Commands are opaque bytes with an apply ([`replica::Machine`]); log and tables are
//! bytes in a [`store::Engine`].

mod admit;
mod beside;
mod clocks;
mod config;
mod consensus;
mod dice;
mod fatal;
mod incarnation;
mod limits;
mod links;
mod member;
mod node;
mod patience;
mod propose;
mod read;
mod room;
mod rounds;
mod serve;
mod service;
mod slow_disk;
mod status;
mod tls;
mod transport;
mod view;
mod wire;

pub use config::{Config, Eviction, Parts, Timing};
pub use consensus::SavedStanding;
pub use fatal::Fatal;
pub use incarnation::Incarnation;
pub use limits::{LOG_TAIL_KEPT, SNAPSHOT_EVERY};
pub use member::{ClusterId, Member, PeerName};
pub use node::{ManageError, Node, StartError};
pub use room::DiskRoom;
pub use serve::{NodeSlot, PeerIdentity, serve_door, serve_peers};
pub use status::{DeadVoter, PeerProgress, Role, Status, Voters};
pub use tls::{PeerTls, SharedTls};
pub use transport::{Connection, Door, Duplex, Greeting, Transport};

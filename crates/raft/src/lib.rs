//! Agreement: openraft and the peers' network. Proposals, read barriers, membership, forwarding between nodes.
//!
//! The only crate that names openraft. Commands are opaque bytes with an apply ([`replica::Machine`]); log and tables are
//! bytes in a [`store::Engine`].

mod config;
mod fatal;
mod limits;
mod member;
mod node;
mod serve;
mod status;
mod tls;

pub use config::{Config, Eviction, Parts, Timing};
pub use fatal::Fatal;
pub use member::{ClusterId, Member, PeerName};
pub use node::{ManageError, Node, StartError};
pub use serve::{NodeSlot, PeerIdentity, serve_peers};
pub use status::{PeerProgress, Role, Status};
pub use tls::{PeerTls, SharedTls};

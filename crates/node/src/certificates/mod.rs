//! Certificates: of the links between nodes, of the clients' door, and their renewal.

pub(crate) mod client_tls;
pub(crate) mod renewal;
pub(crate) mod tls;

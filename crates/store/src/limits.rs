//! Numbers of this crate, each with its reason.

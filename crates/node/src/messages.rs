//! The messages of the admin socket, of the peers' calls and of this crate's records.

/// Generated from `proto/state/lockstep/node/v1`.
#[allow(missing_docs, clippy::all)]
pub mod v1 {
    tonic::include_proto!("lockstep.node.v1");
}

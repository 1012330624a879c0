//! The messages on disk and between peers, as generated.
#![allow(missing_docs, clippy::all)]

include!(concat!(env!("OUT_DIR"), "/lockstep.raft.v1.rs"));

//! The wire: AWS JSON, AWS Query and gRPC on one port, from the same list of operations.
//!
//! limits → authenticate → decode → dispatch → record → encode. What an operation does is its service's own; who may do
//! it is `access`'s; this crate knows HTTP, JSON, XML and gRPC, and no table.

mod admission;
mod arrival;
mod attempt;
mod body;
mod connections;
mod descriptors;
mod failure;
mod front;
mod gateway;
mod health;
mod limits;
mod listener;
mod measure;
mod message;
mod pace;
mod pauses;
mod pipeline;
mod recording;
mod registry;
mod reset;
mod room;
mod schema;
mod signature;
mod wire;

pub use gateway::{Builder, Gateway};
pub use health::Readiness;
pub use limits::Limits;
pub use registry::Services;
pub use reset::Reset;

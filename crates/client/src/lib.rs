//! The Rust client: gRPC with signatures, and failover between nodes.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let client = client::Client::builder("us-east-1")
//!     .endpoint("http://127.0.0.1:4566")
//!     .credentials("AKIDEXAMPLE", "secret")
//!     .build()?;
//! let key = client.kms().create_key(proto::kms::v1::CreateKeyRequest::default()).await?;
//! # Ok(()) }
//! ```
//!
//! A call goes from node to node until one answers, and the cluster acts on it once, however often it was sent. What is left
//! for the caller to try again, knowing that a new call may act a second time: UNAVAILABLE, when no node answered or none
//! could reach a majority, and DEADLINE_EXCEEDED, when [`tonic::Request::set_timeout`]'s time was over, or without one,
//! fifteen seconds. Every other status is AWS's answer.

mod client;
mod limits;
mod signature;
mod transport;

pub use client::{Builder, Client, ConfigError};
pub use signature::{Credentials, Scope, Signing, sign};
pub use transport::Transport;

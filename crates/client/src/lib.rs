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

mod client;
mod limits;
mod signature;
mod transport;

pub use client::{Builder, Client, ConfigError};
pub use signature::{Credentials, Scope, Signing, sign};
pub use transport::Transport;

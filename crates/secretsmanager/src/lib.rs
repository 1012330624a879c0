//! Secrets Manager: named secrets with versions and staging labels, each version encrypted under a data key of its own.
//!
//! Follows <https://docs.aws.amazon.com/secretsmanager/latest/userguide/intro.html>. What needs a function to call
//! (rotation), another Region (replication) or a policy (resource policies) is not built and is refused.

mod draw;
mod error;
mod filter;
mod limits;
mod listing;
mod on_behalf;
mod operations;
mod refused;
mod secret;
mod secret_id;
mod service;
mod stages;
mod tables;
mod tags;
mod time;
mod token;
mod value;

use error::SecretsError;
pub use operations::{jobs, offers, operations, register};
pub use service::SecretsManager;

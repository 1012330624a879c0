//! Systems Manager's Parameter Store: named values, in the clear or encrypted by the Key Management Service.
//!
//! Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html>.

mod data_type;
mod error;
mod filter;
mod label;
mod limits;
mod named;
mod operations;
mod page;
mod parameter;
mod parameter_name;
mod path;
mod referenced_secret;
mod refused;
mod secure_string;
mod selector;
mod service;
mod tables;
mod tags;
mod tier;
mod value;
mod walk;

use error::SsmError;
pub use operations::{offers, register};
pub use service::Ssm;

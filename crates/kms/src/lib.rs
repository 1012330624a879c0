//! The Key Management Service: keys that encrypt and decrypt without ever leaving `crypto` in the clear.
//!
//! Follows <https://docs.aws.amazon.com/kms/latest/APIReference/>. Other services use keys on a caller's behalf through
//! [`Kms::prepare`], [`Kms::encrypt`], [`Kms::decrypt`] and [`Kms::generate_data_key`].

mod alias;
mod ciphertext;
mod conditions;
mod error;
mod key;
mod key_due;
mod key_name;
mod key_policy;
mod key_state;
mod limits;
mod managed_key;
mod material;
mod on_behalf;
mod operations;
mod page;
mod refused;
mod service;
mod symmetric;
mod tables;
mod tags;

pub use error::KmsError;
pub use operations::{jobs, offers, operations, register};
pub use service::Kms;

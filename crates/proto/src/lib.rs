//! The public API, generated: messages, gRPC clients, and the AWS JSON form of the same messages.
//!
//! What is here comes from the protos in `proto/api` and the tables in [`generated`], both written by
//! `cargo xtask generate` from AWS's model. By hand are the few kinds that JSON knows ([`json`]) and the checks that
//! validation consists of ([`validation`]).

pub mod enumeration;
pub mod errors;
mod generated;
pub mod json;
mod messages;
mod operation;
mod redaction;
pub mod validation;

pub use enumeration::Enumeration;
pub use messages::{FILE_DESCRIPTOR_SET, kms, secretsmanager, ssm, sts};
pub use operation::{Operation, OperationInfo, ServiceInfo, operations, service, services};
pub use validation::{Validate, validate};

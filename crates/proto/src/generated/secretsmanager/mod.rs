//! The tables of secretsmanager.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

mod enumerations;
pub(crate) mod errors;
pub(crate) mod operations;
mod validation;

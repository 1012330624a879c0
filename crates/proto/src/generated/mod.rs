//! Tables of every service.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

pub(crate) mod kms;
pub(crate) mod secretsmanager;
pub(crate) mod ssm;
pub(crate) mod sts;

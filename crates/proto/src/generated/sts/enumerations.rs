//! AWS's strings for the enumerations of sts, by number.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

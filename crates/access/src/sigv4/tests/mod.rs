//! Signatures made by others, held against the verifier.

mod mutations;
mod oracle;
mod refusals;
mod signing;
mod suite;

//! Signature Version 4, the header form, as the receiving side checks it.

mod authorization;
mod canonical;
mod date;
mod error;
mod request;
mod verifier;

pub use error::AuthError;
pub use request::{PayloadHash, SignedRequest};
pub use verifier::{Verified, Verifier};

#[cfg(test)]
mod tests;

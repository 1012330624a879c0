//! Accounts and their credentials: what `access` asks about access keys, the commands that change them, and STS's
//! GetCallerIdentity.
//!
//! Users, roles and policies have no place here yet: an account has a root, and the root has access keys.

mod access_key_id;
mod credentials;
mod error;
mod iam;
mod limits;
mod operations;
mod tables;
#[cfg(test)]
mod testing;

pub use access_key_id::AccessKeyId;
pub use error::IamError;
pub use iam::Iam;
pub use operations::create_root_credential::RootCredential;
pub use operations::{offers, register};
pub use tables::CredentialStatus;

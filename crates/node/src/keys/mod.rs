//! The seal and the keyring of a node.

pub(crate) mod keyring;
pub(crate) mod rotation;
pub(crate) mod seal;

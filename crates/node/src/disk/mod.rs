//! The data folder: its places, its room, its decay, and what becomes of a node whose disk cannot be trusted.

pub mod backup;
pub(crate) mod folder;
pub(crate) mod quarantine;
pub(crate) mod scrub;
pub(crate) mod space;

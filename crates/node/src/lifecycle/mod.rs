//! How a node comes to be, runs and ends: birth, join, restore, rebuild, and what it does by itself.

pub(crate) mod birth;
pub(crate) mod identity;
pub(crate) mod join;
pub(crate) mod member;
pub(crate) mod rebuild;
pub(crate) mod reset;
pub(crate) mod restore;
pub(crate) mod server;
pub(crate) mod services;
pub(crate) mod timer;

//! The admin socket: what a local operator may ask of a node. Whoever may enter the data folder is one.

mod client;
mod quotas;
mod server;

pub use client::{AdminClient, connect};
pub(crate) use server::serve;

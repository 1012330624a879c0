//! AWS JSON 1.1: the JSON form of the messages.
//!
//! Strict where a client's mistake could be taken for something else (duplicate keys, wrong types, depth), lenient where
//! AWS is (unknown members, null for absent). What a client sent never comes back in a [`DecodeError`].

mod decode;
mod notes;
mod scan;
pub mod wire;

pub use decode::{DEPTH_MAX, DecodeError, Decoded, decode, encode};
pub(crate) use notes::Notes;

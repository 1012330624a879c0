//! The wires: how each says what is asked for, and how each writes an answer.

mod form;
pub(crate) mod grpc;
pub(crate) mod headers;
pub(crate) mod json;
pub(crate) mod query;
mod status;
mod xml;

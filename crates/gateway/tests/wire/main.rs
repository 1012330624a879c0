//! The gateway behind a real port on loopback: every wire, every refusal, with toy services behind it.

#![allow(clippy::unwrap_used)]

mod bad_wire;
mod grpc;
mod grpc_client;
mod http_client;
mod json;
mod limits;
mod query;
mod rates;
mod raw_http2;
mod recording;
mod reset;
mod signing;
mod tls;
mod toy;
mod world;

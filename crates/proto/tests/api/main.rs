//! What the public API promises: its JSON form, AWS's validation, redaction, and numbers that never change.

#![allow(clippy::unwrap_used)]

mod field_numbers;
mod json_refusals;
mod json_round_trips;
mod redaction;
mod tables;
mod validation;

//! Debug of messages with sensitive members, at any depth: each message with such members redacts its own.

/// Stands for a sensitive value, present or absent.
pub(crate) struct Redacted;

impl std::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

mod impls {
    include!(concat!(env!("OUT_DIR"), "/redaction.rs"));
}

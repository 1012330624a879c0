//! Where log lines go: standard error, for people or for machines. The audit trail is always let through.

use crate::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// The target of the audit trail's lines, which no filter may hold back.
const AUDIT: &str = "audit=info";

/// Starts logging for the whole process. A second call changes nothing.
pub fn start(log: &Log) {
    let filter = EnvFilter::new(&log.filter).add_directive(AUDIT.parse().expect("a constant directive parses"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // The second start of a process, as tests do it, finds the first one's.
    let _ = match log.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

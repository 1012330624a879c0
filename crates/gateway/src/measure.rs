//! The numbers that a gateway gives: how many calls of what kind ended how, and how long they took.
//!
//! Labels come from AWS's model and from our own tables, never from a request: a client cannot make a new series.

use crate::arrival::Target;
use std::time::Duration;

/// A call was answered.
pub(crate) fn answered(target: &Target, code: &'static str, took: Duration) {
    let (service, operation) = labels(target);
    metrics::counter!("lockstep_requests_total", "service" => service, "operation" => operation, "code" => code)
        .increment(1);
    metrics::histogram!("lockstep_request_seconds", "service" => service, "operation" => operation)
        .record(took.as_secs_f64());
}

/// A call panicked: a defect of ours.
pub(crate) fn panicked(target: &Target) {
    let (service, operation) = labels(target);
    metrics::counter!("lockstep_request_panics_total", "service" => service, "operation" => operation).increment(1);
}

/// An answer was withheld because it could not be recorded.
pub(crate) fn withheld() {
    metrics::counter!("lockstep_answers_withheld_total").increment(1);
}

/// A connection was closed at once.
pub(crate) fn turned_away() {
    metrics::counter!("lockstep_connections_refused_total").increment(1);
}

/// How busy the node is, and what follows for each account.
#[allow(clippy::cast_precision_loss, reason = "numbers of calls stay far below 2^52")]
pub(crate) fn busy(delay: Duration, width: usize, running: usize, waiting: usize) {
    metrics::gauge!("lockstep_task_delay_seconds").set(delay.as_secs_f64());
    metrics::gauge!("lockstep_calls_per_account_max").set(width as f64);
    metrics::gauge!("lockstep_calls_running").set(running as f64);
    metrics::gauge!("lockstep_calls_waiting").set(waiting as f64);
}

/// A call was throttled because its account has too many under way: `early` before its body was read.
pub(crate) fn throttled(early: bool) {
    let when = if early { "early" } else { "verified" };
    metrics::counter!("lockstep_calls_throttled_total", "when" => when).increment(1);
}

/// The counters of what should not happen are there from the start: Prometheus sees a rise only from a value it knows.
pub(crate) fn count_from_zero() {
    for name in ["lockstep_answers_withheld_total", "lockstep_connections_refused_total"] {
        metrics::counter!(name).increment(0);
    }
    for early in [true, false] {
        let when = if early { "early" } else { "verified" };
        metrics::counter!("lockstep_calls_throttled_total", "when" => when).increment(0);
    }
    metrics::gauge!("lockstep_connections").set(0.0);
}

fn labels(target: &Target) -> (&'static str, &'static str) {
    match target {
        Target::Known { service, operation } => (service, operation),
        Target::Unknown { .. } => ("unknown", "unknown"),
    }
}

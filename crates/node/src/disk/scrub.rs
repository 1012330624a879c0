//! Looks for bytes that decayed where nobody reads them: soon after a start, and once a day.

use crate::lifecycle::member::Member;
use crate::limits;
use std::sync::Arc;

/// Runs for as long as the node does. What it finds ends the process, and the next start is in quarantine.
pub(crate) async fn keep(member: Arc<Member>) {
    let mut pause = limits::SCRUB_AFTER;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = member.stopping().cancelled() => return,
        }
        pause = limits::SCRUB_EVERY;
        let (engine, stop) = (member.engine.clone(), member.stopping().clone());
        let began = std::time::Instant::now();
        let scrubbed = tokio::task::spawn_blocking(move || engine.scrub(&|| stop.is_cancelled())).await;
        match scrubbed {
            Ok(Ok(())) => {
                let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(took_ms, "the disk was read from end to end");
                ::metrics::counter!("lockstep_scrubs_total").increment(1);
            }
            Ok(Err(cause)) => drop(member.fatal.disk(&cause)),
            Err(cause) => tracing::error!(%cause, "a scrub did not end"),
        }
    }
}

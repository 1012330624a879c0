//! A closed loop: so many callers, each with one call under way, for so long.

use anyhow::{Result, ensure};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Calls per second over `time`. A failed call fails the measurement.
pub(crate) async fn closed_loop<C, F>(
    callers: Vec<C>,
    time: Duration,
    call: impl Fn(C) -> F + Send + Sync + 'static,
) -> Result<f64>
where
    C: Clone + Send + Sync + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let call = Arc::new(call);
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for caller in callers {
        let call = Arc::clone(&call);
        tasks.push(tokio::spawn(async move {
            let mut done = 0u32;
            while begun.elapsed() < time {
                call(caller.clone()).await?;
                done += 1;
            }
            Ok::<u32, anyhow::Error>(done)
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await??;
    }
    ensure!(total > 0, "nothing was answered");
    Ok(f64::from(total) / begun.elapsed().as_secs_f64())
}

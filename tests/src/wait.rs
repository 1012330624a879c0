//! Waiting for a condition, never for a while.

use anyhow::{Result, bail};
use std::future::Future;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until `condition` gives something, at most `within`.
///
/// # Errors
/// When it did not.
pub fn until<T>(what: &str, within: Duration, mut condition: impl FnMut() -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition() {
            return Ok(found);
        }
        if begun.elapsed() > within {
            bail!("waited {within:?} in vain: {what}");
        }
        std::thread::sleep(LOOK);
    }
}

/// As [`until`], for a condition that has to be asked for.
///
/// # Errors
/// When it did not.
pub async fn until_async<T, F: Future<Output = Option<T>>>(
    what: &str,
    within: Duration,
    mut condition: impl FnMut() -> F,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return Ok(found);
        }
        if begun.elapsed() > within {
            bail!("waited {within:?} in vain: {what}");
        }
        tokio::time::sleep(LOOK).await;
    }
}

//! Work that waits for the disk, kept away from the async workers.

use std::sync::Arc;
use store::Engine;
use tokio::task::JoinError;

/// Runs `work` on a thread that may block, or at once on an engine whose calls never wait: then everything that happens
/// has one order.
///
/// # Errors
/// When the work panicked, or the runtime ends.
pub(crate) async fn beside<T: Send + 'static>(
    engine: &Arc<dyn Engine>,
    work: impl FnOnce(&dyn Engine) -> T + Send + 'static,
) -> Result<T, JoinError> {
    if !engine.waits() {
        return Ok(work(&**engine));
    }
    let engine = Arc::clone(engine);
    tokio::task::spawn_blocking(move || work(&*engine)).await
}

//! Threads for the consensus alone, and others for callers. Callers keep theirs as busy as they like: heartbeats and
//! votes, the log and the answers of peers do not wait in the same queue, nor does whoever asks how the node is.

use crate::{NodeError, limits};
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// A runtime with threads of its own, until it is ended or dropped.
pub(crate) struct Threads {
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
}

impl Threads {
    /// Those of the consensus.
    ///
    /// # Errors
    /// When the system has no more threads or descriptors.
    pub(crate) fn of_consensus() -> Result<Self, NodeError> {
        Self::start("raft", Builder::new_multi_thread().worker_threads(limits::CONSENSUS_THREADS))
    }

    /// Those of callers, one per processor.
    ///
    /// # Errors
    /// As [`Threads::of_consensus`].
    pub(crate) fn of_callers() -> Result<Self, NodeError> {
        Self::start("calls", &mut Builder::new_multi_thread())
    }

    fn start(name: &'static str, builder: &mut Builder) -> Result<Self, NodeError> {
        let next = AtomicUsize::new(0);
        builder.thread_name_fn(move || format!("{name}-{}", next.fetch_add(1, Ordering::Relaxed)));
        let runtime = builder.enable_all().event_interval(limits::TASKS_BETWEEN_EVENTS).build();
        let runtime = runtime.map_err(|cause| NodeError::Refused(format!("cannot start threads: {cause}")))?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) })
    }

    /// Has `work` done there, with all that it starts.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(work)
    }

    /// Has the connections of a port arrive there.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn adopt(&self, listener: TcpListener) -> std::io::Result<TcpListener> {
        let listener = listener.into_std()?;
        let _there = self.handle.enter();
        TcpListener::from_std(listener)
    }

    /// Ends what still runs there, and waits for it: what it holds is free then.
    pub(crate) async fn end(&self) {
        let Some(runtime) = self.take() else { return };
        let ending = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(limits::THREADS_END));
        let _ = ending.await; // a runtime that ends itself takes this one's threads with it
    }

    fn take(&self) -> Option<Runtime> {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.take() {
            runtime.shutdown_background(); // whoever drops this may be a task, which must not wait
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn callers_that_keep_every_thread_busy_hold_up_nothing_of_the_consensus() {
        let threads = Threads::of_consensus().expect("threads");
        let callers = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let name = callers.block_on(async {
            let beats = threads.spawn(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                tokio::spawn(async { std::thread::current().name().map(str::to_owned) }).await
            });
            let begun = std::time::Instant::now();
            while !beats.is_finished() {
                assert!(begun.elapsed() < Duration::from_secs(20), "it waits for a thread of the callers");
                std::thread::yield_now(); // and never for this runtime
            }
            beats.await.expect("no panic").expect("no panic")
        });
        assert!(name.as_deref().is_some_and(|name| name.starts_with("raft-")), "{name:?}");
    }

    #[tokio::test]
    async fn what_they_hold_is_free_when_they_have_ended() {
        let threads = Threads::of_consensus().expect("threads");
        let held = Arc::new(());
        let kept = held.clone();
        threads.spawn(async move {
            std::future::pending::<()>().await;
            drop(kept);
        });
        threads.end().await;
        assert_eq!(Arc::strong_count(&held), 1);
        threads.end().await; // once is enough
        drop(Threads::of_consensus().expect("threads")); // within a task
    }
}

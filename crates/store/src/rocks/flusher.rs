//! One thread that syncs for all: it takes every append that waits, syncs once, and calls back in the order of appends.
//! What comes while it syncs waits for the next round, so a slow disk makes larger rounds, not a longer queue.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::{Done, StoreError};

/// The thread and the queue before it. Dropping it syncs what waits and ends the thread.
pub(super) struct Flusher<T: Send + 'static> {
    queue: Option<Sender<Job<T>>>,
    thread: Option<JoinHandle<()>>,
}

/// An append that was written, with what the sync wants to know of it, or one that could not even be written.
struct Job<T> {
    written: Result<T, StoreError>,
    done: Done,
}

impl<T: Send + 'static> Flusher<T> {
    /// Starts the thread. `sync` is given what belongs to the last append of the round.
    pub(super) fn start(sync: impl FnMut(T) -> Result<(), StoreError> + Send + 'static) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store-flusher".to_owned())
            .spawn(move || run(&jobs, sync))
            .map_err(StoreError::during("start the flusher"))?;
        Ok(Flusher { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues an append; `done` runs after the sync that covers it.
    pub(super) fn submit(&self, written: Result<T, StoreError>, done: Done) {
        let queue = self.queue.as_ref().expect("the queue is there until the flusher is dropped");
        if let Err(refused) = queue.send(Job { written, done }) {
            (refused.0.done)(Err(StoreError::engine("sync the log", "the flusher has ended")));
        }
    }
}

impl<T: Send + 'static> Drop for Flusher<T> {
    fn drop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        // A callback may hold the last handle of the engine; the thread cannot wait for itself, and ends anyway.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the flusher ended in a panic");
        }
    }
}

fn run<T>(jobs: &Receiver<Job<T>>, mut sync: impl FnMut(T) -> Result<(), StoreError>) {
    let mut failed = None;
    while let Ok(first) = jobs.recv() {
        let round = std::iter::once(first).chain(jobs.try_iter()).collect();
        failed = failed.or(run_round(round, &mut sync).err());
        if let Some(error) = &failed {
            return refuse_all(jobs, error);
        }
    }
}

/// Syncs once for a round; an error is the disk's, and final.
fn run_round<T>(round: Vec<Job<T>>, sync: &mut impl FnMut(T) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let began = Instant::now();
    metrics::histogram!("lockstep_store_appends_per_sync").record(round.len() as f64);
    let mut last = None;
    let mut calls = Vec::with_capacity(round.len());
    for job in round {
        let outcome = job.written.map(|written| last = Some(written));
        calls.push((job.done, outcome));
    }
    let synced = last.map_or(Ok(()), sync);
    metrics::histogram!("lockstep_store_sync_seconds").record(began.elapsed().as_secs_f64());
    for (done, outcome) in calls {
        done(synced.clone().and(outcome));
    }
    synced
}

/// After a failed sync nobody knows what is on disk, and a second one that succeeds would prove nothing: the pages that
/// failed may have been dropped. So nothing is acknowledged any more.
fn refuse_all<T>(jobs: &Receiver<Job<T>>, error: &StoreError) {
    tracing::error!(%error, "the log cannot be synced; nothing is acknowledged any more");
    for job in jobs {
        (job.done)(Err(error.clone()));
    }
}

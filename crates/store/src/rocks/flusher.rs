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
    faults::point("store.answers.due");
    for (done, outcome) in calls {
        done(synced.clone().and(outcome));
        faults::point("store.answers.given");
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn failure(cause: &str) -> StoreError {
        StoreError::engine("test", cause)
    }

    /// Submits appends `0..`, some of which could not be written, to a disk whose syncs fail from the append `breaks` on.
    fn check(written: &[bool], breaks: usize, expected: &[Result<(), StoreError>]) {
        let sync = move |last| if last < breaks { Ok(()) } else { Err(failure("sync")) };
        let flusher = Flusher::start(sync).unwrap();
        for (number, (written, expected)) in written.iter().zip(expected).enumerate() {
            let (told, outcome) = mpsc::channel();
            let written = if *written { Ok(number) } else { Err(failure("write")) };
            flusher.submit(written, Box::new(move |outcome| told.send(outcome).unwrap()));
            assert_eq!(outcome.recv().unwrap(), *expected, "append {number}");
        }
    }

    #[test]
    fn a_failure_is_told_and_a_failed_sync_is_final() {
        let (write, sync) = (Err(failure("write")), Err(failure("sync")));
        check(&[true, true], 9, &[Ok(()), Ok(())]);
        check(&[true, false, true], 9, &[Ok(()), write.clone(), Ok(())]);
        check(&[true, true, true], 1, &[Ok(()), sync.clone(), sync.clone()]);
        check(&[true, true, false, true], 1, &[Ok(()), sync.clone(), sync.clone(), sync]);
    }

    #[test]
    fn what_comes_during_a_sync_shares_the_next_one() {
        let (go, gate) = mpsc::channel::<()>();
        let (synced, rounds) = mpsc::channel();
        let flusher = Flusher::start(move |last: u64| {
            synced.send(last).unwrap();
            gate.recv().map_err(StoreError::during("wait"))
        })
        .unwrap();
        let (told, order) = mpsc::channel();
        let submit = |number: u64| {
            let told = told.clone();
            flusher.submit(Ok(number), Box::new(move |outcome| told.send((number, outcome)).unwrap()));
        };
        submit(0);
        assert_eq!(rounds.recv(), Ok(0));
        (1..50).for_each(submit);
        assert!(order.try_recv().is_err(), "nobody is told before the sync is done");
        go.send(()).unwrap();
        assert_eq!(rounds.recv(), Ok(49));
        go.send(()).unwrap();
        let expected: Vec<_> = (0..50).map(|number| (number, Ok(()))).collect();
        assert_eq!(order.iter().take(50).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_callback_may_drop_the_last_handle() {
        let flusher = Arc::new(Flusher::start(|()| Ok(())).unwrap());
        let (told, end) = mpsc::channel();
        let (go, gate) = mpsc::channel::<()>();
        let held = flusher.clone();
        let done = move |_| {
            gate.recv().unwrap();
            drop(held);
            told.send(()).unwrap();
        };
        flusher.submit(Ok(()), Box::new(done));
        drop(flusher);
        go.send(()).unwrap();
        end.recv().unwrap();
    }
}

//! Waiting for a leader: for a bounded time, by a bounded number of requests.

use crate::consensus::Observed;
use crate::limits::RETRY_PAUSE;
use replica::Unavailable;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

/// One request's patience.
pub(crate) struct Patience {
    room: Arc<Semaphore>,
    place: Option<OwnedSemaphorePermit>,
    observed: watch::Receiver<Observed>,
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    /// Waits at most until `deadline`; while it does, takes one place of `room`.
    pub(crate) fn new(room: &Arc<Semaphore>, observed: watch::Receiver<Observed>, deadline: Instant) -> Self {
        Self { room: Arc::clone(room), place: None, observed, deadline, pause: RETRY_PAUSE.0 }
    }

    /// Moves the end.
    pub(crate) fn extend(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Waits a moment, less if the leader changes.
    ///
    /// # Errors
    /// [`Unavailable::Overloaded`] when too many wait already, [`Unavailable::NoLeader`] at the end.
    pub(crate) async fn wait(&mut self) -> Result<(), Unavailable> {
        if self.place.is_none() {
            let place = Arc::clone(&self.room).try_acquire_owned();
            self.place = Some(place.map_err(|_| Unavailable::Overloaded)?);
        }
        let until = self.deadline.min(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(RETRY_PAUSE.1);
        let leader = self.observed.borrow_and_update().leader;
        let other_leader = self.observed.wait_for(|now| now.leader.is_some() && now.leader != leader);
        let stopped = timeout_at(until, other_leader).await.is_ok_and(|changed| changed.is_err());
        if stopped {
            // A consensus that has stopped changes no more.
            sleep_until(until).await;
        }
        if Instant::now() >= self.deadline { Err(Unavailable::NoLeader) } else { Ok(()) }
    }
}

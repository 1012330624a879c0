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
        let changed = timeout_at(until, other_leader).await.map(|changed| changed.is_ok());
        match changed {
            // A new leader takes its first write a moment after it is known: no long pause before the next attempt.
            Ok(true) => self.pause = RETRY_PAUSE.0,
            // A consensus that has stopped changes no more.
            Ok(false) => sleep_until(until).await,
            Err(_) => {}
        }
        if Instant::now() >= self.deadline { Err(Unavailable::NoLeader) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn led_by(leader: u64) -> Observed {
        Observed {
            role: Role::Follower,
            term: leader,
            since: Instant::now(),
            leader: Some(leader),
            members: Default::default(),
            voters: Default::default(),
            quorums: Vec::new(),
        }
    }

    #[tokio::test]
    async fn pauses_grow_until_another_leads() {
        let (sender, observed) = watch::channel(led_by(1));
        let room = Arc::new(Semaphore::new(1));
        let mut patience = Patience::new(&room, observed, Instant::now() + Duration::from_secs(60));
        for _ in 0..8 {
            patience.wait().await.expect("there is time");
        }
        assert_eq!(patience.pause, RETRY_PAUSE.1);
        let (waited, _) = tokio::join!(patience.wait(), async { sender.send_replace(led_by(2)) });
        waited.expect("there is time");
        assert_eq!(patience.pause, RETRY_PAUSE.0);
    }

    #[tokio::test]
    async fn who_finds_no_room_does_not_wait() {
        let (_sender, observed) = watch::channel(led_by(1));
        let room = Arc::new(Semaphore::new(0));
        let mut patience = Patience::new(&room, observed, Instant::now() + Duration::from_secs(60));
        assert_eq!(patience.wait().await, Err(Unavailable::Overloaded));
    }
}

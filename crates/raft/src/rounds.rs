//! Rounds that many share: one under way, one gathering.
//!
//! A read barrier asks a quorum a question whose answer covers everything before it was asked. So a request may share the
//! answer to a question that is asked after the request came in, and never to one that was asked before.

use futures::future::BoxFuture;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A question that many share. Clones share it too.
pub(crate) struct Rounds<T> {
    ask: Arc<dyn Fn() -> BoxFuture<'static, T> + Send + Sync>,
    state: Arc<Mutex<State<T>>>,
    /// Where it is asked, whoever joins from wherever.
    runtime: Handle,
}

struct State<T> {
    /// Who gets the answer of the next round.
    gathering: Vec<oneshot::Sender<T>>,
    /// Whether a task asks one round after the other.
    running: bool,
}

impl<T> Clone for Rounds<T> {
    fn clone(&self) -> Self {
        Self { ask: Arc::clone(&self.ask), state: Arc::clone(&self.state), runtime: self.runtime.clone() }
    }
}

impl<T: Clone + Send + 'static> Rounds<T> {
    /// Rounds of `ask`, in the runtime that this is called in.
    pub(crate) fn new(ask: impl Fn() -> BoxFuture<'static, T> + Send + Sync + 'static) -> Self {
        let state = Arc::new(Mutex::new(State { gathering: Vec::new(), running: false }));
        Self { ask: Arc::new(ask), state, runtime: Handle::current() }
    }

    /// The answer to a question that is asked after this call. `None` when the question was never answered.
    pub(crate) async fn join(&self) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        let start = {
            let mut state = self.lock();
            state.gathering.push(sender);
            !std::mem::replace(&mut state.running, true)
        };
        if start {
            self.runtime.spawn(self.clone().run());
        }
        receiver.await.ok()
    }

    /// Asks until nobody waits. Whoever comes after a round's riders were taken rides with the next.
    async fn run(self) {
        let running = Running(&self);
        loop {
            // Lets everybody join who is ready to: a round costs the same for one as for all.
            tokio::task::yield_now().await;
            let mut riders = {
                let mut state = self.lock();
                if state.gathering.is_empty() {
                    state.running = false;
                    std::mem::forget(running);
                    return;
                }
                std::mem::take(&mut state.gathering)
            };
            metrics::histogram!("lockstep_raft_read_round_riders").record(riders.len() as f64);
            let answer = (self.ask)().await;
            if faults::planted(faults::Bug::JoinRoundAlreadySent) {
                riders.append(&mut self.lock().gathering);
            }
            for rider in riders {
                // A rider that gave up waiting is no concern of the others.
                let _ = rider.send(answer.clone());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the next request start anew when a question panicked or its task was dropped.
struct Running<'a, T: Clone + Send + 'static>(&'a Rounds<T>);

impl<T: Clone + Send + 'static> Drop for Running<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = false;
        state.gathering.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Semaphore;
    use tokio::task::JoinHandle;

    /// Rounds that are numbered as they are sent, and answered when the test lets them.
    struct Setup {
        rounds: Rounds<u32>,
        sent: Arc<AtomicU32>,
        answers: Arc<Semaphore>,
    }

    impl Setup {
        fn new() -> Self {
            let (sent, answers) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
            let (counter, gate) = (Arc::clone(&sent), Arc::clone(&answers));
            let rounds = Rounds::new(move || {
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                let gate = Arc::clone(&gate);
                Box::pin(async move {
                    gate.acquire().await.expect("the gate stays").forget();
                    number
                })
            });
            Self { rounds, sent, answers }
        }

        fn request(&self) -> JoinHandle<Option<u32>> {
            let rounds = self.rounds.clone();
            tokio::spawn(async move { rounds.join().await })
        }

        async fn until_sent(&self, number: u32) {
            while self.sent.load(Ordering::SeqCst) < number {
                tokio::task::yield_now().await;
            }
        }

        async fn until_gathered(&self, number: usize) {
            while self.rounds.lock().gathering.len() < number {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_request_never_joins_a_round_already_sent() {
        let setup = Setup::new();
        let first = setup.request();
        setup.until_sent(1).await;
        let later = [setup.request(), setup.request(), setup.request()];
        setup.until_gathered(3).await;
        setup.answers.add_permits(1);
        assert_eq!(first.await.expect("no panic"), Some(1));
        setup.until_sent(2).await;
        setup.answers.add_permits(1);
        for request in later {
            assert_eq!(request.await.expect("no panic"), Some(2), "all that came meanwhile share the next round");
        }
        assert_eq!(setup.sent.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_request_after_a_quiet_time_starts_a_new_round() {
        let setup = Setup::new();
        setup.answers.add_permits(2);
        assert_eq!(setup.request().await.expect("no panic"), Some(1));
        assert_eq!(setup.request().await.expect("no panic"), Some(2));
    }

    #[tokio::test]
    async fn a_panicking_round_fails_its_riders_and_no_others() {
        let asked = AtomicU32::new(0);
        let rounds = Rounds::new(move || {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            Box::pin(async move {
                assert!(!first, "the first round fails");
                7
            })
        });
        assert_eq!(rounds.join().await, None);
        assert_eq!(rounds.join().await, Some(7));
    }
}

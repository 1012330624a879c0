//! What a service does when a command of its due queue is to be proposed.

use crate::Fault;
use replica::Command;
use replica::due::Due;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Prepared = Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send>>;

/// The commands that need something drawn, or asked for, before they are proposed. One that is not listed is proposed
/// as the queue holds it.
#[derive(Default)]
pub struct Jobs(BTreeMap<u32, Box<dyn Fn(Due) -> Prepared + Send + Sync>>);

impl Jobs {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `prepare` fill in what a due `C` lacks. It runs on the leader, before every attempt.
    ///
    /// # Panics
    /// When the command was added before.
    pub fn add<S, C, F, Fut>(&mut self, service: Arc<S>, prepare: F)
    where
        S: Send + Sync + 'static,
        C: Command,
        F: Fn(Arc<S>, C) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<C, Fault>> + Send + 'static,
    {
        let run = move |due: Due| -> Prepared {
            let command = C::decode(due.body.as_slice()).expect("the queue holds what apply scheduled");
            let prepared = prepare(service.clone(), command);
            Box::pin(async move { Ok(prepared.await?.encode_to_vec()) })
        };
        let former = self.0.insert(C::KIND, Box::new(run));
        assert!(former.is_none(), "two jobs for the command {}", C::KIND);
    }

    /// The body to propose for `due`.
    ///
    /// # Errors
    /// What its service answers; the command stays due.
    pub async fn prepare(&self, due: Due) -> Result<Vec<u8>, Fault> {
        match self.0.get(&due.kind) {
            Some(prepare) => prepare(due).await,
            None => Ok(due.body),
        }
    }
}

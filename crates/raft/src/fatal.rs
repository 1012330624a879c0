//! The end of a process that cannot go on: a failing disk, a damaged table, a command that this binary does not know.

use std::sync::Arc;
use std::{fmt, io};
use store::StoreError;

/// What to do when the node must not go on. A node that went on would answer from state it cannot trust, or diverge.
#[derive(Clone)]
pub struct Fatal {
    end: Hook,
    distrust: Hook,
}

type Hook = Arc<dyn Fn(&str) + Send + Sync>;

impl Fatal {
    /// Logs the reason and aborts the process.
    pub fn abort() -> Self {
        Self::hook(|_| std::process::abort())
    }

    /// Calls `hook` with the reason; for tests.
    pub fn hook(hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { end: Arc::new(hook), distrust: Arc::new(|_| {}) }
    }

    /// Before the node ends because of its disk, calls `hook` with what is wrong: bytes are damaged, or older than they
    /// were. The same disk must not be used again.
    pub fn on_distrust(self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { distrust: Arc::new(hook), ..self }
    }

    /// Ends the node.
    ///
    /// # Panics
    /// Always, when a hook let the process live: the caller has nothing to go on with.
    pub fn end(&self, reason: impl fmt::Display) -> ! {
        let error = self.error(reason);
        panic!("{error}");
    }

    /// Ends the node; when a hook lets the process live, gives an error that stops the consensus.
    pub(crate) fn error(&self, reason: impl fmt::Display) -> io::Error {
        let reason = reason.to_string();
        tracing::error!(reason, "the node cannot go on");
        (self.end)(&reason);
        io::Error::other(format!("the node cannot go on: {reason}"))
    }

    /// Ends the node because its disk failed.
    pub fn disk(&self, error: &StoreError) -> io::Error {
        if matches!(error, StoreError::Damaged { .. }) {
            (self.distrust)(&error.to_string());
        }
        self.error(error)
    }

    /// As [`Fatal::disk`], where there is nobody to hand an error to.
    ///
    /// # Panics
    /// Always, when a hook let the process live.
    pub(crate) fn end_by_disk(&self, error: &StoreError) -> ! {
        let error = self.disk(error);
        panic!("{error}");
    }

    /// Ends the node because its disk is older than it was.
    pub(crate) fn rolled_back(&self, reason: impl fmt::Display) {
        let reason = reason.to_string();
        (self.distrust)(&reason);
        self.error(reason);
    }
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fatal")
    }
}

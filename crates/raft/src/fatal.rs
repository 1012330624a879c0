//! The end of a process that cannot go on: a failing disk, a damaged table, a command that this binary does not know.

use std::sync::Arc;
use std::{fmt, io};

/// What to do when the node must not go on. A node that went on would answer from state it cannot trust, or diverge.
#[derive(Clone)]
pub struct Fatal(Arc<dyn Fn(&str) + Send + Sync>);

impl Fatal {
    /// Logs the reason and aborts the process.
    pub fn abort() -> Self {
        Self(Arc::new(|_| std::process::abort()))
    }

    /// Calls `hook` with the reason; for tests.
    pub fn hook(hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
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
        (self.0)(&reason);
        io::Error::other(format!("the node cannot go on: {reason}"))
    }
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fatal")
    }
}

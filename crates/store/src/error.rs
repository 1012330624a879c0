//! What can go wrong on a disk.

/// What can go wrong. Nothing here is retried on the same disk: a node whose disk fails ends. The one exception is
/// [`StoreError::Rejected`], where the disk is well and somebody else's snapshot is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The operating system or the engine failed.
    #[error("{action}: {cause}")]
    Engine {
        /// What was being done.
        action: &'static str,
        /// The engine's own words.
        cause: String,
    },
    /// Bytes on disk are not what was written.
    #[error("{what} is damaged")]
    Damaged {
        /// Which part.
        what: String,
    },
    /// What was received is not a whole snapshot. Nothing changed; it can be received again.
    #[error("the received snapshot is rejected: {cause}")]
    Rejected {
        /// What is wrong with it.
        cause: &'static str,
    },
}

impl StoreError {
    /// A failure of the engine, in its own words.
    pub(crate) fn engine(action: &'static str, cause: impl ToString) -> StoreError {
        StoreError::Engine { action, cause: cause.to_string() }
    }

    /// Wraps the error of a library: `.map_err(StoreError::during("sync the log"))`.
    pub(crate) fn during<E: ToString>(action: &'static str) -> impl FnOnce(E) -> StoreError {
        move |cause| StoreError::engine(action, cause)
    }

    /// Bytes on disk are not what was written.
    pub(crate) fn damaged(what: impl Into<String>) -> StoreError {
        StoreError::Damaged { what: what.into() }
    }
}

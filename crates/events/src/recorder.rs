//! Where records go.

use crate::Record;

/// Keeps records. Called once per answer, before the answer goes out.
pub trait Recorder: Send + Sync + 'static {
    /// Keeps `record`.
    ///
    /// # Errors
    /// [`NotRecorded`] when it could not be kept: the caller then withholds the answer that it describes.
    fn record(&self, record: &Record) -> Result<(), NotRecorded>;
}

/// A record that could not be kept. The cause is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event could not be recorded: {0}")]
pub struct NotRecorded(pub String);

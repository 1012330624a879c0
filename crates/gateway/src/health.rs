//! Whether this node may be sent requests.

/// Answers whether the node is ready: it knows a leader, has caught up and is unsealed.
pub trait Readiness: Send + Sync + 'static {
    /// Nothing, or in one sentence what is missing.
    ///
    /// # Errors
    /// What is missing, for the operator.
    fn ready(&self) -> Result<(), String>;
}

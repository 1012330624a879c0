//! The service itself: what its operations work with.

use access::Authority;
use crypto::Vault;
use events::Recorder;
use kms::Kms;
use replica::Replica;
use std::sync::Arc;

/// Secrets Manager of one cluster.
#[expect(dead_code, reason = "no operation is built yet")]
pub struct SecretsManager {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) authority: Authority,
    pub(crate) vault: Arc<Vault>,
    pub(crate) kms: Arc<Kms>,
    pub(crate) recorder: Arc<dyn Recorder>,
}

impl SecretsManager {
    /// A service over `replica`. The data keys of secrets come from `kms`, on the caller's behalf; the vault seals values
    /// under them, and the tokens of pages. What it does for other services goes to `recorder`; what callers ask of it
    /// directly is recorded by the gateway.
    pub fn new(
        replica: Arc<dyn Replica>,
        authority: Authority,
        vault: Arc<Vault>,
        kms: Arc<Kms>,
        recorder: Arc<dyn Recorder>,
    ) -> Self {
        Self { replica, authority, vault, kms, recorder }
    }
}

//! The service itself: what its operations work with.

use crate::error::IamError;
use crypto::Vault;
use replica::{Command, Partition, Refusal, Region, Replica, RequestId};
use std::sync::Arc;

/// Accounts and credentials of one cluster.
pub struct Iam {
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) partition: Partition,
}

impl Iam {
    /// The service on `replica`, which serves `region`, with secrets sealed by `vault`.
    pub fn new(replica: Arc<dyn Replica>, vault: Arc<Vault>, region: &Region) -> Self {
        Self { replica, vault, partition: Partition::of(region) }
    }

    /// Proposes a command of the operator, whose authority is the socket he came through and no policy.
    pub(crate) async fn propose<C: Command>(&self, command: C) -> Result<C::Reply, IamError> {
        let id = RequestId(crypto::random_bytes());
        let outcome: Result<C::Reply, Refusal> = replica::propose(&*self.replica, id, vec![], command).await?;
        outcome.map_err(IamError::from)
    }
}

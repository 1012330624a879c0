//! What apply refuses with, on its way through the log and back.

use crate::KmsError;
use replica::{Arn, Refusal};

/// A refusal of one of this service's commands. The numbers are on disk: append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Refused {
    /// The account has as many keys as it may.
    QuotaReached = 1,
    /// The drawn key id is taken.
    IdTaken = 2,
    /// There is no such key.
    NotFound = 3,
    /// The key waits for its deletion.
    PendingDeletion = 4,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal::new(refused as u32, [])
    }
}

impl Refused {
    const ALL: [Refused; 4] = [Self::QuotaReached, Self::IdTaken, Self::NotFound, Self::PendingDeletion];

    /// The error of a refusal of a command about the key `arn`.
    pub(crate) fn error(refusal: &Refusal, arn: &Arn) -> KmsError {
        let refused = Self::ALL.into_iter().find(|refused| *refused as u32 == refusal.kind);
        match refused {
            Some(Self::QuotaReached) => {
                KmsError::LimitExceeded { what: "The account has reached its quota of customer managed keys." }
            }
            Some(Self::NotFound) => KmsError::KeyNotFound { arn: arn.to_string() },
            Some(Self::PendingDeletion) => KmsError::KeyPendingDeletion { arn: arn.to_string() },
            Some(Self::IdTaken) | None => KmsError::Internal { cause: format!("refusal {}", refusal.kind) },
        }
    }
}

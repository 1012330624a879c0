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
    /// The key is switched off.
    Disabled = 5,
    /// The key does not wait for its deletion.
    NotPendingDeletion = 6,
    /// Somebody has an alias of that name.
    AliasTaken = 7,
    /// There is no such alias.
    AliasNotFound = 8,
    /// The key has as many aliases as it may.
    AliasQuotaReached = 9,
    /// What the change was decided on has moved since: it is to be decided anew.
    Moved = 10,
    /// The key would have more tags than it may.
    TooManyTags = 11,
    /// The key was rotated on demand as often as it may be.
    RotationQuotaReached = 12,
    /// An automatic rotation of the key is near.
    RotationNear = 13,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let refusal = Refusal::new(refused as u32, []);
        if refused == Refused::Moved { refusal.starting_over() } else { refusal }
    }
}

impl Refused {
    const ALL: [Refused; 13] = [
        Self::QuotaReached,
        Self::IdTaken,
        Self::NotFound,
        Self::PendingDeletion,
        Self::Disabled,
        Self::NotPendingDeletion,
        Self::AliasTaken,
        Self::AliasNotFound,
        Self::AliasQuotaReached,
        Self::Moved,
        Self::TooManyTags,
        Self::RotationQuotaReached,
        Self::RotationNear,
    ];

    /// Reads a refusal again; `None` when a member of a newer version wrote it.
    pub(crate) fn read(refusal: &Refusal) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| *refused as u32 == refusal.kind)
    }

    /// The error of a refusal of a command about the key `arn`.
    pub(crate) fn error(refusal: &Refusal, arn: &Arn) -> KmsError {
        let arn = arn.to_string();
        match Self::read(refusal) {
            Some(Self::QuotaReached) => {
                KmsError::LimitExceeded { what: "The account has reached its quota of customer managed keys." }
            }
            Some(Self::NotFound) => KmsError::KeyNotFound { arn },
            Some(Self::PendingDeletion) => KmsError::KeyPendingDeletion { arn },
            Some(Self::Disabled) => KmsError::KeyDisabled { arn },
            Some(Self::NotPendingDeletion) => KmsError::KeyNotPendingDeletion { arn },
            Some(Self::AliasQuotaReached) => {
                KmsError::LimitExceeded { what: "The KMS key has reached its quota of aliases." }
            }
            Some(Self::TooManyTags) => KmsError::Tags { reason: "Too many tags" },
            Some(Self::RotationQuotaReached) => KmsError::RotationLimitExceeded { arn },
            Some(Self::RotationNear) => KmsError::RotationConflict,
            Some(Self::IdTaken | Self::AliasTaken | Self::AliasNotFound | Self::Moved) | None => {
                KmsError::Internal { cause: format!("refusal {}", refusal.kind) }
            }
        }
    }
}

//! What apply refuses with, on its way through the log and back.

use crate::SsmError;
use replica::Refusal;

/// A refusal of one of this service's commands. The numbers are on disk: append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Refused {
    /// The name is taken.
    AlreadyExists = 1,
    /// A parameter keeps its type.
    TypeMismatch = 2,
    /// The account has as many parameters as it may.
    ParameterLimit = 3,
    /// What the request left to the parameter has changed since it was looked at.
    Moved = 4,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal::new(refused as u32, [])
    }
}

impl Refused {
    const ALL: [Refused; 4] = [Self::AlreadyExists, Self::TypeMismatch, Self::ParameterLimit, Self::Moved];

    /// Reads a refusal again; `None` when a member of a newer version wrote it.
    pub(crate) fn read(refusal: &Refusal) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| *refused as u32 == refusal.kind)
    }

    /// The error of a refusal.
    pub(crate) fn error(self) -> SsmError {
        match self {
            Self::AlreadyExists => SsmError::ParameterAlreadyExists,
            Self::TypeMismatch => SsmError::HierarchyTypeMismatch,
            Self::ParameterLimit => SsmError::ParameterLimit,
            Self::Moved => SsmError::TooManyUpdates,
        }
    }
}

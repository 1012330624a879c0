//! What apply refuses with, on its way through the log and back.

use crate::SsmError;
use replica::Refusal;

/// A refusal of one of this service's commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The name is taken.
    AlreadyExists,
    /// A parameter keeps its type.
    TypeMismatch,
    /// The account has as many parameters of the tier as it may.
    ParameterLimit,
    /// What the request left to the parameter has changed since it was looked at.
    Moved,
    /// There is no such parameter.
    ParameterNotFound,
    /// The parameter has no such version.
    VersionNotFound,
    /// The version has as many labels as it may.
    LabelLimit,
    /// The version that a new one would drop carries a label.
    OldestLabelled {
        /// Which.
        version: u64,
    },
    /// The parameter has as many tags as it may.
    TagLimit,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let version = match refused {
            Refused::OldestLabelled { version } => Some(version.to_string()),
            _ => None,
        };
        let refusal = Refusal::new(refused.number(), version);
        if refused == Refused::Moved { refusal.starting_over() } else { refusal }
    }
}

impl Refused {
    const PLAIN: [Refused; 8] = [
        Self::AlreadyExists,
        Self::TypeMismatch,
        Self::ParameterLimit,
        Self::Moved,
        Self::ParameterNotFound,
        Self::VersionNotFound,
        Self::LabelLimit,
        Self::TagLimit,
    ];

    /// Its number on disk: append-only.
    const fn number(self) -> u32 {
        match self {
            Self::AlreadyExists => 1,
            Self::TypeMismatch => 2,
            Self::ParameterLimit => 3,
            Self::Moved => 4,
            Self::ParameterNotFound => 5,
            Self::VersionNotFound => 6,
            Self::LabelLimit => 7,
            Self::OldestLabelled { .. } => 8,
            Self::TagLimit => 9,
        }
    }

    /// Reads a refusal again; `None` when a member of a newer version wrote it.
    pub(crate) fn read(refusal: &Refusal) -> Option<Self> {
        let plain = Self::PLAIN.into_iter().find(|refused| refused.number() == refusal.kind);
        plain.or_else(|| {
            let version = refusal.args.first()?.parse().ok()?;
            let labelled = Self::OldestLabelled { version };
            (labelled.number() == refusal.kind).then_some(labelled)
        })
    }

    /// What a command was refused with; an error when this binary does not know it.
    pub(crate) fn known(refusal: &Refusal) -> Result<Self, SsmError> {
        Self::read(refusal).ok_or_else(|| SsmError::Internal { cause: format!("refusal {}", refusal.kind) })
    }

    /// The error of a refusal of a command on the parameter `name`, and on its version if the command names one.
    pub(crate) fn error(self, name: &str, version: u64) -> SsmError {
        let name = name.to_owned();
        match self {
            Self::AlreadyExists => SsmError::ParameterAlreadyExists,
            Self::TypeMismatch => SsmError::HierarchyTypeMismatch,
            Self::ParameterLimit => SsmError::ParameterLimit,
            Self::Moved => SsmError::TooManyUpdates,
            Self::ParameterNotFound => SsmError::ParameterNotFound,
            Self::VersionNotFound => SsmError::VersionNotFound { what: format!("version {version}"), name },
            Self::LabelLimit => SsmError::LabelLimit,
            Self::OldestLabelled { version } => SsmError::OldestLabelled { version, name },
            Self::TagLimit => SsmError::TooManyTags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_comes_back_from_the_log_as_it_went_in() {
        let labelled = Refused::OldestLabelled { version: 7 };
        for (at, refused) in Refused::PLAIN.into_iter().chain([labelled]).enumerate() {
            assert_eq!(Refused::read(&refused.into()), Some(refused), "{at}");
        }
        assert_eq!(Refused::read(&Refusal::new(99, [])), None);
        assert_eq!(Refused::read(&Refusal::new(8, [])), None, "with its argument missing");
    }
}

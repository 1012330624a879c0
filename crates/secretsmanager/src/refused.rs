//! What apply refuses with, on its way through the log and back.

use crate::SecretsError;
use replica::Refusal;

/// A refusal of one of this service's commands. The numbers are on disk: append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 1: the name is taken.
    NameTaken,
    /// 2: the name is that of a secret that waits for its deletion.
    NameScheduledForDeletion,
    /// 3: the account has as many secrets as it may.
    SecretLimit,
    /// 4: there is no such secret.
    NotFound,
    /// 5: the secret waits for its deletion.
    MarkedForDeletion,
    /// 6: the secret has a version of this id.
    TokenInUse,
    /// 7: what the values were sealed for has changed since it was looked at.
    Moved,
    /// 8: the secret has as many staging labels as it may.
    StageLimit,
    /// 9: the secret has as many versions as it may, and none may go.
    VersionLimit,
    /// 10: the secret has no such version.
    VersionNotFound(String),
    /// 11: another version has the label, and the request does not say so.
    StageHeld {
        /// The label.
        stage: String,
        /// Who has it.
        version: String,
    },
    /// 12: the version does not have the label.
    StageNotThere {
        /// The label.
        stage: String,
        /// The version.
        version: String,
    },
    /// 13: a secret keeps its AWSCURRENT.
    CurrentStays,
    /// 14: the secret has as many tags as it may.
    TagLimit,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let starts_over = refused.starts_over();
        let (kind, args): (u32, Vec<String>) = match refused {
            Refused::NameTaken => (1, vec![]),
            Refused::NameScheduledForDeletion => (2, vec![]),
            Refused::SecretLimit => (3, vec![]),
            Refused::NotFound => (4, vec![]),
            Refused::MarkedForDeletion => (5, vec![]),
            Refused::TokenInUse => (6, vec![]),
            Refused::Moved => (7, vec![]),
            Refused::StageLimit => (8, vec![]),
            Refused::VersionLimit => (9, vec![]),
            Refused::VersionNotFound(version) => (10, vec![version]),
            Refused::StageHeld { stage, version } => (11, vec![stage, version]),
            Refused::StageNotThere { stage, version } => (12, vec![stage, version]),
            Refused::CurrentStays => (13, vec![]),
            Refused::TagLimit => (14, vec![]),
        };
        let refusal = Refusal::new(kind, args);
        if starts_over { refusal.starting_over() } else { refusal }
    }
}

impl Refused {
    /// Whether the secret is found again, behind a barrier, and the change is proposed anew: it is another one by now, or
    /// one that was made since under the same name.
    pub(crate) fn starts_over(&self) -> bool {
        matches!(self, Self::Moved | Self::NotFound)
    }

    /// Reads a refusal again.
    ///
    /// # Errors
    /// [`SecretsError::Internal`] when a member of a newer version wrote it.
    pub(crate) fn read(refusal: &Refusal) -> Result<Self, SecretsError> {
        let arg = |n: usize| refusal.args.get(n).cloned().unwrap_or_default();
        Ok(match refusal.kind {
            1 => Self::NameTaken,
            2 => Self::NameScheduledForDeletion,
            3 => Self::SecretLimit,
            4 => Self::NotFound,
            5 => Self::MarkedForDeletion,
            6 => Self::TokenInUse,
            7 => Self::Moved,
            8 => Self::StageLimit,
            9 => Self::VersionLimit,
            10 => Self::VersionNotFound(arg(0)),
            11 => Self::StageHeld { stage: arg(0), version: arg(1) },
            12 => Self::StageNotThere { stage: arg(0), version: arg(1) },
            13 => Self::CurrentStays,
            14 => Self::TagLimit,
            kind => return Err(SecretsError::Internal { cause: format!("refusal {kind}") }),
        })
    }

    /// The error of a refusal of a command about the secret `name`.
    pub(crate) fn error(self, name: &str) -> SecretsError {
        match self {
            Self::NameTaken => SecretsError::AlreadyExists { name: name.to_owned() },
            Self::NameScheduledForDeletion => SecretsError::NameScheduledForDeletion,
            Self::SecretLimit => {
                SecretsError::LimitExceeded { what: "You've reached the quota of secrets in this account." }
            }
            Self::NotFound => SecretsError::SecretNotFound,
            Self::MarkedForDeletion => SecretsError::MarkedForDeletion,
            // Who proposes with a token answers for it before it comes here.
            Self::TokenInUse | Self::Moved => SecretsError::Contended,
            Self::StageLimit => {
                SecretsError::LimitExceeded { what: "You've reached the quota of staging labels of this secret." }
            }
            Self::VersionLimit => {
                SecretsError::LimitExceeded { what: "You've reached the quota of versions of this secret." }
            }
            Self::VersionNotFound(version) => SecretsError::ValueNotFound { what: format!("VersionId: {version}") },
            Self::StageHeld { stage, version } => SecretsError::StageHeld { stage, version },
            Self::StageNotThere { stage, version } => {
                SecretsError::invalid(format!("The staging label {stage} is not attached to version {version}."))
            }
            Self::CurrentStays => SecretsError::invalid(
                "You can only move staging label AWSCURRENT to a different secret version. It can\u{2019}t be completely \
                 removed.",
            ),
            Self::TagLimit => SecretsError::invalid("A secret can have at most 50 tags."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_as_they_were_written() {
        let (stage, version) = ("s".to_owned(), "v".to_owned());
        let all = [
            Refused::NameTaken,
            Refused::NameScheduledForDeletion,
            Refused::SecretLimit,
            Refused::NotFound,
            Refused::MarkedForDeletion,
            Refused::TokenInUse,
            Refused::Moved,
            Refused::StageLimit,
            Refused::VersionLimit,
            Refused::VersionNotFound(version.clone()),
            Refused::StageHeld { stage: stage.clone(), version: version.clone() },
            Refused::StageNotThere { stage, version },
            Refused::CurrentStays,
            Refused::TagLimit,
        ];
        for (n, refused) in all.into_iter().enumerate() {
            let refusal = Refusal::from(refused.clone());
            assert_eq!((refusal.kind as usize, Refused::read(&refusal)), (n + 1, Ok(refused)));
        }
        assert!(Refused::read(&Refusal::new(99, [])).is_err());
    }
}

//! Every AWS error that this service gives, and the one place where each gets its code and text.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html> and the errors of each operation.

use access::Denied;
use crypto::CryptoError;
use events::NotRecorded;
use kms::KmsError;
use replica::{ProposeError, Unavailable};
use service::{Fault, FaultKind};

/// Why a call of this service failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum SecretsError {
    /// There is no such secret.
    #[error("Secrets Manager can't find the specified secret.")]
    SecretNotFound,
    /// The secret has no version with such an id, or with such a label.
    #[error("Secrets Manager can't find the specified secret value for {what}")]
    ValueNotFound {
        /// Such as `staging label: AWSCURRENT`.
        what: String,
    },
    /// The version that is asked for does not have the label that is asked for.
    #[error("You provided a VersionStage that is not associated to the provided VersionId.")]
    StageOfOtherVersion,
    /// The secret waits for its deletion.
    #[error("You can't perform this operation on the secret because it was marked for deletion.")]
    MarkedForDeletion,
    /// The name is that of a secret that waits for its deletion.
    #[error("You can't create this secret because a secret with this name is already scheduled for deletion.")]
    NameScheduledForDeletion,
    /// The name is taken.
    #[error("The operation failed because the secret {name} already exists.")]
    AlreadyExists {
        /// The name.
        name: String,
    },
    /// The token is that of a version with another value, or of one where none may be.
    #[error(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    )]
    TokenInUse {
        /// The token.
        token: String,
        /// The secret.
        arn: String,
    },
    /// The label is on a version that the request does not name.
    #[error(
        "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version \
         {version}, so you must explicitly reference that version in RemoveFromVersionId."
    )]
    StageHeld {
        /// The label.
        stage: String,
        /// Who has it.
        version: String,
    },
    /// A quota is used up.
    #[error("{what}")]
    LimitExceeded {
        /// Which quota.
        what: &'static str,
    },
    /// The request contradicts itself or a rule that the model does not state.
    #[error("{0}")]
    InvalidParameter(String),
    /// The secret's state forbids it.
    #[error("{0}")]
    InvalidRequest(String),
    /// AWS offers it; this cluster does not.
    #[error("{what} is not supported by this cluster.")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
    /// The token is not one that this listing gave to this account.
    #[error("The NextToken value is invalid.")]
    InvalidNextToken,
    /// The secret changed under the request again and again.
    #[error("The secret is being changed by other requests. Try again.")]
    Contended,
    /// The caller may not.
    #[error("{0}")]
    Denied(Denied),
    /// The caller may not use the key.
    #[error("Access to KMS is not allowed")]
    KeyDenied,
    /// The key cannot encrypt.
    #[error(
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is \
         available, enabled, and not in an invalid state. {cause}"
    )]
    NotEncrypted {
        /// What the Key Management Service said.
        cause: String,
    },
    /// The key cannot decrypt.
    #[error("Secrets Manager can't decrypt the protected secret text using the provided KMS key. {cause}")]
    NotDecrypted {
        /// What the Key Management Service said.
        cause: String,
    },
    /// Our defect, or keys that this node cannot open at the moment; the cause is for the operator.
    #[error("An error occurred on the server side.")]
    Internal {
        /// What went wrong.
        cause: String,
    },
    /// The cluster gave no answer.
    #[error(transparent)]
    NotProposed(#[from] ProposeError),
}

impl SecretsError {
    /// An InvalidParameterException.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameter(message.into())
    }

    /// What a call of the Key Management Service that encrypts came to, in the words of this service.
    pub(crate) fn of_encryption(error: KmsError) -> Self {
        Self::of_kms(error, |cause| Self::NotEncrypted { cause })
    }

    /// What a call of the Key Management Service that decrypts came to, in the words of this service.
    pub(crate) fn of_decryption(error: KmsError) -> Self {
        Self::of_kms(error, |cause| Self::NotDecrypted { cause })
    }

    fn of_kms(error: KmsError, unusable: impl FnOnce(String) -> Self) -> Self {
        match error {
            KmsError::NotProposed(cause) => Self::NotProposed(cause),
            KmsError::Denied(Denied::Credential) => Self::Denied(Denied::Credential),
            KmsError::Denied(Denied::Policy { .. }) | KmsError::CiphertextKeyUnknown => Self::KeyDenied,
            KmsError::KeyUnavailable | KmsError::Internal { .. } | KmsError::InvalidCiphertext => {
                Self::Internal { cause: format!("{error:?}") }
            }
            error => unusable(Fault::from(error).message),
        }
    }
}

impl From<Denied> for SecretsError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Unavailable> for SecretsError {
    fn from(cause: Unavailable) -> Self {
        Self::NotProposed(cause.into())
    }
}

impl From<CryptoError> for SecretsError {
    fn from(cause: CryptoError) -> Self {
        Self::Internal { cause: cause.to_string() }
    }
}

impl From<NotRecorded> for SecretsError {
    fn from(cause: NotRecorded) -> Self {
        Self::Internal { cause: cause.to_string() }
    }
}

impl From<SecretsError> for Fault {
    fn from(error: SecretsError) -> Self {
        use FaultKind as Kind;
        let (kind, code) = match &error {
            SecretsError::SecretNotFound | SecretsError::ValueNotFound { .. } => {
                (Kind::NotFound, "ResourceNotFoundException")
            }
            SecretsError::StageOfOtherVersion
            | SecretsError::MarkedForDeletion
            | SecretsError::NameScheduledForDeletion
            | SecretsError::InvalidRequest(_)
            | SecretsError::Contended => (Kind::State, "InvalidRequestException"),
            SecretsError::AlreadyExists { .. } | SecretsError::TokenInUse { .. } => {
                (Kind::AlreadyExists, "ResourceExistsException")
            }
            SecretsError::StageHeld { .. } | SecretsError::InvalidParameter(_) | SecretsError::Unsupported { .. } => {
                (Kind::Invalid, "InvalidParameterException")
            }
            SecretsError::LimitExceeded { .. } => (Kind::Exhausted, "LimitExceededException"),
            SecretsError::InvalidNextToken => (Kind::Invalid, "InvalidNextTokenException"),
            SecretsError::KeyDenied => (Kind::Denied, "AccessDeniedException"),
            SecretsError::NotEncrypted { .. } => (Kind::State, "EncryptionFailure"),
            SecretsError::NotDecrypted { .. } => (Kind::State, "DecryptionFailure"),
            SecretsError::Internal { cause } => {
                tracing::error!(cause, "a call failed");
                (Kind::Internal, "InternalServiceError")
            }
            SecretsError::Denied(denied) => return denied.clone().into(),
            SecretsError::NotProposed(cause) => return (*cause).into(),
        };
        Fault::new(kind, code, error.to_string())
    }
}

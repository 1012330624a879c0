//! Every AWS error that this service gives, and the one place where each gets its code and text.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html> and the errors of each operation.

use access::Denied;
use crypto::CryptoError;
use events::NotRecorded;
use replica::{ProposeError, Unavailable};
use service::{Fault, FaultKind};

/// Why a call of this service failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KmsError {
    /// The text is no key id and no name of a key.
    #[error("Invalid keyId '{text}'")]
    InvalidKeyId {
        /// What the caller gave.
        text: String,
    },
    /// The ARN is of another Region, or not of a key or an alias.
    #[error("Invalid arn {text}")]
    InvalidArn {
        /// The Region, or the whole text.
        text: String,
    },
    /// The account has no such key.
    #[error("Key '{arn}' does not exist")]
    KeyNotFound {
        /// The key that was named.
        arn: String,
    },
    /// The account has no such alias.
    #[error("Alias {arn} is not found.")]
    AliasNotFound {
        /// The alias that was named.
        arn: String,
    },
    /// The key is switched off.
    #[error("{arn} is disabled.")]
    KeyDisabled {
        /// The key.
        arn: String,
    },
    /// The key waits for its deletion.
    #[error("{arn} is pending deletion.")]
    KeyPendingDeletion {
        /// The key.
        arn: String,
    },
    /// The key does not wait for its deletion.
    #[error("{arn} is not pending deletion.")]
    KeyNotPendingDeletion {
        /// The key.
        arn: String,
    },
    /// The name of an alias has nothing behind its prefix.
    #[error("The request was rejected because the specified alias name is not valid.")]
    InvalidAliasName,
    /// The name of an alias is one of those that are AWS's own.
    #[error("")]
    AliasReserved,
    /// The account has an alias of that name.
    #[error("An alias with the name {arn} already exists")]
    AliasExists {
        /// The alias.
        arn: String,
    },
    /// The key was rotated on demand as often as it may be.
    #[error(
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
         performed for this key: {arn}"
    )]
    RotationLimitExceeded {
        /// The key.
        arn: String,
    },
    /// An automatic rotation is near.
    #[error(
        "The request was rejected because an automatic rotation of this key is currently in progress or scheduled to \
         begin within the next 20 minutes."
    )]
    RotationConflict,
    /// What the change was decided on moved again and again.
    #[error("The system timed out while trying to fulfill the request. You can retry the request.")]
    Moved,
    /// The ciphertext names a key that is unknown, or that the caller may not use: which of the two stays untold.
    #[error(
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are \
         not allowed to access."
    )]
    CiphertextKeyUnknown,
    /// The ciphertext does not open: altered, truncated, or of another encryption context.
    #[error("")]
    InvalidCiphertext,
    /// The ciphertext was made with another key than the request names.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// The algorithm is not one of the key's.
    #[error("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.")]
    IncompatibleAlgorithm {
        /// As the caller spelled it.
        algorithm: &'static str,
    },
    /// AWS offers it; this cluster does not.
    #[error("{what} is not supported by this cluster.")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
    /// The request contradicts itself or a rule that the model does not state.
    #[error("{message}")]
    Validation {
        /// AWS's text.
        message: String,
    },
    /// The policy document cannot be read.
    #[error("The policy document is not valid: {reason}")]
    MalformedPolicy {
        /// What is wrong.
        reason: &'static str,
    },
    /// The tags break a rule.
    #[error("{reason}")]
    Tags {
        /// AWS's text.
        reason: &'static str,
    },
    /// A quota is used up.
    #[error("{what}")]
    LimitExceeded {
        /// Which quota.
        what: &'static str,
    },
    /// The marker is not one that this listing gave to this account.
    #[error(
        "The request was rejected because the marker that specifies where pagination should next begin is not valid."
    )]
    InvalidMarker,
    /// Everything is in order, and the request asked that nothing be done.
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRun,
    /// The caller may not, by policy; of an AWS managed key, by its key policy.
    #[error("{0}")]
    Denied(Denied),
    /// This node cannot open keys at the moment.
    #[error("The request was rejected because the specified KMS key was not available. You can retry the request.")]
    KeyUnavailable,
    /// Our defect; the cause is for the operator.
    #[error("The request was rejected because an internal exception occurred. The request can be retried.")]
    Internal {
        /// What went wrong.
        cause: String,
    },
    /// The cluster gave no answer.
    #[error(transparent)]
    NotProposed(#[from] ProposeError),
}

impl From<Denied> for KmsError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Unavailable> for KmsError {
    fn from(cause: Unavailable) -> Self {
        Self::NotProposed(cause.into())
    }
}

impl From<CryptoError> for KmsError {
    fn from(cause: CryptoError) -> Self {
        match cause {
            CryptoError::Locked => Self::KeyUnavailable,
            CryptoError::InvalidCiphertext => Self::InvalidCiphertext,
            cause => Self::Internal { cause: cause.to_string() },
        }
    }
}

impl From<NotRecorded> for KmsError {
    fn from(cause: NotRecorded) -> Self {
        Self::Internal { cause: cause.to_string() }
    }
}

impl From<KmsError> for Fault {
    fn from(error: KmsError) -> Self {
        use FaultKind as Kind;
        let (kind, code) = match &error {
            KmsError::InvalidKeyId { .. }
            | KmsError::InvalidArn { .. }
            | KmsError::KeyNotFound { .. }
            | KmsError::AliasNotFound { .. } => (Kind::NotFound, "NotFoundException"),
            KmsError::KeyDisabled { .. } => (Kind::State, "DisabledException"),
            KmsError::KeyPendingDeletion { .. } | KmsError::KeyNotPendingDeletion { .. } => {
                (Kind::State, "KMSInvalidStateException")
            }
            KmsError::InvalidAliasName => (Kind::Invalid, "InvalidAliasNameException"),
            KmsError::AliasReserved => (Kind::Denied, "NotAuthorizedException"),
            KmsError::AliasExists { .. } => (Kind::AlreadyExists, "AlreadyExistsException"),
            KmsError::RotationConflict => (Kind::State, "ConflictException"),
            KmsError::Moved => (Kind::Unavailable, "DependencyTimeoutException"),
            KmsError::CiphertextKeyUnknown => (Kind::Denied, "AccessDeniedException"),
            KmsError::InvalidCiphertext => (Kind::Invalid, "InvalidCiphertextException"),
            KmsError::IncorrectKey => (Kind::Invalid, "IncorrectKeyException"),
            KmsError::IncompatibleAlgorithm { .. } => (Kind::Invalid, "InvalidKeyUsageException"),
            KmsError::Unsupported { .. } => (Kind::Invalid, "UnsupportedOperationException"),
            KmsError::Validation { .. } => (Kind::Invalid, "ValidationException"),
            KmsError::MalformedPolicy { .. } => (Kind::Invalid, "MalformedPolicyDocumentException"),
            KmsError::Tags { .. } => (Kind::Invalid, "TagException"),
            KmsError::LimitExceeded { .. } | KmsError::RotationLimitExceeded { .. } => {
                (Kind::Exhausted, "LimitExceededException")
            }
            KmsError::InvalidMarker => (Kind::Invalid, "InvalidMarkerException"),
            KmsError::DryRun => (Kind::State, "DryRunOperationException"),
            KmsError::KeyUnavailable => (Kind::Unavailable, "KeyUnavailableException"),
            KmsError::Internal { cause } => {
                tracing::error!(cause, "a call failed");
                (Kind::Internal, "KMSInternalException")
            }
            KmsError::Denied(denied) => return denied.clone().into(),
            KmsError::NotProposed(cause) => return (*cause).into(),
        };
        Fault::new(kind, code, error.to_string())
    }
}

//! Every AWS error that this service gives, and the one place where each gets its code and text.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html> and the errors of each operation.

use access::Denied;
use crypto::CryptoError;
use kms::KmsError;
use replica::{ProposeError, Unavailable};
use service::{Call, Fault, FaultKind};

/// Why a call of this service failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum SsmError {
    /// There is no such parameter. AWS says nothing more.
    #[error("")]
    ParameterNotFound,
    /// There is no such secret, or no such version of it.
    #[error("An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {name} not found.")]
    SecretNotFound {
        /// As given.
        name: String,
    },
    /// The parameter has no such version, or no version with such a label.
    #[error("Systems Manager could not find {what} of {name}. Verify the version and try again.")]
    VersionNotFound {
        /// Such as `version 3`.
        what: String,
        /// The parameter.
        name: String,
    },
    /// The name is taken, and the request does not overwrite.
    #[error("The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")]
    ParameterAlreadyExists,
    /// A parameter keeps its type.
    #[error(
        "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a \
         parameter from a String type to a SecureString type. You must create a new, unique parameter."
    )]
    HierarchyTypeMismatch,
    /// The name has too many levels.
    #[error("A hierarchy can have a maximum of 15 levels.")]
    HierarchyLevels,
    /// The account has as many parameters as it may.
    #[error(
        "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters \
         and try again."
    )]
    ParameterLimit,
    /// The value does not match the pattern.
    #[error("Parameter value, cannot be validated against allowedPattern: {pattern}")]
    PatternMismatch {
        /// The pattern.
        pattern: String,
    },
    /// The pattern is no regular expression.
    #[error("The regular expression {pattern} is not valid.")]
    InvalidPattern {
        /// The pattern.
        pattern: String,
    },
    /// The request contradicts itself or a rule that the model does not state.
    #[error("{0}")]
    Validation(String),
    /// The name is AWS's own.
    #[error("No access to reserved parameter name: {name}.")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// The parameter would have too many tags.
    #[error("The number of tags exceeds the maximum of 50.")]
    TooManyTags,
    /// The version would have too many labels.
    #[error(
        "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again."
    )]
    LabelLimit,
    /// The version that a new one would drop carries a label.
    #[error(
        "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version \
         {version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to \
         another version of the parameter, and try again."
    )]
    OldestLabelled {
        /// The oldest version.
        version: u64,
        /// The parameter.
        name: String,
    },
    /// Tags are of something that this service does not keep. AWS says nothing more.
    #[error("")]
    InvalidResourceType,
    /// There is no such thing to tag. AWS says nothing more.
    #[error("")]
    InvalidResourceId,
    /// The parameter changed under the request again and again.
    #[error("There are concurrent updates for a resource that supports one update at a time.")]
    TooManyUpdates,
    /// The token is not one that this listing gave to this account.
    #[error("The specified token isn't valid.")]
    InvalidNextToken,
    /// The filter's key is none of the operation's.
    #[error("The following filter key is not valid: {key}. Valid filter keys include: [{valid}].")]
    InvalidFilterKey {
        /// As given.
        key: String,
        /// Those that are.
        valid: &'static str,
    },
    /// Two filters have one key.
    #[error(
        "The following filter is duplicated in the request: {key}. A request can contain only one occurrence of a \
         specific filter."
    )]
    DuplicateFilter {
        /// The key.
        key: String,
    },
    /// The filter's option is none of its key's.
    #[error("The following filter option is not valid: {option}. Valid options include: [{valid}].")]
    InvalidFilterOption {
        /// As given.
        option: String,
        /// Those that are.
        valid: &'static str,
    },
    /// The filter's value is none of its key's.
    #[error("The following filter value is not valid: {value}. Valid values include: [{valid}].")]
    InvalidFilterChoice {
        /// As given.
        value: String,
        /// Those that are.
        valid: &'static str,
    },
    /// The filter has no value.
    #[error("The following filter values are missing : null for filter key {key}.")]
    InvalidFilterValue {
        /// The filter's key.
        key: String,
    },
    /// The caller may not.
    #[error("{0}")]
    Denied(Denied),
    /// The caller may not use the key.
    #[error("{message}")]
    KeyDenied {
        /// What the Key Management Service said.
        message: String,
    },
    /// The key cannot be used.
    #[error("{message}")]
    InvalidKeyId {
        /// What the Key Management Service said.
        message: String,
    },
    /// Our defect, or keys that this node cannot open at the moment; the cause is for the operator.
    #[error("An error occurred on the server side.")]
    Internal {
        /// What went wrong.
        cause: String,
    },
    /// What another service answered, where AWS passes it on.
    #[error("{}", .0.message)]
    Elsewhere(Fault),
    /// The cluster gave no answer.
    #[error(transparent)]
    NotProposed(#[from] ProposeError),
}

impl SsmError {
    /// A ValidationException.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Validation(message.into())
    }

    /// What an inner call of the Key Management Service came to, in the words of this service.
    pub(crate) fn of_kms(error: KmsError, call: &Call) -> Self {
        let told = |error: KmsError| {
            let text = Fault::from(error).message;
            format!("{text} (Service: Kms, Status Code: 400, Request ID: {})", call.request_id)
        };
        match error {
            KmsError::NotProposed(cause) => Self::NotProposed(cause),
            KmsError::Denied(Denied::Credential) => Self::Denied(Denied::Credential),
            KmsError::KeyUnavailable | KmsError::Internal { .. } | KmsError::InvalidCiphertext => {
                Self::Internal { cause: format!("{error:?}") }
            }
            KmsError::Denied(Denied::Policy { .. }) | KmsError::CiphertextKeyUnknown => {
                Self::KeyDenied { message: told(error) }
            }
            error => Self::InvalidKeyId { message: told(error) },
        }
    }
}

impl From<Denied> for SsmError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Unavailable> for SsmError {
    fn from(cause: Unavailable) -> Self {
        Self::NotProposed(cause.into())
    }
}

impl From<CryptoError> for SsmError {
    fn from(cause: CryptoError) -> Self {
        Self::Internal { cause: cause.to_string() }
    }
}

impl From<SsmError> for Fault {
    fn from(error: SsmError) -> Self {
        use FaultKind as Kind;
        let (kind, code) = match &error {
            SsmError::ParameterNotFound | SsmError::SecretNotFound { .. } => (Kind::NotFound, "ParameterNotFound"),
            SsmError::VersionNotFound { .. } => (Kind::NotFound, "ParameterVersionNotFound"),
            SsmError::ParameterAlreadyExists => (Kind::AlreadyExists, "ParameterAlreadyExists"),
            SsmError::HierarchyTypeMismatch => (Kind::State, "HierarchyTypeMismatchException"),
            SsmError::HierarchyLevels => (Kind::Invalid, "HierarchyLevelLimitExceededException"),
            SsmError::ParameterLimit => (Kind::Exhausted, "ParameterLimitExceeded"),
            SsmError::PatternMismatch { .. } => (Kind::Invalid, "ParameterPatternMismatchException"),
            SsmError::InvalidPattern { .. } => (Kind::Invalid, "InvalidAllowedPatternException"),
            SsmError::Validation(_) => (Kind::Invalid, "ValidationException"),
            SsmError::ReservedName { .. } | SsmError::KeyDenied { .. } => (Kind::Denied, "AccessDeniedException"),
            SsmError::TooManyTags => (Kind::Exhausted, "TooManyTagsError"),
            SsmError::LabelLimit => (Kind::Exhausted, "ParameterVersionLabelLimitExceeded"),
            SsmError::OldestLabelled { .. } => (Kind::State, "ParameterMaxVersionLimitExceeded"),
            SsmError::InvalidResourceType => (Kind::Invalid, "InvalidResourceType"),
            SsmError::InvalidResourceId => (Kind::NotFound, "InvalidResourceId"),
            SsmError::TooManyUpdates => (Kind::State, "TooManyUpdates"),
            SsmError::InvalidNextToken => (Kind::Invalid, "InvalidNextToken"),
            SsmError::InvalidFilterKey { .. } | SsmError::DuplicateFilter { .. } => (Kind::Invalid, "InvalidFilterKey"),
            SsmError::InvalidFilterOption { .. } => (Kind::Invalid, "InvalidFilterOption"),
            SsmError::InvalidFilterValue { .. } | SsmError::InvalidFilterChoice { .. } => {
                (Kind::Invalid, "InvalidFilterValue")
            }
            SsmError::InvalidKeyId { .. } => (Kind::Invalid, "InvalidKeyId"),
            SsmError::Internal { cause } => {
                tracing::error!(cause, "a call failed");
                (Kind::Internal, "InternalServerError")
            }
            SsmError::Denied(denied) => return denied.clone().into(),
            SsmError::Elsewhere(fault) => return fault.clone(),
            SsmError::NotProposed(cause) => return (*cause).into(),
        };
        Fault::new(kind, code, error.to_string())
    }
}

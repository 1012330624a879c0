//! Every error of this crate, with AWS's codes and texts. STS and IAM are Query services: their codes end in no
//! `Exception`.

use access::AuthError;
use access::quota::LimitOutOfRange;
use crypto::CryptoError;
use replica::{ProposeError, Refusal, Unavailable};
use service::{Fault, FaultKind};

/// The numbers of refusals. Append-only.
mod refusal {
    pub(super) const ACCESS_KEY_EXISTS: u32 = 1;
    pub(super) const NO_SUCH_ACCESS_KEY: u32 = 2;
    pub(super) const ACCESS_KEYS_LIMIT: u32 = 3;
    pub(super) const MALFORMED: u32 = 4;
}

/// Why an operation on accounts and credentials has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IamError {
    /// The access key id is taken. EntityAlreadyExists.
    #[error("The Access Key with id {access_key_id} already exists.")]
    AccessKeyExists {
        /// The id.
        access_key_id: String,
    },
    /// The account has no such access key. NoSuchEntity.
    #[error("The Access Key with id {access_key_id} cannot be found.")]
    NoSuchAccessKey {
        /// The id.
        access_key_id: String,
    },
    /// The account's root has as many access keys as it may have. LimitExceeded.
    #[error("Cannot exceed quota for AccessKeysPerUser: {max}")]
    AccessKeysLimit {
        /// How many it may have.
        max: usize,
    },
    /// A command came with facts that are of no valid form: our defect. ServiceFailure.
    #[error("the command is malformed")]
    Malformed,
    /// The credential that signed was switched off or deleted meanwhile. InvalidClientTokenId.
    #[error("{}", AuthError::UnknownKey)]
    CredentialGone,
    /// A quota cannot have this limit. InvalidInput.
    #[error(transparent)]
    LimitOutOfRange(#[from] LimitOutOfRange),
    /// The keyring does not seal. ServiceFailure, or unavailable while the node is locked.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The cluster gave no answer.
    #[error(transparent)]
    Propose(#[from] ProposeError),
}

impl From<Unavailable> for IamError {
    fn from(cause: Unavailable) -> Self {
        Self::Propose(cause.into())
    }
}

impl From<IamError> for Refusal {
    fn from(error: IamError) -> Self {
        match error {
            IamError::AccessKeyExists { access_key_id } => Refusal::new(refusal::ACCESS_KEY_EXISTS, [access_key_id]),
            IamError::NoSuchAccessKey { access_key_id } => Refusal::new(refusal::NO_SUCH_ACCESS_KEY, [access_key_id]),
            IamError::AccessKeysLimit { max } => Refusal::new(refusal::ACCESS_KEYS_LIMIT, [max.to_string()]),
            _ => Refusal::new(refusal::MALFORMED, []),
        }
    }
}

impl From<Refusal> for IamError {
    fn from(refusal: Refusal) -> Self {
        let argument = refusal.args.into_iter().next().unwrap_or_default();
        match refusal.kind {
            refusal::ACCESS_KEY_EXISTS => IamError::AccessKeyExists { access_key_id: argument },
            refusal::NO_SUCH_ACCESS_KEY => IamError::NoSuchAccessKey { access_key_id: argument },
            refusal::ACCESS_KEYS_LIMIT => IamError::AccessKeysLimit { max: argument.parse().unwrap_or_default() },
            _ => IamError::Malformed,
        }
    }
}

impl From<IamError> for Fault {
    fn from(error: IamError) -> Self {
        let message = error.to_string();
        let internal = "The request processing has failed because of an unknown error, exception or failure.";
        match error {
            IamError::AccessKeyExists { .. } => Fault::new(FaultKind::AlreadyExists, "EntityAlreadyExists", message),
            IamError::NoSuchAccessKey { .. } => Fault::new(FaultKind::NotFound, "NoSuchEntity", message),
            IamError::AccessKeysLimit { .. } => Fault::new(FaultKind::Exhausted, "LimitExceeded", message),
            IamError::LimitOutOfRange(_) => Fault::new(FaultKind::Invalid, "InvalidInput", message),
            IamError::CredentialGone => Fault::new(FaultKind::Unauthenticated, "InvalidClientTokenId", message),
            IamError::Crypto(CryptoError::Locked) => Unavailable::NoLeader.into(),
            IamError::Malformed | IamError::Crypto(_) => Fault::new(FaultKind::Internal, "ServiceFailure", internal),
            IamError::Propose(cause) => cause.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_come_back_as_they_went() {
        let access_key_id = || "AKIA".to_owned();
        for error in [
            IamError::AccessKeyExists { access_key_id: access_key_id() },
            IamError::NoSuchAccessKey { access_key_id: access_key_id() },
            IamError::AccessKeysLimit { max: 2 },
            IamError::Malformed,
        ] {
            assert_eq!(IamError::from(Refusal::from(error.clone())), error);
        }
    }

    #[test]
    fn errors_have_the_codes_of_query_services_and_reveal_nothing() {
        let access_key_id = || "AKIA".to_owned();
        let gone = "The security token included in the request is invalid.";
        let internal = "The request processing has failed because of an unknown error, exception or failure.";
        for (error, code, message) in [
            (
                IamError::NoSuchAccessKey { access_key_id: access_key_id() },
                "NoSuchEntity",
                "The Access Key with id AKIA cannot be found.",
            ),
            (IamError::AccessKeysLimit { max: 2 }, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"),
            (IamError::CredentialGone, "InvalidClientTokenId", gone),
            (IamError::Crypto(CryptoError::Damaged), "ServiceFailure", internal),
            (IamError::Malformed, "ServiceFailure", internal),
        ] {
            let fault = Fault::from(error);
            assert_eq!((fault.code, fault.message.as_str()), (code, message));
        }
    }
}

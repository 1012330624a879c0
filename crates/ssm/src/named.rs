//! What a name of GetParameter and GetParameters stands for: a parameter, or a secret of Secrets Manager.

use crate::referenced_secret::SecretReference;
use crate::selector::Reference;
use crate::{Ssm, SsmError};
use proto::ssm::v1::Parameter;
use replica::{Arn, View};
use service::Call;

/// What a reader names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// A parameter.
    Parameter(Reference),
    /// A secret.
    Secret(SecretReference),
}

impl Named {
    /// Reads a name.
    pub(crate) fn parse(text: &str, call: &Call) -> Result<Self, SsmError> {
        match SecretReference::parse(text)? {
            Some(secret) => Ok(Self::Secret(secret)),
            None => Ok(Self::Parameter(Reference::parse(text, call)?)),
        }
    }

    /// What a call by this name is authorized on.
    pub(crate) fn arn(&self, call: &Call) -> Arn {
        match self {
            Self::Parameter(reference) => reference.arn(&call.region),
            Self::Secret(reference) => reference.arn(call),
        }
    }
}

impl Ssm {
    /// What is named, as answers show it.
    pub(crate) async fn show_named(
        &self,
        view: &dyn View,
        call: &Call,
        named: &Named,
        decrypted: bool,
    ) -> Result<Parameter, SsmError> {
        match named {
            Named::Parameter(reference) => {
                let found = reference.find(view)?;
                self.show(view, call, &reference.arn(&call.region), found, decrypted)
            }
            Named::Secret(reference) => self.show_secret(call, reference, decrypted).await,
        }
    }
}

//! ClientRequestToken: the id that a caller gives the version it makes.

use crate::SecretsError;

/// The token of a request that makes a version. SDKs and the CLI fill it in; its length is held to the model.
pub(crate) fn required(token: Option<String>) -> Result<String, SecretsError> {
    token.ok_or_else(|| {
        SecretsError::InvalidRequest(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.".to_owned(),
        )
    })
}

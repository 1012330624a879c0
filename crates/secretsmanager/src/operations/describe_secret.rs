//! DescribeSecret: everything about a secret but its values, also while it waits for its deletion.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>

use crate::secret_id::SecretId;
use crate::{SecretsManager, secret};
use proto::secretsmanager::v1::{DescribeSecretRequest, DescribeSecretResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: DescribeSecretRequest,
) -> Result<DescribeSecretResponse, Fault> {
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let view = secrets.replica.read().await?;
    let found = secrets.permitted(&*view, &call, "secretsmanager:DescribeSecret", &id, &[])?;
    Ok(secret::described(&found.arn, found.record))
}

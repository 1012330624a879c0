//! ListSecretVersionIds: the versions of a secret, oldest first, in pages.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html>

use crate::limits::LIST_PAGE_MAX;
use crate::listing;
use crate::secret_id::SecretId;
use crate::service::Permitted;
use crate::tables::state::Version;
use crate::time::timestamp;
use crate::{SecretsError, SecretsManager};
use proto::secretsmanager::v1::{ListSecretVersionIdsRequest, ListSecretVersionIdsResponse, SecretVersionsListEntry};
use service::{Call, Fault};
use std::sync::Arc;

/// How AWS names the default key here.
const DEFAULT_KEY: &str = "DefaultEncryptionKey";

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: ListSecretVersionIdsRequest,
) -> Result<ListSecretVersionIdsResponse, Fault> {
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let view = secrets.replica.read().await?;
    let found = secrets.permitted(&*view, &call, "secretsmanager:ListSecretVersionIds", &id, &[])?;
    let Permitted { record, arn, .. } = found;

    let deprecated = request.include_deprecated.unwrap_or_default();
    let (named, shown) = (arn.to_string(), if deprecated { "all" } else { "staged" });
    let scope = ["secretsmanager", "ListSecretVersionIds", named.as_str(), shown];
    let from = listing::start(&secrets.vault, &scope, request.next_token.as_deref())?;
    let start = after(&record.versions, &from)?;
    let limit = listing::limit(request.max_results, LIST_PAGE_MAX);
    let mut versions: Vec<Version> =
        record.versions.into_iter().skip(start).filter(|version| deprecated || !version.stages.is_empty()).collect();
    let next = (versions.len() > limit).then(|| mark(&versions[limit - 1]));
    versions.truncate(limit);
    Ok(ListSecretVersionIdsResponse {
        versions: versions.into_iter().map(entry).collect(),
        next_token: listing::token(&secrets.vault, &scope, next)?,
        arn: Some(named),
        name: Some(record.name),
    })
}

/// A place in the list: when the version was made, and its id.
fn mark(version: &Version) -> Vec<u8> {
    [&version.created_at.to_be_bytes(), version.version_id.as_bytes()].concat()
}

/// How many versions come before the place behind a mark. The marked version may be gone by now.
fn after(versions: &[Version], mark: &[u8]) -> Result<usize, SecretsError> {
    if mark.is_empty() {
        return Ok(0);
    }
    let (created_at, id) = mark.split_first_chunk::<8>().ok_or(SecretsError::InvalidNextToken)?;
    if let Some(at) = versions.iter().position(|version| version.version_id.as_bytes() == id) {
        return Ok(at + 1);
    }
    let created_at = u64::from_be_bytes(*created_at);
    Ok(versions.iter().take_while(|version| version.created_at < created_at).count())
}

fn entry(version: Version) -> SecretVersionsListEntry {
    let key = if version.kms_key_id.is_empty() { DEFAULT_KEY.to_owned() } else { version.kms_key_id };
    SecretVersionsListEntry {
        version_id: Some(version.version_id),
        version_stages: version.stages,
        last_accessed_date: None,
        created_date: timestamp(version.created_at),
        kms_key_ids: vec![key],
    }
}

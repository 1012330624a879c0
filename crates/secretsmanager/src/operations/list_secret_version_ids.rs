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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{TOKEN, TOKEN_2, TOKEN_3, World};
    use expect_test::expect;

    fn request() -> ListSecretVersionIdsRequest {
        ListSecretVersionIdsRequest { secret_id: Some("a".to_owned()), ..Default::default() }
    }

    fn ids(answer: &ListSecretVersionIdsResponse) -> Vec<&str> {
        answer.versions.iter().map(|version| version.version_id()).collect()
    }

    /// Three versions, of which the first lost its label.
    fn world() -> World {
        let world = World::new();
        world.create("a", "1");
        world.put("a", TOKEN_2, "2");
        world.put("a", TOKEN_3, "3");
        world
    }

    #[test]
    fn versions_without_a_label_are_listed_when_asked_for() {
        let world = world();
        expect![[r#"
            {
              "Versions": [
                {
                  "VersionId": "00000000-0000-4000-8000-000000000002",
                  "VersionStages": [
                    "AWSPREVIOUS"
                  ],
                  "CreatedDate": 1700000000.123,
                  "KmsKeyIds": [
                    "DefaultEncryptionKey"
                  ]
                },
                {
                  "VersionId": "00000000-0000-4000-8000-000000000003",
                  "VersionStages": [
                    "AWSCURRENT"
                  ],
                  "CreatedDate": 1700000000.123,
                  "KmsKeyIds": [
                    "DefaultEncryptionKey"
                  ]
                }
              ],
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a"
            }"#]]
        .assert_eq(&world.answer(run, request()));
        let all = ListSecretVersionIdsRequest { include_deprecated: Some(true), ..request() };
        assert_eq!(ids(&world.run(run, all).expect("a page")), [TOKEN, TOKEN_2, TOKEN_3]);
    }

    #[test]
    fn pages_hold_every_version_once() {
        let world = world();
        let all = ListSecretVersionIdsRequest { include_deprecated: Some(true), ..request() };
        let first = ListSecretVersionIdsRequest { max_results: Some(2), ..all.clone() };
        let first = world.run(run, first).expect("a page");
        let rest = ListSecretVersionIdsRequest { next_token: first.next_token.clone(), ..all };
        let rest = world.run(run, rest).expect("a page");
        assert_eq!((ids(&first), ids(&rest), rest.next_token.clone()), (vec![TOKEN, TOKEN_2], vec![TOKEN_3], None));
        let other = ListSecretVersionIdsRequest { next_token: first.next_token.clone(), ..request() };
        assert_eq!(world.run(run, other).expect_err("another listing").code, "InvalidNextTokenException");
    }

    #[test]
    fn a_page_goes_on_when_its_mark_is_gone() {
        let version = |id: &str, created_at| Version { version_id: id.to_owned(), created_at, ..Version::default() };
        let versions = [version("a", 1), version("c", 3)];
        let rows = [(version("a", 1), 1), (version("b", 2), 1), (version("c", 3), 2), (version("d", 4), 2)];
        for (marked, expected) in rows {
            assert_eq!(after(&versions, &mark(&marked)), Ok(expected), "{}", marked.version_id);
        }
    }
}

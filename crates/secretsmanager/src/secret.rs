//! A secret as answers show it: everything but its values.

use crate::tables::SecretRecord;
use crate::tags;
use crate::time::timestamp;
use proto::secretsmanager::v1::{DescribeSecretResponse, SecretListEntry, SecretVersionStagesTypeList};
use replica::Arn;
use std::collections::BTreeMap;

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Every version with a label.
fn staged(record: &SecretRecord) -> BTreeMap<String, SecretVersionStagesTypeList> {
    let staged = record.versions.iter().filter(|version| !version.stages.is_empty());
    staged
        .map(|version| (version.version_id.clone(), SecretVersionStagesTypeList { items: version.stages.clone() }))
        .collect()
}

/// The secret as DescribeSecret answers it.
pub(crate) fn described(arn: &Arn, record: SecretRecord) -> DescribeSecretResponse {
    DescribeSecretResponse {
        arn: Some(arn.to_string()),
        version_ids_to_stages: staged(&record),
        name: Some(record.name),
        description: given(record.description),
        kms_key_id: given(record.kms_key_id),
        last_changed_date: timestamp(record.changed_at),
        deleted_date: timestamp(record.deleted_at),
        created_date: timestamp(record.created_at),
        tags: tags::shown(record.tags),
        ..DescribeSecretResponse::default()
    }
}

/// The secret as ListSecrets answers it.
pub(crate) fn listed(arn: &Arn, record: SecretRecord) -> SecretListEntry {
    SecretListEntry {
        arn: Some(arn.to_string()),
        secret_versions_to_stages: staged(&record),
        name: Some(record.name),
        description: given(record.description),
        kms_key_id: given(record.kms_key_id),
        last_changed_date: timestamp(record.changed_at),
        deleted_date: timestamp(record.deleted_at),
        created_date: timestamp(record.created_at),
        tags: tags::shown(record.tags),
        ..SecretListEntry::default()
    }
}

//! What secretsmanager asks of its requests.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::secretsmanager::v1;
use crate::validation::{Blob, Check, Length, Number, Text, Validate};

static AUTOMATICALLY_ROTATE_AFTER_DAYS_TYPE: Number = Number::any().min(1).max(1000);
static CLIENT_REQUEST_TOKEN_TYPE: Text = Text::any().min(32).max(64);
static DESCRIPTION_TYPE: Text = Text::any().max(2048);
static DURATION_TYPE: Text = Text::matching("[0-9]+h", "[0-9]+h").min(2).max(3);
static EXCLUDE_CHARACTERS_TYPE: Text = Text::any().max(4096);
static EXTERNAL_SECRET_ROTATION_METADATA_ITEM_KEY_TYPE: Text = Text::any().min(1).max(256);
static EXTERNAL_SECRET_ROTATION_METADATA_ITEM_VALUE_TYPE: Text = Text::any().min(1).max(2048);
static FILTER_VALUE_STRING_TYPE: Text =
    Text::matching("^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$", "^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$").max(512);
static KMS_KEY_ID_TYPE: Text = Text::any().max(2048);
static MAX_RESULTS_BATCH_TYPE: Number = Number::any().min(1).max(20);
static MAX_RESULTS_TYPE: Number = Number::any().min(1).max(100);
static MEDEA_TYPE_TYPE: Text = Text::any().max(256);
static NAME_TYPE: Text = Text::any().min(1).max(512);
static NEXT_TOKEN_TYPE: Text = Text::any().min(1).max(4096);
static NON_EMPTY_RESOURCE_POLICY_TYPE: Text = Text::any().min(1).max(20480);
static PASSWORD_LENGTH_TYPE: Number = Number::any().min(1).max(4096);
static REGION_TYPE: Text = Text::matching("^([a-z]+-)+\\d+$", "^([a-z]+-)+[0-9]+$").min(1).max(128);
static RESOURCE_POLICY_NAME_TYPE: Text = Text::matching("[0-9A-Za-z\\-\\_]+", "[0-9A-Za-z\\-\\_]+").min(1).max(64);
static ROLE_ARN_TYPE: Text = Text::any().min(20).max(2048);
static ROTATION_LAMBDA_ARN_TYPE: Text = Text::any().max(2048);
static ROTATION_TOKEN_TYPE: Text =
    Text::matching("^[a-zA-Z0-9\\-]+$", "^[a-zA-Z0-9\\-]+$").min(36).max(256).sensitive();
static SCHEDULE_EXPRESSION_TYPE: Text =
    Text::matching("[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+", "[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+").min(1).max(256);
static SECRET_ARN_TYPE: Text = Text::any().min(20).max(2048);
static SECRET_BINARY_TYPE: Blob = Blob::any().min(1).max(65536).sensitive();
static SECRET_ID_TYPE: Text = Text::any().min(1).max(2048);
static SECRET_STRING_TYPE: Text = Text::any().min(1).max(65536).sensitive();
static SECRET_VERSION_ID_TYPE: Text = Text::any().min(32).max(64);
static SECRET_VERSION_STAGE_TYPE: Text = Text::any().min(1).max(256);
static TAG_KEY_TYPE: Text = Text::any().min(1).max(128);
static TAG_VALUE_TYPE: Text = Text::any().max(256);

impl Validate for v1::AssociateCrossAccountReplicaRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required("crossAccountReplicaARN", self.cross_account_replica_arn.is_some());
        check.text("crossAccountReplicaARN", self.cross_account_replica_arn.as_deref(), &SECRET_ARN_TYPE);
        check.enumeration::<v1::ReplicaRestrictionType>("replicaRestriction", self.replica_restriction);
        check.text("replicationRoleARN", self.replication_role_arn.as_deref(), &ROLE_ARN_TYPE);
    }
}

impl Validate for v1::BatchGetSecretValueRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.texts(
            "secretIdList",
            "SecretIdList",
            &self.secret_id_list,
            &Length::any().min(1).max(20),
            &SECRET_ID_TYPE,
        );
        check.structures("filters", "Filters", &self.filters, &Length::any().max(10));
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS_BATCH_TYPE);
        check.text("nextToken", self.next_token.as_deref(), &NEXT_TOKEN_TYPE);
    }
}

impl Validate for v1::CancelRotateSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
    }
}

impl Validate for v1::CreateSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &NAME_TYPE);
        check.text("clientRequestToken", self.client_request_token.as_deref(), &CLIENT_REQUEST_TOKEN_TYPE);
        check.text("description", self.description.as_deref(), &DESCRIPTION_TYPE);
        check.text("kmsKeyId", self.kms_key_id.as_deref(), &KMS_KEY_ID_TYPE);
        check.blob("secretBinary", self.secret_binary.as_ref(), &SECRET_BINARY_TYPE);
        check.text("secretString", self.secret_string.as_deref(), &SECRET_STRING_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any());
        check.structures("addReplicaRegions", "AddReplicaRegions", &self.add_replica_regions, &Length::any().min(1));
        check.text("type", self.r#type.as_deref(), &MEDEA_TYPE_TYPE);
        check.text("crossAccountPrimaryARN", self.cross_account_primary_arn.as_deref(), &SECRET_ARN_TYPE);
    }
}

impl Validate for v1::DeleteResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("policyName", self.policy_name.as_deref(), &RESOURCE_POLICY_NAME_TYPE);
    }
}

impl Validate for v1::DeleteSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
    }
}

impl Validate for v1::DescribeSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
    }
}

impl Validate for v1::DisassociateCrossAccountReplicaRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required("crossAccountReplicaARN", self.cross_account_replica_arn.is_some());
        check.text("crossAccountReplicaARN", self.cross_account_replica_arn.as_deref(), &SECRET_ARN_TYPE);
    }
}

impl Validate for v1::GetRandomPasswordRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("passwordLength", self.password_length, &PASSWORD_LENGTH_TYPE);
        check.text("excludeCharacters", self.exclude_characters.as_deref(), &EXCLUDE_CHARACTERS_TYPE);
    }
}

impl Validate for v1::GetResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("policyName", self.policy_name.as_deref(), &RESOURCE_POLICY_NAME_TYPE);
    }
}

impl Validate for v1::GetSecretValueRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("versionId", self.version_id.as_deref(), &SECRET_VERSION_ID_TYPE);
        check.text("versionStage", self.version_stage.as_deref(), &SECRET_VERSION_STAGE_TYPE);
    }
}

impl Validate for v1::ListResourcePoliciesRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS_TYPE);
        check.text("nextToken", self.next_token.as_deref(), &NEXT_TOKEN_TYPE);
    }
}

impl Validate for v1::ListSecretVersionIdsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS_TYPE);
        check.text("nextToken", self.next_token.as_deref(), &NEXT_TOKEN_TYPE);
    }
}

impl Validate for v1::ListSecretsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS_TYPE);
        check.text("nextToken", self.next_token.as_deref(), &NEXT_TOKEN_TYPE);
        check.structures("filters", "Filters", &self.filters, &Length::any().max(10));
        check.enumeration::<v1::SortOrderType>("sortOrder", self.sort_order);
        check.enumeration::<v1::SortByType>("sortBy", self.sort_by);
    }
}

impl Validate for v1::PutResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required("resourcePolicy", self.resource_policy.is_some());
        check.text("resourcePolicy", self.resource_policy.as_deref(), &NON_EMPTY_RESOURCE_POLICY_TYPE);
        check.text("policyName", self.policy_name.as_deref(), &RESOURCE_POLICY_NAME_TYPE);
    }
}

impl Validate for v1::PutSecretValueRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("clientRequestToken", self.client_request_token.as_deref(), &CLIENT_REQUEST_TOKEN_TYPE);
        check.blob("secretBinary", self.secret_binary.as_ref(), &SECRET_BINARY_TYPE);
        check.text("secretString", self.secret_string.as_deref(), &SECRET_STRING_TYPE);
        check.texts(
            "versionStages",
            "VersionStages",
            &self.version_stages,
            &Length::any().min(1).max(20),
            &SECRET_VERSION_STAGE_TYPE,
        );
        check.text("rotationToken", self.rotation_token.as_deref(), &ROTATION_TOKEN_TYPE);
    }
}

impl Validate for v1::RemoveRegionsFromReplicationRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required_entries("removeReplicaRegions", "RemoveReplicaRegions", self.remove_replica_regions.len());
        check.texts(
            "removeReplicaRegions",
            "RemoveReplicaRegions",
            &self.remove_replica_regions,
            &Length::any().min(1),
            &REGION_TYPE,
        );
    }
}

impl Validate for v1::ReplicateSecretToRegionsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required_entries("addReplicaRegions", "AddReplicaRegions", self.add_replica_regions.len());
        check.structures("addReplicaRegions", "AddReplicaRegions", &self.add_replica_regions, &Length::any().min(1));
    }
}

impl Validate for v1::RestoreSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
    }
}

impl Validate for v1::RotateSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("clientRequestToken", self.client_request_token.as_deref(), &CLIENT_REQUEST_TOKEN_TYPE);
        check.text("rotationLambdaARN", self.rotation_lambda_arn.as_deref(), &ROTATION_LAMBDA_ARN_TYPE);
        check.structure("rotationRules", self.rotation_rules.as_ref());
        check.structures(
            "externalSecretRotationMetadata",
            "ExternalSecretRotationMetadata",
            &self.external_secret_rotation_metadata,
            &Length::any(),
        );
        check.text("externalSecretRotationRoleArn", self.external_secret_rotation_role_arn.as_deref(), &ROLE_ARN_TYPE);
    }
}

impl Validate for v1::StopReplicationToReplicaRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
    }
}

impl Validate for v1::TagResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required_entries("tags", "Tags", self.tags.len());
        check.structures("tags", "Tags", &self.tags, &Length::any());
    }
}

impl Validate for v1::UntagResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required_entries("tagKeys", "TagKeys", self.tag_keys.len());
        check.texts("tagKeys", "TagKeys", &self.tag_keys, &Length::any(), &TAG_KEY_TYPE);
    }
}

impl Validate for v1::UpdateSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.text("clientRequestToken", self.client_request_token.as_deref(), &CLIENT_REQUEST_TOKEN_TYPE);
        check.text("description", self.description.as_deref(), &DESCRIPTION_TYPE);
        check.text("kmsKeyId", self.kms_key_id.as_deref(), &KMS_KEY_ID_TYPE);
        check.blob("secretBinary", self.secret_binary.as_ref(), &SECRET_BINARY_TYPE);
        check.text("secretString", self.secret_string.as_deref(), &SECRET_STRING_TYPE);
        check.text("type", self.r#type.as_deref(), &MEDEA_TYPE_TYPE);
    }
}

impl Validate for v1::UpdateSecretVersionStageRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("secretId", self.secret_id.is_some());
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required("versionStage", self.version_stage.is_some());
        check.text("versionStage", self.version_stage.as_deref(), &SECRET_VERSION_STAGE_TYPE);
        check.text("removeFromVersionId", self.remove_from_version_id.as_deref(), &SECRET_VERSION_ID_TYPE);
        check.text("moveToVersionId", self.move_to_version_id.as_deref(), &SECRET_VERSION_ID_TYPE);
    }
}

impl Validate for v1::ValidateResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("secretId", self.secret_id.as_deref(), &SECRET_ID_TYPE);
        check.required("resourcePolicy", self.resource_policy.is_some());
        check.text("resourcePolicy", self.resource_policy.as_deref(), &NON_EMPTY_RESOURCE_POLICY_TYPE);
    }
}

impl Validate for v1::Filter {
    fn validate(&self, check: &mut Check<'_>) {
        check.enumeration::<v1::FilterNameStringType>("key", self.key);
        check.texts("values", "Values", &self.values, &Length::any().min(1).max(10), &FILTER_VALUE_STRING_TYPE);
    }
}

impl Validate for v1::Tag {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("key", self.key.as_deref(), &TAG_KEY_TYPE);
        check.text("value", self.value.as_deref(), &TAG_VALUE_TYPE);
    }
}

impl Validate for v1::ReplicaRegionType {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("region", self.region.as_deref(), &REGION_TYPE);
        check.text("kmsKeyId", self.kms_key_id.as_deref(), &KMS_KEY_ID_TYPE);
    }
}

impl Validate for v1::RotationRulesType {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("automaticallyAfterDays", self.automatically_after_days, &AUTOMATICALLY_ROTATE_AFTER_DAYS_TYPE);
        check.text("duration", self.duration.as_deref(), &DURATION_TYPE);
        check.text("scheduleExpression", self.schedule_expression.as_deref(), &SCHEDULE_EXPRESSION_TYPE);
    }
}

impl Validate for v1::ExternalSecretRotationMetadataItem {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("key", self.key.as_deref(), &EXTERNAL_SECRET_ROTATION_METADATA_ITEM_KEY_TYPE);
        check.text("value", self.value.as_deref(), &EXTERNAL_SECRET_ROTATION_METADATA_ITEM_VALUE_TYPE);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        let texts: [&crate::validation::Text; 6] = [
            &super::DURATION_TYPE,
            &super::FILTER_VALUE_STRING_TYPE,
            &super::REGION_TYPE,
            &super::RESOURCE_POLICY_NAME_TYPE,
            &super::ROTATION_TOKEN_TYPE,
            &super::SCHEDULE_EXPRESSION_TYPE,
        ];
        for text in texts {
            assert!(text.has_sound_pattern());
        }
    }
}

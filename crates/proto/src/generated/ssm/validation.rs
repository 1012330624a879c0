//! What ssm asks of its requests.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::ssm::v1;
use crate::validation::{Check, Length, Number, Text, Validate};

static ALLOWED_PATTERN: Text = Text::any().max(1024);
static GET_PARAMETERS_BY_PATH_MAX_RESULTS: Number = Number::any().min(1).max(10);
static MAX_RESULTS: Number = Number::any().min(1).max(50);
static PARAMETERS_FILTER_VALUE: Text = Text::any().min(1).max(1024);
static PARAMETER_DATA_TYPE: Text = Text::any().max(128);
static PARAMETER_DESCRIPTION: Text = Text::any().max(1024);
static PARAMETER_KEY_ID: Text = Text::matching("^([a-zA-Z0-9:/_-]+)$", "^([a-zA-Z0-9:/_-]+)$").min(1).max(256);
static PARAMETER_LABEL: Text = Text::any().min(1).max(100);
static PARAMETER_POLICIES: Text = Text::any().min(1).max(4096);
static PARAMETER_STRING_FILTER_KEY: Text = Text::matching(
    "^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
    "^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
)
.min(1)
.max(132);
static PARAMETER_STRING_FILTER_VALUE: Text = Text::any().min(1).max(1024);
static PARAMETER_STRING_QUERY_OPTION: Text = Text::any().min(1).max(10);
static POLICY: Text = Text::matching("^(?!\\s*$).+", "(?s).*[^\\t\\n\\x0B\\x0C\\r ].*");
static PS_PARAMETER_NAME: Text = Text::any().min(1).max(2048);
static RESOURCE_ARN_STRING: Text = Text::any().min(20).max(2048);
static RESOURCE_POLICY_MAX_RESULTS: Number = Number::any().min(1).max(50);
static SERVICE_SETTING_ID: Text = Text::any().min(1).max(1000);
static SERVICE_SETTING_VALUE: Text = Text::any().min(1).max(4096);
static TAG_KEY: Text =
    Text::matching("^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$").min(1).max(128);
static TAG_VALUE: Text =
    Text::matching("^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$").max(256);

impl Validate for v1::AddTagsToResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceType", self.resource_type.is_some());
        check.enumeration::<v1::ResourceTypeForTagging>("resourceType", self.resource_type);
        check.required("resourceId", self.resource_id.is_some());
        check.required_entries("tags", "Tags", self.tags.len());
        check.structures("tags", "Tags", &self.tags, &Length::any().max(1000));
    }
}

impl Validate for v1::DeleteParameterRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
    }
}

impl Validate for v1::DeleteParametersRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required_entries("names", "Names", self.names.len());
        check.texts("names", "Names", &self.names, &Length::any().min(1).max(10), &PS_PARAMETER_NAME);
    }
}

impl Validate for v1::DeleteResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceArn", self.resource_arn.is_some());
        check.text("resourceArn", self.resource_arn.as_deref(), &RESOURCE_ARN_STRING);
        check.required("policyId", self.policy_id.is_some());
        check.required("policyHash", self.policy_hash.is_some());
        check.enumeration::<v1::DeletionMode>("deletionMode", self.deletion_mode);
    }
}

impl Validate for v1::DescribeParametersRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.structures("filters", "Filters", &self.filters, &Length::any());
        check.structures("parameterFilters", "ParameterFilters", &self.parameter_filters, &Length::any());
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS);
    }
}

impl Validate for v1::GetParameterRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
    }
}

impl Validate for v1::GetParameterHistoryRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
        check.number("maxResults", self.max_results.map(i64::from), &MAX_RESULTS);
    }
}

impl Validate for v1::GetParametersRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required_entries("names", "Names", self.names.len());
        check.texts("names", "Names", &self.names, &Length::any().min(1).max(10), &PS_PARAMETER_NAME);
    }
}

impl Validate for v1::GetParametersByPathRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("path", self.path.is_some());
        check.text("path", self.path.as_deref(), &PS_PARAMETER_NAME);
        check.structures("parameterFilters", "ParameterFilters", &self.parameter_filters, &Length::any());
        check.number("maxResults", self.max_results.map(i64::from), &GET_PARAMETERS_BY_PATH_MAX_RESULTS);
    }
}

impl Validate for v1::GetResourcePoliciesRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceArn", self.resource_arn.is_some());
        check.text("resourceArn", self.resource_arn.as_deref(), &RESOURCE_ARN_STRING);
        check.number("maxResults", self.max_results.map(i64::from), &RESOURCE_POLICY_MAX_RESULTS);
    }
}

impl Validate for v1::GetServiceSettingRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("settingId", self.setting_id.is_some());
        check.text("settingId", self.setting_id.as_deref(), &SERVICE_SETTING_ID);
    }
}

impl Validate for v1::LabelParameterVersionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
        check.required_entries("labels", "Labels", self.labels.len());
        check.texts("labels", "Labels", &self.labels, &Length::any().min(1).max(10), &PARAMETER_LABEL);
    }
}

impl Validate for v1::ListTagsForResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceType", self.resource_type.is_some());
        check.enumeration::<v1::ResourceTypeForTagging>("resourceType", self.resource_type);
        check.required("resourceId", self.resource_id.is_some());
    }
}

impl Validate for v1::PutParameterRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
        check.text("description", self.description.as_deref(), &PARAMETER_DESCRIPTION);
        check.required("value", self.value.is_some());
        check.enumeration::<v1::ParameterType>("type", self.r#type);
        check.text("keyId", self.key_id.as_deref(), &PARAMETER_KEY_ID);
        check.text("allowedPattern", self.allowed_pattern.as_deref(), &ALLOWED_PATTERN);
        check.structures("tags", "Tags", &self.tags, &Length::any().max(1000));
        check.enumeration::<v1::ParameterTier>("tier", self.tier);
        check.text("policies", self.policies.as_deref(), &PARAMETER_POLICIES);
        check.text("dataType", self.data_type.as_deref(), &PARAMETER_DATA_TYPE);
    }
}

impl Validate for v1::PutResourcePolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceArn", self.resource_arn.is_some());
        check.text("resourceArn", self.resource_arn.as_deref(), &RESOURCE_ARN_STRING);
        check.required("policy", self.policy.is_some());
        check.text("policy", self.policy.as_deref(), &POLICY);
    }
}

impl Validate for v1::RemoveTagsFromResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("resourceType", self.resource_type.is_some());
        check.enumeration::<v1::ResourceTypeForTagging>("resourceType", self.resource_type);
        check.required("resourceId", self.resource_id.is_some());
        check.required_entries("tagKeys", "TagKeys", self.tag_keys.len());
        check.texts("tagKeys", "TagKeys", &self.tag_keys, &Length::any(), &TAG_KEY);
    }
}

impl Validate for v1::ResetServiceSettingRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("settingId", self.setting_id.is_some());
        check.text("settingId", self.setting_id.as_deref(), &SERVICE_SETTING_ID);
    }
}

impl Validate for v1::UnlabelParameterVersionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &PS_PARAMETER_NAME);
        check.required("parameterVersion", self.parameter_version.is_some());
        check.required_entries("labels", "Labels", self.labels.len());
        check.texts("labels", "Labels", &self.labels, &Length::any().min(1).max(10), &PARAMETER_LABEL);
    }
}

impl Validate for v1::UpdateServiceSettingRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("settingId", self.setting_id.is_some());
        check.text("settingId", self.setting_id.as_deref(), &SERVICE_SETTING_ID);
        check.required("settingValue", self.setting_value.is_some());
        check.text("settingValue", self.setting_value.as_deref(), &SERVICE_SETTING_VALUE);
    }
}

impl Validate for v1::Tag {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("key", self.key.is_some());
        check.text("key", self.key.as_deref(), &TAG_KEY);
        check.required("value", self.value.is_some());
        check.text("value", self.value.as_deref(), &TAG_VALUE);
    }
}

impl Validate for v1::ParametersFilter {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("key", self.key.is_some());
        check.enumeration::<v1::ParametersFilterKey>("key", self.key);
        check.required_entries("values", "Values", self.values.len());
        check.texts("values", "Values", &self.values, &Length::any().min(1).max(50), &PARAMETERS_FILTER_VALUE);
    }
}

impl Validate for v1::ParameterStringFilter {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("key", self.key.is_some());
        check.text("key", self.key.as_deref(), &PARAMETER_STRING_FILTER_KEY);
        check.text("option", self.option.as_deref(), &PARAMETER_STRING_QUERY_OPTION);
        check.texts("values", "Values", &self.values, &Length::any().min(1).max(50), &PARAMETER_STRING_FILTER_VALUE);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        let texts: [&crate::validation::Text; 5] = [
            &super::PARAMETER_KEY_ID,
            &super::PARAMETER_STRING_FILTER_KEY,
            &super::POLICY,
            &super::TAG_KEY,
            &super::TAG_VALUE,
        ];
        for text in texts {
            assert!(text.has_sound_pattern());
        }
    }
}

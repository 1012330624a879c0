//! What sts asks of its requests.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::sts::v1;
use crate::validation::{Check, Length, Number, Text, Validate};

static ACCESS_KEY_ID_TYPE: Text = Text::matching("[\\w]*", "[0-9A-Za-z_]*").min(16).max(128);
static ARN_TYPE: Text = Text::matching("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+", "[\\x{0009}\\x{000A}\\x{000D}\\x{0020}-\\x{007E}\\x{0085}\\x{00A0}-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]+").min(20).max(2048);
static CLIENT_TOKEN_TYPE: Text = Text::any().min(4).max(20000).sensitive();
static CONTEXT_ASSERTION_TYPE: Text = Text::any().min(4).max(2048);
static DURATION_SECONDS_TYPE: Number = Number::any().min(900).max(129600);
static ENCODED_MESSAGE_TYPE: Text = Text::any().min(1).max(10240);
static EXTERNAL_ID_TYPE: Text = Text::matching("[\\w+=,.@:\\/-]*", "[0-9A-Za-z_+=,.@:\\/-]*").min(2).max(1224);
static JWT_ALGORITHM_TYPE: Text = Text::any().min(5).max(5);
static MINIMUM_SESSION_TOKEN_SIZE_TYPE: Number = Number::any().min(0).max(4096);
static ROLE_DURATION_SECONDS_TYPE: Number = Number::any().min(900).max(43200);
static ROLE_SESSION_NAME_TYPE: Text = Text::matching("[\\w+=,.@-]*", "[0-9A-Za-z_+=,.@-]*").min(2).max(64);
static ROOT_DURATION_SECONDS_TYPE: Number = Number::any().min(0).max(900);
static SAML_ASSERTION_TYPE: Text = Text::any().min(4).max(100000).sensitive();
static SERIAL_NUMBER_TYPE: Text = Text::matching("[\\w+=/:,.@-]*", "[0-9A-Za-z_+=/:,.@-]*").min(9).max(256);
static SESSION_POLICY_DOCUMENT_TYPE: Text =
    Text::matching("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", "[\\x{0009}\\x{000A}\\x{000D}\\x{0020}-\\x{00FF}]+")
        .min(1)
        .max(2048);
static SOURCE_IDENTITY_TYPE: Text = Text::matching("[\\w+=,.@-]*", "[0-9A-Za-z_+=,.@-]*").min(2).max(64);
static TAG_KEY_TYPE: Text =
    Text::matching("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+").min(1).max(128);
static TAG_VALUE_TYPE: Text =
    Text::matching("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*").max(256);
static TARGET_PRINCIPAL_TYPE: Text = Text::any().min(12).max(2048);
static TOKEN_CODE_TYPE: Text = Text::matching("[\\d]*", "[0-9]*").min(6).max(6);
static UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE: Text =
    Text::matching("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", "[\\x{0009}\\x{000A}\\x{000D}\\x{0020}-\\x{00FF}]+")
        .min(1);
static URL_TYPE: Text = Text::any().min(4).max(2048);
static USER_NAME_TYPE: Text = Text::matching("[\\w+=,.@-]*", "[0-9A-Za-z_+=,.@-]*").min(2).max(32);
static WEB_IDENTITY_TOKEN_AUDIENCE_STRING_TYPE: Text = Text::any().min(1).max(1000);
static WEB_IDENTITY_TOKEN_DURATION_SECONDS_TYPE: Number = Number::any().min(60).max(3600);

impl Validate for v1::AssumeRoleRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("roleArn", self.role_arn.is_some());
        check.text("roleArn", self.role_arn.as_deref(), &ARN_TYPE);
        check.required("roleSessionName", self.role_session_name.is_some());
        check.text("roleSessionName", self.role_session_name.as_deref(), &ROLE_SESSION_NAME_TYPE);
        check.structures("policyArns", "PolicyArns", &self.policy_arns, &Length::any());
        check.text("policy", self.policy.as_deref(), &UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE);
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &ROLE_DURATION_SECONDS_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any().max(50));
        check.texts(
            "transitiveTagKeys",
            "TransitiveTagKeys",
            &self.transitive_tag_keys,
            &Length::any().max(50),
            &TAG_KEY_TYPE,
        );
        check.text("externalId", self.external_id.as_deref(), &EXTERNAL_ID_TYPE);
        check.text("serialNumber", self.serial_number.as_deref(), &SERIAL_NUMBER_TYPE);
        check.text("tokenCode", self.token_code.as_deref(), &TOKEN_CODE_TYPE);
        check.text("sourceIdentity", self.source_identity.as_deref(), &SOURCE_IDENTITY_TYPE);
        check.structures("providedContexts", "ProvidedContexts", &self.provided_contexts, &Length::any().min(1).max(5));
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::AssumeRoleWithSamlRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("roleArn", self.role_arn.is_some());
        check.text("roleArn", self.role_arn.as_deref(), &ARN_TYPE);
        check.required("principalArn", self.principal_arn.is_some());
        check.text("principalArn", self.principal_arn.as_deref(), &ARN_TYPE);
        check.required("sAMLAssertion", self.saml_assertion.is_some());
        check.text("sAMLAssertion", self.saml_assertion.as_deref(), &SAML_ASSERTION_TYPE);
        check.structures("policyArns", "PolicyArns", &self.policy_arns, &Length::any());
        check.text("policy", self.policy.as_deref(), &SESSION_POLICY_DOCUMENT_TYPE);
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &ROLE_DURATION_SECONDS_TYPE);
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::AssumeRoleWithWebIdentityRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("roleArn", self.role_arn.is_some());
        check.text("roleArn", self.role_arn.as_deref(), &ARN_TYPE);
        check.required("roleSessionName", self.role_session_name.is_some());
        check.text("roleSessionName", self.role_session_name.as_deref(), &ROLE_SESSION_NAME_TYPE);
        check.required("webIdentityToken", self.web_identity_token.is_some());
        check.text("webIdentityToken", self.web_identity_token.as_deref(), &CLIENT_TOKEN_TYPE);
        check.text("providerId", self.provider_id.as_deref(), &URL_TYPE);
        check.structures("policyArns", "PolicyArns", &self.policy_arns, &Length::any());
        check.text("policy", self.policy.as_deref(), &SESSION_POLICY_DOCUMENT_TYPE);
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &ROLE_DURATION_SECONDS_TYPE);
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::AssumeRootRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("targetPrincipal", self.target_principal.is_some());
        check.text("targetPrincipal", self.target_principal.as_deref(), &TARGET_PRINCIPAL_TYPE);
        check.required("taskPolicyArn", self.task_policy_arn.is_some());
        check.structure("taskPolicyArn", self.task_policy_arn.as_ref());
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &ROOT_DURATION_SECONDS_TYPE);
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::DecodeAuthorizationMessageRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("encodedMessage", self.encoded_message.is_some());
        check.text("encodedMessage", self.encoded_message.as_deref(), &ENCODED_MESSAGE_TYPE);
    }
}

impl Validate for v1::GetAccessKeyInfoRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("accessKeyId", self.access_key_id.is_some());
        check.text("accessKeyId", self.access_key_id.as_deref(), &ACCESS_KEY_ID_TYPE);
    }
}

impl Validate for v1::GetCallerIdentityRequest {
    fn validate(&self, _check: &mut Check<'_>) {}
}

impl Validate for v1::GetDelegatedAccessTokenRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("tradeInToken", self.trade_in_token.is_some());
    }
}

impl Validate for v1::GetFederationTokenRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("name", self.name.is_some());
        check.text("name", self.name.as_deref(), &USER_NAME_TYPE);
        check.text("policy", self.policy.as_deref(), &SESSION_POLICY_DOCUMENT_TYPE);
        check.structures("policyArns", "PolicyArns", &self.policy_arns, &Length::any());
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &DURATION_SECONDS_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any().max(50));
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::GetSessionTokenRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("durationSeconds", self.duration_seconds.map(i64::from), &DURATION_SECONDS_TYPE);
        check.text("serialNumber", self.serial_number.as_deref(), &SERIAL_NUMBER_TYPE);
        check.text("tokenCode", self.token_code.as_deref(), &TOKEN_CODE_TYPE);
        check.number(
            "minimumSessionTokenSize",
            self.minimum_session_token_size.map(i64::from),
            &MINIMUM_SESSION_TOKEN_SIZE_TYPE,
        );
    }
}

impl Validate for v1::GetWebIdentityTokenRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required_entries("audience", "Audience", self.audience.len());
        check.texts(
            "audience",
            "Audience",
            &self.audience,
            &Length::any().min(1).max(10),
            &WEB_IDENTITY_TOKEN_AUDIENCE_STRING_TYPE,
        );
        check.number(
            "durationSeconds",
            self.duration_seconds.map(i64::from),
            &WEB_IDENTITY_TOKEN_DURATION_SECONDS_TYPE,
        );
        check.required("signingAlgorithm", self.signing_algorithm.is_some());
        check.text("signingAlgorithm", self.signing_algorithm.as_deref(), &JWT_ALGORITHM_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any().max(50));
    }
}

impl Validate for v1::PolicyDescriptorType {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("arn", self.arn.as_deref(), &ARN_TYPE);
    }
}

impl Validate for v1::Tag {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("key", self.key.is_some());
        check.text("key", self.key.as_deref(), &TAG_KEY_TYPE);
        check.required("value", self.value.is_some());
        check.text("value", self.value.as_deref(), &TAG_VALUE_TYPE);
    }
}

impl Validate for v1::ProvidedContext {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("providerArn", self.provider_arn.as_deref(), &ARN_TYPE);
        check.text("contextAssertion", self.context_assertion.as_deref(), &CONTEXT_ASSERTION_TYPE);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        let texts: [&crate::validation::Text; 12] = [
            &super::ACCESS_KEY_ID_TYPE,
            &super::ARN_TYPE,
            &super::EXTERNAL_ID_TYPE,
            &super::ROLE_SESSION_NAME_TYPE,
            &super::SERIAL_NUMBER_TYPE,
            &super::SESSION_POLICY_DOCUMENT_TYPE,
            &super::SOURCE_IDENTITY_TYPE,
            &super::TAG_KEY_TYPE,
            &super::TAG_VALUE_TYPE,
            &super::TOKEN_CODE_TYPE,
            &super::UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE,
            &super::USER_NAME_TYPE,
        ];
        for text in texts {
            assert!(text.has_sound_pattern());
        }
    }
}

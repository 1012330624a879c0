//! What kms asks of its requests.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::kms::v1;
use crate::validation::{Blob, Check, Length, Number, Text, Validate};

static ACCOUNT_ID_TYPE: Text = Text::matching("[0-9]{12}", "[0-9]{12}").min(12).max(12);
static ALIAS_NAME_TYPE: Text = Text::matching("^[a-zA-Z0-9:/_-]+$", "^[a-zA-Z0-9:/_-]+$").min(1).max(256);
static ATTESTATION_DOCUMENT_TYPE: Blob = Blob::any().min(1).max(262144);
static BACKING_KEY_ID_TYPE: Text = Text::matching("^[a-f0-9]+$", "^[a-f0-9]+$").min(64).max(64);
static CIPHERTEXT_TYPE: Blob = Blob::any().min(1).max(6144);
static CLOUD_HSM_CLUSTER_ID_TYPE: Text =
    Text::matching("cluster-[2-7a-zA-Z]{11,16}", "cluster-[2-7a-zA-Z]{11,16}").min(19).max(24);
static CUSTOM_KEY_STORE_ID_TYPE: Text = Text::any().min(1).max(64);
static CUSTOM_KEY_STORE_NAME_TYPE: Text = Text::any().min(1).max(256);
static DESCRIPTION_TYPE: Text = Text::any().max(8192);
static GRANT_CONSTRAINT_SOURCE_ARN_TYPE: Text = Text::matching(
    "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
    "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
)
.min(20)
.max(512);
static GRANT_ID_TYPE: Text = Text::any().min(1).max(128);
static GRANT_NAME_TYPE: Text = Text::matching("^[a-zA-Z0-9:/_-]+$", "^[a-zA-Z0-9:/_-]+$").min(1).max(256);
static GRANT_TOKEN_TYPE: Text = Text::any().min(1).max(8192);
static KEY_ID_TYPE: Text = Text::any().min(1).max(2048);
static KEY_MATERIAL_DESCRIPTION_TYPE: Text =
    Text::matching("^[a-zA-Z0-9:/_\\s.-]+$", "^[a-zA-Z0-9:/_\\t\\n\\x0B\\x0C\\r .-]+$").max(256);
static KEY_STORE_PASSWORD_TYPE: Text = Text::any().min(7).max(32).sensitive();
static LIMIT_TYPE: Number = Number::any().min(1).max(1000);
static MARKER_TYPE: Text = Text::matching("[\\u0020-\\u00FF]*", "[\\x{0020}-\\x{00FF}]*").min(1).max(1024);
static NUMBER_OF_BYTES_TYPE: Number = Number::any().min(1).max(1024);
static PENDING_WINDOW_IN_DAYS_TYPE: Number = Number::any().min(1).max(365);
static PLAINTEXT_TYPE: Blob = Blob::any().min(1).max(4096).sensitive();
static POLICY_NAME_TYPE: Text = Text::matching("[\\w]+", "[0-9A-Za-z_]+").min(1).max(128);
static POLICY_TYPE: Text =
    Text::matching("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+", "[\\x{0009}\\x{000A}\\x{000D}\\x{0020}-\\x{00FF}]+")
        .min(1)
        .max(131072);
static PRINCIPAL_ID_TYPE: Text = Text::matching("^[\\w+=,.@:/-]+$", "^[0-9A-Za-z_+=,.@:/-]+$").min(1).max(256);
static PUBLIC_KEY_TYPE: Blob = Blob::any().min(1).max(8192);
static REGION_TYPE: Text = Text::matching("^([a-z]+-){2,3}\\d+$", "^([a-z]+-){2,3}[0-9]+$").min(1).max(32);
static ROTATION_PERIOD_IN_DAYS_TYPE: Number = Number::any().min(90).max(2560);
static SERVICE_PRINCIPAL_TYPE: Text = Text::matching(
    "^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$",
    "^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$",
)
.min(1)
.max(128);
static TAG_KEY_TYPE: Text = Text::any().min(1).max(128);
static TAG_VALUE_TYPE: Text = Text::any().max(256);
static TRUST_ANCHOR_CERTIFICATE_TYPE: Text = Text::any().min(1).max(5000);
static XKS_KEY_ID_TYPE: Text = Text::matching("^[a-zA-Z0-9-_.]+$", "^[a-zA-Z0-9-_.]+$").min(1).max(128);
static XKS_PROXY_AUTHENTICATION_ACCESS_KEY_ID_TYPE: Text =
    Text::matching("^[A-Z2-7]+$", "^[A-Z2-7]+$").min(20).max(30).sensitive();
static XKS_PROXY_AUTHENTICATION_RAW_SECRET_ACCESS_KEY_TYPE: Text =
    Text::matching("^[a-zA-Z0-9\\/+=]+$", "^[a-zA-Z0-9\\/+=]+$").min(43).max(64).sensitive();
static XKS_PROXY_URI_ENDPOINT_TYPE: Text =
    Text::matching("^https://[a-zA-Z0-9.-]+$", "^https://[a-zA-Z0-9.-]+$").min(10).max(128);
static XKS_PROXY_URI_PATH_TYPE: Text = Text::matching(
    "^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$",
    "^(/[a-zA-Z0-9\\/_-]+/kms/xks/v[0-9]{1,2})$|^(/kms/xks/v[0-9]{1,2})$",
)
.min(10)
.max(128);
static XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME_TYPE: Text = Text::matching(
    "^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$",
    "^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}[0-9]+\\.vpce-svc-[0-9a-z]+$",
)
.min(20)
.max(64);

impl Validate for v1::CancelKeyDeletionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::ConnectCustomKeyStoreRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("customKeyStoreId", self.custom_key_store_id.is_some());
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
    }
}

impl Validate for v1::CreateAliasRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("aliasName", self.alias_name.is_some());
        check.text("aliasName", self.alias_name.as_deref(), &ALIAS_NAME_TYPE);
        check.required("targetKeyId", self.target_key_id.is_some());
        check.text("targetKeyId", self.target_key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::CreateCustomKeyStoreRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("customKeyStoreName", self.custom_key_store_name.is_some());
        check.text("customKeyStoreName", self.custom_key_store_name.as_deref(), &CUSTOM_KEY_STORE_NAME_TYPE);
        check.text("cloudHsmClusterId", self.cloud_hsm_cluster_id.as_deref(), &CLOUD_HSM_CLUSTER_ID_TYPE);
        check.text("trustAnchorCertificate", self.trust_anchor_certificate.as_deref(), &TRUST_ANCHOR_CERTIFICATE_TYPE);
        check.text("keyStorePassword", self.key_store_password.as_deref(), &KEY_STORE_PASSWORD_TYPE);
        check.enumeration::<v1::CustomKeyStoreType>("customKeyStoreType", self.custom_key_store_type);
        check.text("xksProxyUriEndpoint", self.xks_proxy_uri_endpoint.as_deref(), &XKS_PROXY_URI_ENDPOINT_TYPE);
        check.text("xksProxyUriPath", self.xks_proxy_uri_path.as_deref(), &XKS_PROXY_URI_PATH_TYPE);
        check.text(
            "xksProxyVpcEndpointServiceName",
            self.xks_proxy_vpc_endpoint_service_name.as_deref(),
            &XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME_TYPE,
        );
        check.text(
            "xksProxyVpcEndpointServiceOwner",
            self.xks_proxy_vpc_endpoint_service_owner.as_deref(),
            &ACCOUNT_ID_TYPE,
        );
        check.structure("xksProxyAuthenticationCredential", self.xks_proxy_authentication_credential.as_ref());
        check.enumeration::<v1::XksProxyConnectivityType>("xksProxyConnectivity", self.xks_proxy_connectivity);
    }
}

impl Validate for v1::CreateGrantRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("granteePrincipal", self.grantee_principal.as_deref(), &PRINCIPAL_ID_TYPE);
        check.text("retiringPrincipal", self.retiring_principal.as_deref(), &PRINCIPAL_ID_TYPE);
        check.required_entries("operations", "Operations", self.operations.len());
        check.enumerations::<v1::GrantOperation>("operations", "Operations", &self.operations, &Length::any());
        check.structure("constraints", self.constraints.as_ref());
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.text("name", self.name.as_deref(), &GRANT_NAME_TYPE);
        check.text("granteeServicePrincipal", self.grantee_service_principal.as_deref(), &SERVICE_PRINCIPAL_TYPE);
        check.text("retiringServicePrincipal", self.retiring_service_principal.as_deref(), &SERVICE_PRINCIPAL_TYPE);
    }
}

impl Validate for v1::CreateKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("policy", self.policy.as_deref(), &POLICY_TYPE);
        check.text("description", self.description.as_deref(), &DESCRIPTION_TYPE);
        check.enumeration::<v1::KeyUsageType>("keyUsage", self.key_usage);
        check.enumeration::<v1::CustomerMasterKeySpec>("customerMasterKeySpec", self.customer_master_key_spec);
        check.enumeration::<v1::KeySpec>("keySpec", self.key_spec);
        check.enumeration::<v1::OriginType>("origin", self.origin);
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any());
        check.text("xksKeyId", self.xks_key_id.as_deref(), &XKS_KEY_ID_TYPE);
    }
}

impl Validate for v1::DecapsulateRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("sharedSecretCiphertextBlob", self.shared_secret_ciphertext_blob.is_some());
        check.blob("sharedSecretCiphertextBlob", self.shared_secret_ciphertext_blob.as_ref(), &CIPHERTEXT_TYPE);
        check.required("encapsulationAlgorithm", self.encapsulation_algorithm.is_some());
        check.enumeration::<v1::EncapsulationAlgorithmSpec>("encapsulationAlgorithm", self.encapsulation_algorithm);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::DecryptRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.blob("ciphertextBlob", self.ciphertext_blob.as_ref(), &CIPHERTEXT_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.enumeration::<v1::EncryptionAlgorithmSpec>("encryptionAlgorithm", self.encryption_algorithm);
        check.structure("recipient", self.recipient.as_ref());
        check.enumerations::<v1::DryRunModifierType>(
            "dryRunModifiers",
            "DryRunModifiers",
            &self.dry_run_modifiers,
            &Length::any(),
        );
    }
}

impl Validate for v1::DeleteAliasRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("aliasName", self.alias_name.is_some());
        check.text("aliasName", self.alias_name.as_deref(), &ALIAS_NAME_TYPE);
    }
}

impl Validate for v1::DeleteCustomKeyStoreRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("customKeyStoreId", self.custom_key_store_id.is_some());
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
    }
}

impl Validate for v1::DeleteImportedKeyMaterialRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("keyMaterialId", self.key_material_id.as_deref(), &BACKING_KEY_ID_TYPE);
    }
}

impl Validate for v1::DeriveSharedSecretRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("keyAgreementAlgorithm", self.key_agreement_algorithm.is_some());
        check.enumeration::<v1::KeyAgreementAlgorithmSpec>("keyAgreementAlgorithm", self.key_agreement_algorithm);
        check.required("publicKey", self.public_key.is_some());
        check.blob("publicKey", self.public_key.as_ref(), &PUBLIC_KEY_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.structure("recipient", self.recipient.as_ref());
    }
}

impl Validate for v1::DescribeCustomKeyStoresRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
        check.text("customKeyStoreName", self.custom_key_store_name.as_deref(), &CUSTOM_KEY_STORE_NAME_TYPE);
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
    }
}

impl Validate for v1::DescribeKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::DisableKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::DisableKeyRotationRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::DisconnectCustomKeyStoreRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("customKeyStoreId", self.custom_key_store_id.is_some());
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
    }
}

impl Validate for v1::EnableKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::EnableKeyRotationRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number(
            "rotationPeriodInDays",
            self.rotation_period_in_days.map(i64::from),
            &ROTATION_PERIOD_IN_DAYS_TYPE,
        );
    }
}

impl Validate for v1::EncapsulateRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("encapsulationAlgorithm", self.encapsulation_algorithm.is_some());
        check.enumeration::<v1::EncapsulationAlgorithmSpec>("encapsulationAlgorithm", self.encapsulation_algorithm);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::EncryptRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("plaintext", self.plaintext.is_some());
        check.blob("plaintext", self.plaintext.as_ref(), &PLAINTEXT_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.enumeration::<v1::EncryptionAlgorithmSpec>("encryptionAlgorithm", self.encryption_algorithm);
    }
}

impl Validate for v1::GenerateDataKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number("numberOfBytes", self.number_of_bytes.map(i64::from), &NUMBER_OF_BYTES_TYPE);
        check.enumeration::<v1::DataKeySpec>("keySpec", self.key_spec);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.structure("recipient", self.recipient.as_ref());
    }
}

impl Validate for v1::GenerateDataKeyPairRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("keyPairSpec", self.key_pair_spec.is_some());
        check.enumeration::<v1::DataKeyPairSpec>("keyPairSpec", self.key_pair_spec);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.structure("recipient", self.recipient.as_ref());
    }
}

impl Validate for v1::GenerateDataKeyPairWithoutPlaintextRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("keyPairSpec", self.key_pair_spec.is_some());
        check.enumeration::<v1::DataKeyPairSpec>("keyPairSpec", self.key_pair_spec);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::GenerateDataKeyWithoutPlaintextRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.enumeration::<v1::DataKeySpec>("keySpec", self.key_spec);
        check.number("numberOfBytes", self.number_of_bytes.map(i64::from), &NUMBER_OF_BYTES_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::GenerateMacRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("message", self.message.is_some());
        check.blob("message", self.message.as_ref(), &PLAINTEXT_TYPE);
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("macAlgorithm", self.mac_algorithm.is_some());
        check.enumeration::<v1::MacAlgorithmSpec>("macAlgorithm", self.mac_algorithm);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::GenerateRandomRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("numberOfBytes", self.number_of_bytes.map(i64::from), &NUMBER_OF_BYTES_TYPE);
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
        check.structure("recipient", self.recipient.as_ref());
    }
}

impl Validate for v1::GetKeyLastUsageRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::GetKeyPolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("policyName", self.policy_name.as_deref(), &POLICY_NAME_TYPE);
    }
}

impl Validate for v1::GetKeyRotationStatusRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::GetParametersForImportRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("wrappingAlgorithm", self.wrapping_algorithm.is_some());
        check.enumeration::<v1::AlgorithmSpec>("wrappingAlgorithm", self.wrapping_algorithm);
        check.required("wrappingKeySpec", self.wrapping_key_spec.is_some());
        check.enumeration::<v1::WrappingKeySpec>("wrappingKeySpec", self.wrapping_key_spec);
    }
}

impl Validate for v1::GetPublicKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::ImportKeyMaterialRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("importToken", self.import_token.is_some());
        check.blob("importToken", self.import_token.as_ref(), &CIPHERTEXT_TYPE);
        check.required("encryptedKeyMaterial", self.encrypted_key_material.is_some());
        check.blob("encryptedKeyMaterial", self.encrypted_key_material.as_ref(), &CIPHERTEXT_TYPE);
        check.enumeration::<v1::ExpirationModelType>("expirationModel", self.expiration_model);
        check.enumeration::<v1::ImportType>("importType", self.import_type);
        check.text("keyMaterialDescription", self.key_material_description.as_deref(), &KEY_MATERIAL_DESCRIPTION_TYPE);
        check.text("keyMaterialId", self.key_material_id.as_deref(), &BACKING_KEY_ID_TYPE);
    }
}

impl Validate for v1::ListAliasesRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
    }
}

impl Validate for v1::ListGrantsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("grantId", self.grant_id.as_deref(), &GRANT_ID_TYPE);
        check.text("granteePrincipal", self.grantee_principal.as_deref(), &PRINCIPAL_ID_TYPE);
        check.text("granteeServicePrincipal", self.grantee_service_principal.as_deref(), &SERVICE_PRINCIPAL_TYPE);
    }
}

impl Validate for v1::ListKeyPoliciesRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
    }
}

impl Validate for v1::ListKeyRotationsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.enumeration::<v1::IncludeKeyMaterial>("includeKeyMaterial", self.include_key_material);
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
    }
}

impl Validate for v1::ListKeysRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
        check.enumerations::<v1::ResourceOwnerType>(
            "resourceOwners",
            "ResourceOwners",
            &self.resource_owners,
            &Length::any().min(1).max(2),
        );
    }
}

impl Validate for v1::ListResourceTagsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
    }
}

impl Validate for v1::ListRetirableGrantsRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.number("limit", self.limit.map(i64::from), &LIMIT_TYPE);
        check.text("marker", self.marker.as_deref(), &MARKER_TYPE);
        check.text("retiringPrincipal", self.retiring_principal.as_deref(), &PRINCIPAL_ID_TYPE);
        check.text("retiringServicePrincipal", self.retiring_service_principal.as_deref(), &SERVICE_PRINCIPAL_TYPE);
    }
}

impl Validate for v1::PutKeyPolicyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("policyName", self.policy_name.as_deref(), &POLICY_NAME_TYPE);
        check.required("policy", self.policy.is_some());
        check.text("policy", self.policy.as_deref(), &POLICY_TYPE);
    }
}

impl Validate for v1::ReEncryptRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.blob("ciphertextBlob", self.ciphertext_blob.as_ref(), &CIPHERTEXT_TYPE);
        check.text("sourceKeyId", self.source_key_id.as_deref(), &KEY_ID_TYPE);
        check.required("destinationKeyId", self.destination_key_id.is_some());
        check.text("destinationKeyId", self.destination_key_id.as_deref(), &KEY_ID_TYPE);
        check.enumeration::<v1::EncryptionAlgorithmSpec>("sourceEncryptionAlgorithm", self.source_encryption_algorithm);
        check.enumeration::<v1::EncryptionAlgorithmSpec>(
            "destinationEncryptionAlgorithm",
            self.destination_encryption_algorithm,
        );
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.enumerations::<v1::DryRunModifierType>(
            "dryRunModifiers",
            "DryRunModifiers",
            &self.dry_run_modifiers,
            &Length::any(),
        );
    }
}

impl Validate for v1::ReplicateKeyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("replicaRegion", self.replica_region.is_some());
        check.text("replicaRegion", self.replica_region.as_deref(), &REGION_TYPE);
        check.text("policy", self.policy.as_deref(), &POLICY_TYPE);
        check.text("description", self.description.as_deref(), &DESCRIPTION_TYPE);
        check.structures("tags", "Tags", &self.tags, &Length::any());
    }
}

impl Validate for v1::RetireGrantRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("grantToken", self.grant_token.as_deref(), &GRANT_TOKEN_TYPE);
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.text("grantId", self.grant_id.as_deref(), &GRANT_ID_TYPE);
    }
}

impl Validate for v1::RevokeGrantRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("grantId", self.grant_id.is_some());
        check.text("grantId", self.grant_id.as_deref(), &GRANT_ID_TYPE);
    }
}

impl Validate for v1::RotateKeyOnDemandRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::ScheduleKeyDeletionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.number("pendingWindowInDays", self.pending_window_in_days.map(i64::from), &PENDING_WINDOW_IN_DAYS_TYPE);
    }
}

impl Validate for v1::SignRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("message", self.message.is_some());
        check.blob("message", self.message.as_ref(), &PLAINTEXT_TYPE);
        check.enumeration::<v1::MessageType>("messageType", self.message_type);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
        check.required("signingAlgorithm", self.signing_algorithm.is_some());
        check.enumeration::<v1::SigningAlgorithmSpec>("signingAlgorithm", self.signing_algorithm);
    }
}

impl Validate for v1::TagResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required_entries("tags", "Tags", self.tags.len());
        check.structures("tags", "Tags", &self.tags, &Length::any());
    }
}

impl Validate for v1::UntagResourceRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required_entries("tagKeys", "TagKeys", self.tag_keys.len());
        check.texts("tagKeys", "TagKeys", &self.tag_keys, &Length::any(), &TAG_KEY_TYPE);
    }
}

impl Validate for v1::UpdateAliasRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("aliasName", self.alias_name.is_some());
        check.text("aliasName", self.alias_name.as_deref(), &ALIAS_NAME_TYPE);
        check.required("targetKeyId", self.target_key_id.is_some());
        check.text("targetKeyId", self.target_key_id.as_deref(), &KEY_ID_TYPE);
    }
}

impl Validate for v1::UpdateCustomKeyStoreRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("customKeyStoreId", self.custom_key_store_id.is_some());
        check.text("customKeyStoreId", self.custom_key_store_id.as_deref(), &CUSTOM_KEY_STORE_ID_TYPE);
        check.text("newCustomKeyStoreName", self.new_custom_key_store_name.as_deref(), &CUSTOM_KEY_STORE_NAME_TYPE);
        check.text("keyStorePassword", self.key_store_password.as_deref(), &KEY_STORE_PASSWORD_TYPE);
        check.text("cloudHsmClusterId", self.cloud_hsm_cluster_id.as_deref(), &CLOUD_HSM_CLUSTER_ID_TYPE);
        check.text("xksProxyUriEndpoint", self.xks_proxy_uri_endpoint.as_deref(), &XKS_PROXY_URI_ENDPOINT_TYPE);
        check.text("xksProxyUriPath", self.xks_proxy_uri_path.as_deref(), &XKS_PROXY_URI_PATH_TYPE);
        check.text(
            "xksProxyVpcEndpointServiceName",
            self.xks_proxy_vpc_endpoint_service_name.as_deref(),
            &XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME_TYPE,
        );
        check.text(
            "xksProxyVpcEndpointServiceOwner",
            self.xks_proxy_vpc_endpoint_service_owner.as_deref(),
            &ACCOUNT_ID_TYPE,
        );
        check.structure("xksProxyAuthenticationCredential", self.xks_proxy_authentication_credential.as_ref());
        check.enumeration::<v1::XksProxyConnectivityType>("xksProxyConnectivity", self.xks_proxy_connectivity);
    }
}

impl Validate for v1::UpdateKeyDescriptionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("description", self.description.is_some());
        check.text("description", self.description.as_deref(), &DESCRIPTION_TYPE);
    }
}

impl Validate for v1::UpdatePrimaryRegionRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("primaryRegion", self.primary_region.is_some());
        check.text("primaryRegion", self.primary_region.as_deref(), &REGION_TYPE);
    }
}

impl Validate for v1::VerifyRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("message", self.message.is_some());
        check.blob("message", self.message.as_ref(), &PLAINTEXT_TYPE);
        check.enumeration::<v1::MessageType>("messageType", self.message_type);
        check.required("signature", self.signature.is_some());
        check.blob("signature", self.signature.as_ref(), &CIPHERTEXT_TYPE);
        check.required("signingAlgorithm", self.signing_algorithm.is_some());
        check.enumeration::<v1::SigningAlgorithmSpec>("signingAlgorithm", self.signing_algorithm);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::VerifyMacRequest {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("message", self.message.is_some());
        check.blob("message", self.message.as_ref(), &PLAINTEXT_TYPE);
        check.required("keyId", self.key_id.is_some());
        check.text("keyId", self.key_id.as_deref(), &KEY_ID_TYPE);
        check.required("macAlgorithm", self.mac_algorithm.is_some());
        check.enumeration::<v1::MacAlgorithmSpec>("macAlgorithm", self.mac_algorithm);
        check.required("mac", self.mac.is_some());
        check.blob("mac", self.mac.as_ref(), &CIPHERTEXT_TYPE);
        check.texts("grantTokens", "GrantTokens", &self.grant_tokens, &Length::any().max(10), &GRANT_TOKEN_TYPE);
    }
}

impl Validate for v1::XksProxyAuthenticationCredentialType {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("accessKeyId", self.access_key_id.is_some());
        check.text("accessKeyId", self.access_key_id.as_deref(), &XKS_PROXY_AUTHENTICATION_ACCESS_KEY_ID_TYPE);
        check.required("rawSecretAccessKey", self.raw_secret_access_key.is_some());
        check.text(
            "rawSecretAccessKey",
            self.raw_secret_access_key.as_deref(),
            &XKS_PROXY_AUTHENTICATION_RAW_SECRET_ACCESS_KEY_TYPE,
        );
    }
}

impl Validate for v1::GrantConstraints {
    fn validate(&self, check: &mut Check<'_>) {
        check.text("sourceArn", self.source_arn.as_deref(), &GRANT_CONSTRAINT_SOURCE_ARN_TYPE);
    }
}

impl Validate for v1::Tag {
    fn validate(&self, check: &mut Check<'_>) {
        check.required("tagKey", self.tag_key.is_some());
        check.text("tagKey", self.tag_key.as_deref(), &TAG_KEY_TYPE);
        check.required("tagValue", self.tag_value.is_some());
        check.text("tagValue", self.tag_value.as_deref(), &TAG_VALUE_TYPE);
    }
}

impl Validate for v1::RecipientInfo {
    fn validate(&self, check: &mut Check<'_>) {
        check.enumeration::<v1::KeyEncryptionMechanism>("keyEncryptionAlgorithm", self.key_encryption_algorithm);
        check.blob("attestationDocument", self.attestation_document.as_ref(), &ATTESTATION_DOCUMENT_TYPE);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        let texts: [&crate::validation::Text; 19] = [
            &super::ACCOUNT_ID_TYPE,
            &super::ALIAS_NAME_TYPE,
            &super::BACKING_KEY_ID_TYPE,
            &super::CLOUD_HSM_CLUSTER_ID_TYPE,
            &super::GRANT_CONSTRAINT_SOURCE_ARN_TYPE,
            &super::GRANT_NAME_TYPE,
            &super::KEY_MATERIAL_DESCRIPTION_TYPE,
            &super::MARKER_TYPE,
            &super::POLICY_NAME_TYPE,
            &super::POLICY_TYPE,
            &super::PRINCIPAL_ID_TYPE,
            &super::REGION_TYPE,
            &super::SERVICE_PRINCIPAL_TYPE,
            &super::XKS_KEY_ID_TYPE,
            &super::XKS_PROXY_AUTHENTICATION_ACCESS_KEY_ID_TYPE,
            &super::XKS_PROXY_AUTHENTICATION_RAW_SECRET_ACCESS_KEY_TYPE,
            &super::XKS_PROXY_URI_ENDPOINT_TYPE,
            &super::XKS_PROXY_URI_PATH_TYPE,
            &super::XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME_TYPE,
        ];
        for text in texts {
            assert!(text.has_sound_pattern());
        }
    }
}

//! The operations of kms.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::kms::v1;
use crate::operation::{Operation, OperationInfo, ServiceInfo};

pub(crate) static SERVICE: ServiceInfo = ServiceInfo {
    name: "kms",
    target_prefix: "TrentService",
    grpc_service: "lockstep.kms.v1.KmsService",
    api_version: "2014-11-01",
    xml_namespace: "",
    operations: &OPERATIONS,
};

static OPERATIONS: [OperationInfo; 56] = [
    OperationInfo { name: "CancelKeyDeletion" },
    OperationInfo { name: "ConnectCustomKeyStore" },
    OperationInfo { name: "CreateAlias" },
    OperationInfo { name: "CreateCustomKeyStore" },
    OperationInfo { name: "CreateGrant" },
    OperationInfo { name: "CreateKey" },
    OperationInfo { name: "Decapsulate" },
    OperationInfo { name: "Decrypt" },
    OperationInfo { name: "DeleteAlias" },
    OperationInfo { name: "DeleteCustomKeyStore" },
    OperationInfo { name: "DeleteImportedKeyMaterial" },
    OperationInfo { name: "DeriveSharedSecret" },
    OperationInfo { name: "DescribeCustomKeyStores" },
    OperationInfo { name: "DescribeKey" },
    OperationInfo { name: "DisableKey" },
    OperationInfo { name: "DisableKeyRotation" },
    OperationInfo { name: "DisconnectCustomKeyStore" },
    OperationInfo { name: "EnableKey" },
    OperationInfo { name: "EnableKeyRotation" },
    OperationInfo { name: "Encapsulate" },
    OperationInfo { name: "Encrypt" },
    OperationInfo { name: "GenerateDataKey" },
    OperationInfo { name: "GenerateDataKeyPair" },
    OperationInfo { name: "GenerateDataKeyPairWithoutPlaintext" },
    OperationInfo { name: "GenerateDataKeyWithoutPlaintext" },
    OperationInfo { name: "GenerateMac" },
    OperationInfo { name: "GenerateRandom" },
    OperationInfo { name: "GetKeyLastUsage" },
    OperationInfo { name: "GetKeyPolicy" },
    OperationInfo { name: "GetKeyRotationStatus" },
    OperationInfo { name: "GetParametersForImport" },
    OperationInfo { name: "GetPublicKey" },
    OperationInfo { name: "ImportKeyMaterial" },
    OperationInfo { name: "ListAliases" },
    OperationInfo { name: "ListGrants" },
    OperationInfo { name: "ListKeyPolicies" },
    OperationInfo { name: "ListKeyRotations" },
    OperationInfo { name: "ListKeys" },
    OperationInfo { name: "ListResourceTags" },
    OperationInfo { name: "ListRetirableGrants" },
    OperationInfo { name: "PutKeyPolicy" },
    OperationInfo { name: "ReEncrypt" },
    OperationInfo { name: "ReplicateKey" },
    OperationInfo { name: "RetireGrant" },
    OperationInfo { name: "RevokeGrant" },
    OperationInfo { name: "RotateKeyOnDemand" },
    OperationInfo { name: "ScheduleKeyDeletion" },
    OperationInfo { name: "Sign" },
    OperationInfo { name: "TagResource" },
    OperationInfo { name: "UntagResource" },
    OperationInfo { name: "UpdateAlias" },
    OperationInfo { name: "UpdateCustomKeyStore" },
    OperationInfo { name: "UpdateKeyDescription" },
    OperationInfo { name: "UpdatePrimaryRegion" },
    OperationInfo { name: "Verify" },
    OperationInfo { name: "VerifyMac" },
];

impl Operation for v1::CancelKeyDeletionRequest {
    type Output = v1::CancelKeyDeletionResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "CancelKeyDeletion";
}

impl Operation for v1::ConnectCustomKeyStoreRequest {
    type Output = v1::ConnectCustomKeyStoreResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ConnectCustomKeyStore";
}

impl Operation for v1::CreateAliasRequest {
    type Output = v1::CreateAliasResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "CreateAlias";
}

impl Operation for v1::CreateCustomKeyStoreRequest {
    type Output = v1::CreateCustomKeyStoreResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "CreateCustomKeyStore";
}

impl Operation for v1::CreateGrantRequest {
    type Output = v1::CreateGrantResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "CreateGrant";
}

impl Operation for v1::CreateKeyRequest {
    type Output = v1::CreateKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "CreateKey";
}

impl Operation for v1::DecapsulateRequest {
    type Output = v1::DecapsulateResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Decapsulate";
}

impl Operation for v1::DecryptRequest {
    type Output = v1::DecryptResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Decrypt";
}

impl Operation for v1::DeleteAliasRequest {
    type Output = v1::DeleteAliasResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DeleteAlias";
}

impl Operation for v1::DeleteCustomKeyStoreRequest {
    type Output = v1::DeleteCustomKeyStoreResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DeleteCustomKeyStore";
}

impl Operation for v1::DeleteImportedKeyMaterialRequest {
    type Output = v1::DeleteImportedKeyMaterialResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DeleteImportedKeyMaterial";
}

impl Operation for v1::DeriveSharedSecretRequest {
    type Output = v1::DeriveSharedSecretResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DeriveSharedSecret";
}

impl Operation for v1::DescribeCustomKeyStoresRequest {
    type Output = v1::DescribeCustomKeyStoresResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DescribeCustomKeyStores";
}

impl Operation for v1::DescribeKeyRequest {
    type Output = v1::DescribeKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DescribeKey";
}

impl Operation for v1::DisableKeyRequest {
    type Output = v1::DisableKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DisableKey";
}

impl Operation for v1::DisableKeyRotationRequest {
    type Output = v1::DisableKeyRotationResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DisableKeyRotation";
}

impl Operation for v1::DisconnectCustomKeyStoreRequest {
    type Output = v1::DisconnectCustomKeyStoreResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "DisconnectCustomKeyStore";
}

impl Operation for v1::EnableKeyRequest {
    type Output = v1::EnableKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "EnableKey";
}

impl Operation for v1::EnableKeyRotationRequest {
    type Output = v1::EnableKeyRotationResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "EnableKeyRotation";
}

impl Operation for v1::EncapsulateRequest {
    type Output = v1::EncapsulateResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Encapsulate";
}

impl Operation for v1::EncryptRequest {
    type Output = v1::EncryptResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Encrypt";
}

impl Operation for v1::GenerateDataKeyRequest {
    type Output = v1::GenerateDataKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateDataKey";
}

impl Operation for v1::GenerateDataKeyPairRequest {
    type Output = v1::GenerateDataKeyPairResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateDataKeyPair";
}

impl Operation for v1::GenerateDataKeyPairWithoutPlaintextRequest {
    type Output = v1::GenerateDataKeyPairWithoutPlaintextResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
}

impl Operation for v1::GenerateDataKeyWithoutPlaintextRequest {
    type Output = v1::GenerateDataKeyWithoutPlaintextResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
}

impl Operation for v1::GenerateMacRequest {
    type Output = v1::GenerateMacResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateMac";
}

impl Operation for v1::GenerateRandomRequest {
    type Output = v1::GenerateRandomResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GenerateRandom";
}

impl Operation for v1::GetKeyLastUsageRequest {
    type Output = v1::GetKeyLastUsageResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GetKeyLastUsage";
}

impl Operation for v1::GetKeyPolicyRequest {
    type Output = v1::GetKeyPolicyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GetKeyPolicy";
}

impl Operation for v1::GetKeyRotationStatusRequest {
    type Output = v1::GetKeyRotationStatusResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GetKeyRotationStatus";
}

impl Operation for v1::GetParametersForImportRequest {
    type Output = v1::GetParametersForImportResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GetParametersForImport";
}

impl Operation for v1::GetPublicKeyRequest {
    type Output = v1::GetPublicKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "GetPublicKey";
}

impl Operation for v1::ImportKeyMaterialRequest {
    type Output = v1::ImportKeyMaterialResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ImportKeyMaterial";
}

impl Operation for v1::ListAliasesRequest {
    type Output = v1::ListAliasesResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListAliases";
}

impl Operation for v1::ListGrantsRequest {
    type Output = v1::ListGrantsResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListGrants";
}

impl Operation for v1::ListKeyPoliciesRequest {
    type Output = v1::ListKeyPoliciesResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListKeyPolicies";
}

impl Operation for v1::ListKeyRotationsRequest {
    type Output = v1::ListKeyRotationsResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListKeyRotations";
}

impl Operation for v1::ListKeysRequest {
    type Output = v1::ListKeysResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListKeys";
}

impl Operation for v1::ListResourceTagsRequest {
    type Output = v1::ListResourceTagsResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListResourceTags";
}

impl Operation for v1::ListRetirableGrantsRequest {
    type Output = v1::ListRetirableGrantsResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ListRetirableGrants";
}

impl Operation for v1::PutKeyPolicyRequest {
    type Output = v1::PutKeyPolicyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "PutKeyPolicy";
}

impl Operation for v1::ReEncryptRequest {
    type Output = v1::ReEncryptResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ReEncrypt";
}

impl Operation for v1::ReplicateKeyRequest {
    type Output = v1::ReplicateKeyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ReplicateKey";
}

impl Operation for v1::RetireGrantRequest {
    type Output = v1::RetireGrantResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "RetireGrant";
}

impl Operation for v1::RevokeGrantRequest {
    type Output = v1::RevokeGrantResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "RevokeGrant";
}

impl Operation for v1::RotateKeyOnDemandRequest {
    type Output = v1::RotateKeyOnDemandResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "RotateKeyOnDemand";
}

impl Operation for v1::ScheduleKeyDeletionRequest {
    type Output = v1::ScheduleKeyDeletionResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "ScheduleKeyDeletion";
}

impl Operation for v1::SignRequest {
    type Output = v1::SignResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Sign";
}

impl Operation for v1::TagResourceRequest {
    type Output = v1::TagResourceResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "TagResource";
}

impl Operation for v1::UntagResourceRequest {
    type Output = v1::UntagResourceResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "UntagResource";
}

impl Operation for v1::UpdateAliasRequest {
    type Output = v1::UpdateAliasResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "UpdateAlias";
}

impl Operation for v1::UpdateCustomKeyStoreRequest {
    type Output = v1::UpdateCustomKeyStoreResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "UpdateCustomKeyStore";
}

impl Operation for v1::UpdateKeyDescriptionRequest {
    type Output = v1::UpdateKeyDescriptionResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "UpdateKeyDescription";
}

impl Operation for v1::UpdatePrimaryRegionRequest {
    type Output = v1::UpdatePrimaryRegionResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "UpdatePrimaryRegion";
}

impl Operation for v1::VerifyRequest {
    type Output = v1::VerifyResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "Verify";
}

impl Operation for v1::VerifyMacRequest {
    type Output = v1::VerifyMacResponse;
    const SERVICE: &'static str = "kms";
    const NAME: &'static str = "VerifyMac";
}

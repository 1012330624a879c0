//! The operations of secretsmanager.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::operation::{Operation, OperationInfo, ServiceInfo};
use crate::secretsmanager::v1;

pub(crate) static SERVICE: ServiceInfo = ServiceInfo {
    name: "secretsmanager",
    target_prefix: "secretsmanager",
    grpc_service: "lockstep.secretsmanager.v1.SecretsManagerService",
    api_version: "2017-10-17",
    xml_namespace: "",
    operations: &OPERATIONS,
};

static OPERATIONS: [OperationInfo; 26] = [
    OperationInfo { name: "AssociateCrossAccountReplica" },
    OperationInfo { name: "BatchGetSecretValue" },
    OperationInfo { name: "CancelRotateSecret" },
    OperationInfo { name: "CreateSecret" },
    OperationInfo { name: "DeleteResourcePolicy" },
    OperationInfo { name: "DeleteSecret" },
    OperationInfo { name: "DescribeSecret" },
    OperationInfo { name: "DisassociateCrossAccountReplica" },
    OperationInfo { name: "GetRandomPassword" },
    OperationInfo { name: "GetResourcePolicy" },
    OperationInfo { name: "GetSecretValue" },
    OperationInfo { name: "ListResourcePolicies" },
    OperationInfo { name: "ListSecretVersionIds" },
    OperationInfo { name: "ListSecrets" },
    OperationInfo { name: "PutResourcePolicy" },
    OperationInfo { name: "PutSecretValue" },
    OperationInfo { name: "RemoveRegionsFromReplication" },
    OperationInfo { name: "ReplicateSecretToRegions" },
    OperationInfo { name: "RestoreSecret" },
    OperationInfo { name: "RotateSecret" },
    OperationInfo { name: "StopReplicationToReplica" },
    OperationInfo { name: "TagResource" },
    OperationInfo { name: "UntagResource" },
    OperationInfo { name: "UpdateSecret" },
    OperationInfo { name: "UpdateSecretVersionStage" },
    OperationInfo { name: "ValidateResourcePolicy" },
];

impl Operation for v1::AssociateCrossAccountReplicaRequest {
    type Output = v1::AssociateCrossAccountReplicaResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "AssociateCrossAccountReplica";
}

impl Operation for v1::BatchGetSecretValueRequest {
    type Output = v1::BatchGetSecretValueResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "BatchGetSecretValue";
}

impl Operation for v1::CancelRotateSecretRequest {
    type Output = v1::CancelRotateSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "CancelRotateSecret";
}

impl Operation for v1::CreateSecretRequest {
    type Output = v1::CreateSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "CreateSecret";
}

impl Operation for v1::DeleteResourcePolicyRequest {
    type Output = v1::DeleteResourcePolicyResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "DeleteResourcePolicy";
}

impl Operation for v1::DeleteSecretRequest {
    type Output = v1::DeleteSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "DeleteSecret";
}

impl Operation for v1::DescribeSecretRequest {
    type Output = v1::DescribeSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "DescribeSecret";
}

impl Operation for v1::DisassociateCrossAccountReplicaRequest {
    type Output = v1::DisassociateCrossAccountReplicaResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "DisassociateCrossAccountReplica";
}

impl Operation for v1::GetRandomPasswordRequest {
    type Output = v1::GetRandomPasswordResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "GetRandomPassword";
}

impl Operation for v1::GetResourcePolicyRequest {
    type Output = v1::GetResourcePolicyResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "GetResourcePolicy";
}

impl Operation for v1::GetSecretValueRequest {
    type Output = v1::GetSecretValueResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "GetSecretValue";
}

impl Operation for v1::ListResourcePoliciesRequest {
    type Output = v1::ListResourcePoliciesResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "ListResourcePolicies";
}

impl Operation for v1::ListSecretVersionIdsRequest {
    type Output = v1::ListSecretVersionIdsResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "ListSecretVersionIds";
}

impl Operation for v1::ListSecretsRequest {
    type Output = v1::ListSecretsResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "ListSecrets";
}

impl Operation for v1::PutResourcePolicyRequest {
    type Output = v1::PutResourcePolicyResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "PutResourcePolicy";
}

impl Operation for v1::PutSecretValueRequest {
    type Output = v1::PutSecretValueResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "PutSecretValue";
}

impl Operation for v1::RemoveRegionsFromReplicationRequest {
    type Output = v1::RemoveRegionsFromReplicationResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "RemoveRegionsFromReplication";
}

impl Operation for v1::ReplicateSecretToRegionsRequest {
    type Output = v1::ReplicateSecretToRegionsResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "ReplicateSecretToRegions";
}

impl Operation for v1::RestoreSecretRequest {
    type Output = v1::RestoreSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "RestoreSecret";
}

impl Operation for v1::RotateSecretRequest {
    type Output = v1::RotateSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "RotateSecret";
}

impl Operation for v1::StopReplicationToReplicaRequest {
    type Output = v1::StopReplicationToReplicaResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "StopReplicationToReplica";
}

impl Operation for v1::TagResourceRequest {
    type Output = v1::TagResourceResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "TagResource";
}

impl Operation for v1::UntagResourceRequest {
    type Output = v1::UntagResourceResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "UntagResource";
}

impl Operation for v1::UpdateSecretRequest {
    type Output = v1::UpdateSecretResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "UpdateSecret";
}

impl Operation for v1::UpdateSecretVersionStageRequest {
    type Output = v1::UpdateSecretVersionStageResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "UpdateSecretVersionStage";
}

impl Operation for v1::ValidateResourcePolicyRequest {
    type Output = v1::ValidateResourcePolicyResponse;
    const SERVICE: &'static str = "secretsmanager";
    const NAME: &'static str = "ValidateResourcePolicy";
}

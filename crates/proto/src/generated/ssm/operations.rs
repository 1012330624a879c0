//! The operations of ssm.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::operation::{Operation, OperationInfo, ServiceInfo};
use crate::ssm::v1;

pub(crate) static SERVICE: ServiceInfo = ServiceInfo {
    name: "ssm",
    target_prefix: "AmazonSSM",
    grpc_service: "lockstep.ssm.v1.SsmService",
    api_version: "2014-11-06",
    xml_namespace: "",
    operations: &OPERATIONS,
};

static OPERATIONS: [OperationInfo; 19] = [
    OperationInfo { name: "AddTagsToResource" },
    OperationInfo { name: "DeleteParameter" },
    OperationInfo { name: "DeleteParameters" },
    OperationInfo { name: "DeleteResourcePolicy" },
    OperationInfo { name: "DescribeParameters" },
    OperationInfo { name: "GetParameter" },
    OperationInfo { name: "GetParameterHistory" },
    OperationInfo { name: "GetParameters" },
    OperationInfo { name: "GetParametersByPath" },
    OperationInfo { name: "GetResourcePolicies" },
    OperationInfo { name: "GetServiceSetting" },
    OperationInfo { name: "LabelParameterVersion" },
    OperationInfo { name: "ListTagsForResource" },
    OperationInfo { name: "PutParameter" },
    OperationInfo { name: "PutResourcePolicy" },
    OperationInfo { name: "RemoveTagsFromResource" },
    OperationInfo { name: "ResetServiceSetting" },
    OperationInfo { name: "UnlabelParameterVersion" },
    OperationInfo { name: "UpdateServiceSetting" },
];

impl Operation for v1::AddTagsToResourceRequest {
    type Output = v1::AddTagsToResourceResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "AddTagsToResource";
}

impl Operation for v1::DeleteParameterRequest {
    type Output = v1::DeleteParameterResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "DeleteParameter";
}

impl Operation for v1::DeleteParametersRequest {
    type Output = v1::DeleteParametersResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "DeleteParameters";
}

impl Operation for v1::DeleteResourcePolicyRequest {
    type Output = v1::DeleteResourcePolicyResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "DeleteResourcePolicy";
}

impl Operation for v1::DescribeParametersRequest {
    type Output = v1::DescribeParametersResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "DescribeParameters";
}

impl Operation for v1::GetParameterRequest {
    type Output = v1::GetParameterResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetParameter";
}

impl Operation for v1::GetParameterHistoryRequest {
    type Output = v1::GetParameterHistoryResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetParameterHistory";
}

impl Operation for v1::GetParametersRequest {
    type Output = v1::GetParametersResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetParameters";
}

impl Operation for v1::GetParametersByPathRequest {
    type Output = v1::GetParametersByPathResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetParametersByPath";
}

impl Operation for v1::GetResourcePoliciesRequest {
    type Output = v1::GetResourcePoliciesResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetResourcePolicies";
}

impl Operation for v1::GetServiceSettingRequest {
    type Output = v1::GetServiceSettingResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "GetServiceSetting";
}

impl Operation for v1::LabelParameterVersionRequest {
    type Output = v1::LabelParameterVersionResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "LabelParameterVersion";
}

impl Operation for v1::ListTagsForResourceRequest {
    type Output = v1::ListTagsForResourceResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "ListTagsForResource";
}

impl Operation for v1::PutParameterRequest {
    type Output = v1::PutParameterResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "PutParameter";
}

impl Operation for v1::PutResourcePolicyRequest {
    type Output = v1::PutResourcePolicyResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "PutResourcePolicy";
}

impl Operation for v1::RemoveTagsFromResourceRequest {
    type Output = v1::RemoveTagsFromResourceResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "RemoveTagsFromResource";
}

impl Operation for v1::ResetServiceSettingRequest {
    type Output = v1::ResetServiceSettingResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "ResetServiceSetting";
}

impl Operation for v1::UnlabelParameterVersionRequest {
    type Output = v1::UnlabelParameterVersionResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "UnlabelParameterVersion";
}

impl Operation for v1::UpdateServiceSettingRequest {
    type Output = v1::UpdateServiceSettingResponse;
    const SERVICE: &'static str = "ssm";
    const NAME: &'static str = "UpdateServiceSetting";
}

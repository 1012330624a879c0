//! The operations of sts.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::operation::{Operation, OperationInfo, ServiceInfo};
use crate::sts::v1;

pub(crate) static SERVICE: ServiceInfo = ServiceInfo {
    name: "sts",
    target_prefix: "",
    grpc_service: "",
    api_version: "2011-06-15",
    xml_namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: &OPERATIONS,
};

static OPERATIONS: [OperationInfo; 11] = [
    OperationInfo { name: "AssumeRole" },
    OperationInfo { name: "AssumeRoleWithSAML" },
    OperationInfo { name: "AssumeRoleWithWebIdentity" },
    OperationInfo { name: "AssumeRoot" },
    OperationInfo { name: "DecodeAuthorizationMessage" },
    OperationInfo { name: "GetAccessKeyInfo" },
    OperationInfo { name: "GetCallerIdentity" },
    OperationInfo { name: "GetDelegatedAccessToken" },
    OperationInfo { name: "GetFederationToken" },
    OperationInfo { name: "GetSessionToken" },
    OperationInfo { name: "GetWebIdentityToken" },
];

impl Operation for v1::AssumeRoleRequest {
    type Output = v1::AssumeRoleResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "AssumeRole";
}

impl Operation for v1::AssumeRoleWithSamlRequest {
    type Output = v1::AssumeRoleWithSamlResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "AssumeRoleWithSAML";
}

impl Operation for v1::AssumeRoleWithWebIdentityRequest {
    type Output = v1::AssumeRoleWithWebIdentityResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "AssumeRoleWithWebIdentity";
}

impl Operation for v1::AssumeRootRequest {
    type Output = v1::AssumeRootResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "AssumeRoot";
}

impl Operation for v1::DecodeAuthorizationMessageRequest {
    type Output = v1::DecodeAuthorizationMessageResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "DecodeAuthorizationMessage";
}

impl Operation for v1::GetAccessKeyInfoRequest {
    type Output = v1::GetAccessKeyInfoResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetAccessKeyInfo";
}

impl Operation for v1::GetCallerIdentityRequest {
    type Output = v1::GetCallerIdentityResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetCallerIdentity";
}

impl Operation for v1::GetDelegatedAccessTokenRequest {
    type Output = v1::GetDelegatedAccessTokenResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetDelegatedAccessToken";
}

impl Operation for v1::GetFederationTokenRequest {
    type Output = v1::GetFederationTokenResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetFederationToken";
}

impl Operation for v1::GetSessionTokenRequest {
    type Output = v1::GetSessionTokenResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetSessionToken";
}

impl Operation for v1::GetWebIdentityTokenRequest {
    type Output = v1::GetWebIdentityTokenResponse;
    const SERVICE: &'static str = "sts";
    const NAME: &'static str = "GetWebIdentityToken";
}

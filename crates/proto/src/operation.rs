//! The operations of AWS's model.

use crate::generated;
use crate::validation::Validate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// An operation, named by its request message.
pub trait Operation:
    prost::Message + Default + Clone + Debug + Send + Sync + Serialize + DeserializeOwned + Validate + 'static
{
    /// What the operation answers.
    type Output: prost::Message + Default + Clone + Debug + Send + Sync + Serialize + DeserializeOwned + 'static;
    /// The service as in IAM actions and signatures, such as `kms`.
    const SERVICE: &'static str;
    /// The operation as AWS spells it, such as `CreateKey`.
    const NAME: &'static str;
}

/// A service of AWS's model.
#[derive(Debug)]
pub struct ServiceInfo {
    /// As in IAM actions and signatures, such as `kms`.
    pub name: &'static str,
    /// What `X-Amz-Target` begins with, such as `TrentService`; empty for AWS Query.
    pub target_prefix: &'static str,
    /// The gRPC service, such as `lockstep.kms.v1.KmsService`; empty when it has none.
    pub grpc_service: &'static str,
    /// AWS's version of the API, such as `2014-11-01`: the `Version` of AWS Query.
    pub api_version: &'static str,
    /// The namespace of XML answers; empty for AWS JSON.
    pub xml_namespace: &'static str,
    /// Every operation, in the order of AWS's model. Of Systems Manager only Parameter Store's.
    pub operations: &'static [OperationInfo],
}

/// An operation of AWS's model, built or not.
#[derive(Debug)]
pub struct OperationInfo {
    /// As AWS spells it, such as `CreateKey`.
    pub name: &'static str,
}

/// Every service.
pub fn services() -> [&'static ServiceInfo; 4] {
    [
        &generated::kms::operations::SERVICE,
        &generated::ssm::operations::SERVICE,
        &generated::secretsmanager::operations::SERVICE,
        &generated::sts::operations::SERVICE,
    ]
}

/// A service by its name.
pub fn service(name: &str) -> Option<&'static ServiceInfo> {
    services().into_iter().find(|service| service.name == name)
}

/// Every operation of a service; empty for an unknown service.
pub fn operations(service_name: &str) -> &'static [OperationInfo] {
    service(service_name).map_or(&[], |service| service.operations)
}

//! Which services and operations are generated: one line for each.

/// A service whose model is generated.
pub struct Known {
    /// As in IAM actions and in our package names.
    pub id: &'static str,
    /// As AWS calls the part of it that is ours.
    pub name: &'static str,
    /// The folder of the model in botocore's `data`.
    pub model: &'static str,
    /// The gRPC service; none for a service that is spoken in AWS Query only.
    pub grpc: Option<&'static str>,
    /// The operations taken from the model; empty means all of them.
    pub operations: &'static [&'static str],
}

/// Every generated service.
pub const SERVICES: &[Known] = &[
    Known { id: "kms", name: "KMS", model: "kms/2014-11-01", grpc: Some("KmsService"), operations: &[] },
    Known {
        id: "ssm",
        name: "Parameter Store",
        model: "ssm/2014-11-06",
        grpc: Some("SsmService"),
        operations: PARAMETER_STORE,
    },
    Known {
        id: "secretsmanager",
        name: "Secrets Manager",
        model: "secretsmanager/2017-10-17",
        grpc: Some("SecretsManagerService"),
        operations: &[],
    },
    Known { id: "sts", name: "STS", model: "sts/2011-06-15", grpc: None, operations: &[] },
];

/// The part of Systems Manager that is Parameter Store.
const PARAMETER_STORE: &[&str] = &[
    "AddTagsToResource",
    "DeleteParameter",
    "DeleteParameters",
    "DeleteResourcePolicy",
    "DescribeParameters",
    "GetParameter",
    "GetParameterHistory",
    "GetParameters",
    "GetParametersByPath",
    "GetResourcePolicies",
    "GetServiceSetting",
    "LabelParameterVersion",
    "ListTagsForResource",
    "PutParameter",
    "PutResourcePolicy",
    "RemoveTagsFromResource",
    "ResetServiceSetting",
    "UnlabelParameterVersion",
    "UpdateServiceSetting",
];

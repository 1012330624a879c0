//! AWS's numbers: calls per second of an account in a Region.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/ssm.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>.
//! The numbers are those of the profile `classic`. What is in no row has no limit; in KMS everything has one.

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// Never 0.
    pub(super) calls: u64,
    pub(super) seconds: u64,
}

struct Row {
    service: &'static str,
    operations: &'static [&'static str],
    limit: Limit,
    /// Whether the operations take from one bucket, which then bears the first one's name.
    is_shared: bool,
}

/// Operations with symmetric keys, all of KMS's that take from one bucket; the limit is the Region's.
const SYMMETRIC: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
    "GenerateRandom",
    "GenerateMac",
    "VerifyMac",
];

/// What any operation of KMS has that stands in no row.
const KMS_REST: Limit = per_second(5);

const ROWS: &[Row] = &[
    each("kms", &["DescribeKey", "GetPublicKey", "ListResourceTags"], 2_000),
    each("kms", &["GetKeyPolicy", "GetKeyRotationStatus"], 1_000),
    each("kms", &["ListAliases", "ListKeys"], 500),
    each("kms", &["ListGrants", "ListKeyPolicies", "ListRetirableGrants"], 100),
    each("kms", &["CreateGrant"], 50),
    each("kms", &["RetireGrant", "RevokeGrant"], 30),
    each("kms", &["DeleteAlias", "EnableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion"], 15),
    each("kms", &["TagResource"], 10),
    Row {
        service: "kms",
        operations: &["GetParametersForImport"],
        limit: Limit { calls: 1, seconds: 4 },
        is_shared: false,
    },
    shared("ssm", &["GetParameter", "GetParameters", "GetParametersByPath", "PutParameter"], 40),
    shared("secretsmanager", &["GetSecretValue", "DescribeSecret"], 10_000),
    shared(
        "secretsmanager",
        &["GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy", "ValidateResourcePolicy"],
        50,
    ),
    shared(
        "secretsmanager",
        &[
            "PutSecretValue",
            "UpdateSecret",
            "UpdateSecretVersionStage",
            "ReplicateSecretToRegions",
            "RemoveRegionsFromReplication",
            "StopReplicationToReplica",
        ],
        50,
    ),
    shared("secretsmanager", &["RotateSecret", "CancelRotateSecret"], 50),
    shared("secretsmanager", &["TagResource", "UntagResource"], 50),
    each("secretsmanager", &["CreateSecret", "DeleteSecret", "RestoreSecret", "GetRandomPassword"], 50),
    each("secretsmanager", &["ListSecretVersionIds"], 50),
    each("secretsmanager", &["ListSecrets", "BatchGetSecretValue"], 100),
];

/// The bucket from which a call takes, and how it is filled; `None` where there is no limit. A bucket's name is unique.
pub(super) fn find(region: &str, service: &'static str, operation: &'static str) -> Option<(&'static str, Limit)> {
    if service == "kms" && SYMMETRIC.contains(&operation) {
        return Some(("kms symmetric", symmetric(region)));
    }
    let row = ROWS.iter().find(|row| row.service == service && row.operations.contains(&operation));
    match row {
        Some(row) => Some((bucket(service, if row.is_shared { row.operations[0] } else { operation }), row.limit)),
        None if service == "kms" => Some((operation, KMS_REST)),
        None => None,
    }
}

/// TagResource and its like are operations of several services.
fn bucket(service: &str, operation: &'static str) -> &'static str {
    match (service, operation) {
        ("secretsmanager", "TagResource") => "secretsmanager tags",
        _ => operation,
    }
}

/// Cryptographic operations with symmetric keys, by Region.
fn symmetric(region: &str) -> Limit {
    match region {
        "us-east-1" | "us-west-2" | "eu-west-1" => per_second(50_000),
        "us-east-2" | "ap-southeast-1" | "ap-southeast-2" | "ap-northeast-1" | "eu-central-1" | "eu-west-2" => {
            per_second(10_000)
        }
        _ => per_second(5_500),
    }
}

const fn per_second(calls: u64) -> Limit {
    Limit { calls, seconds: 1 }
}

const fn each(service: &'static str, operations: &'static [&'static str], calls: u64) -> Row {
    Row { service, operations, limit: per_second(calls), is_shared: false }
}

const fn shared(service: &'static str, operations: &'static [&'static str], calls: u64) -> Row {
    Row { service, operations, limit: per_second(calls), is_shared: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every operation of the table.
    fn operations() -> Vec<(&'static str, &'static str)> {
        let rows = ROWS.iter().flat_map(|row| row.operations.iter().map(|operation| (row.service, *operation)));
        rows.chain(SYMMETRIC.iter().map(|operation| ("kms", *operation))).collect()
    }

    #[test]
    fn an_operation_stands_once() {
        let all = operations();
        for (service, operation) in &all {
            assert_eq!(
                all.iter().filter(|other| **other == (*service, *operation)).count(),
                1,
                "{service} {operation}"
            );
        }
    }

    #[test]
    fn a_bucket_belongs_to_one_row() {
        let mut owners: BTreeMap<&str, (&str, Limit, Vec<&str>)> = BTreeMap::new();
        for (service, operation) in operations() {
            let (bucket, limit) = find("us-east-1", service, operation).expect("in the table");
            let owner = owners.entry(bucket).or_insert((service, limit, Vec::new()));
            assert_eq!((owner.0, owner.1), (service, limit), "{bucket}");
            owner.2.push(operation);
        }
        assert_eq!(owners["GetParameter"].2.len(), 4, "one bucket for reading and writing parameters");
        assert_eq!(owners["kms symmetric"].2.len(), SYMMETRIC.len());
    }

    #[test]
    fn limits_are_awss() {
        for (region, service, operation, expected) in [
            ("us-east-1", "kms", "Encrypt", Some(50_000)),
            ("eu-central-1", "kms", "GenerateRandom", Some(10_000)),
            ("eu-south-1", "kms", "ReEncrypt", Some(5_500)),
            ("us-east-1", "kms", "CreateKey", Some(5)),
            ("us-east-1", "kms", "TagResource", Some(10)),
            ("us-east-1", "kms", "UntagResource", Some(5)),
            ("us-east-1", "ssm", "DescribeParameters", None),
            ("us-east-1", "secretsmanager", "TagResource", Some(50)),
            ("us-east-1", "sts", "GetCallerIdentity", None),
        ] {
            let found = find(region, service, operation).map(|(_, limit)| limit);
            assert_eq!(found, expected.map(per_second), "{region} {service} {operation}");
        }
    }
}

//! The list of tables: the first byte of every row's key. Append-only; a retired number stays reserved.

/// A table. Rows of tables marked *cluster* are not under an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Table {
    /// *Cluster*: one record per setting: the cluster, the keyring, the last applied time.
    Settings = 1,
    /// *Cluster*: request id → outcome, and its time index.
    Requests = 2,
    /// *Cluster*: account → access version.
    AccessVersions = 3,
    /// *Cluster*: access key id → account.
    AccessKeys = 4,
    /// *Cluster*: KMS key id → account.
    KeyDirectory = 5,
    /// *Cluster*: what is due, by time.
    Due = 6,
    /// *Cluster*: emitted events, by position.
    Events = 7,
    /// *Cluster*: node id → what the node is. Every node that was ever admitted.
    Nodes = 8,
    /// *Cluster*: join token id → the node that it admitted, until the token would have expired.
    JoinTokens = 9,
    /// *Cluster*: the quota profile, and per account the limits that an operator set.
    QuotaLimits = 10,
    /// *Cluster*: per account, how much of each counted quota is used.
    QuotaUse = 11,
    /// IAM: accounts.
    IamAccounts = 16,
    /// IAM: credentials of an account.
    IamCredentials = 17,
    /// KMS: keys.
    KmsKeys = 32,
    /// KMS: key material versions, sealed.
    KmsMaterial = 33,
    /// KMS: aliases.
    KmsAliases = 34,
    /// KMS: the aliases of each key, by key and name.
    KmsKeyAliases = 35,
    /// Parameter Store: parameters, newest version inline.
    SsmParameters = 48,
    /// Parameter Store: former versions of a parameter.
    SsmParameterVersions = 49,
    /// Secrets Manager: secrets.
    Secrets = 64,
    /// Secrets Manager: versions of a secret, their values sealed.
    SecretVersions = 65,
}

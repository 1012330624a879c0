//! The numbers of accounts and credentials.

/// How many access keys an account's root may have, so that one can be replaced by the next.
///
/// AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub(crate) const ACCESS_KEYS_PER_ROOT_MAX: usize = 2;

/// Random bytes in an access key id; five bits of them per letter.
pub(crate) const ACCESS_KEY_ID_RANDOM_BYTES: usize = 10;

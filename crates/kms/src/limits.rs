//! Every number that bounds something here. Those that AWS's model states are checked with the model, in `proto`.
//!
//! Quotas: <https://docs.aws.amazon.com/kms/latest/developerguide/limits.html>

/// Customer keys of one account, in any state. AWS managed keys are not counted.
pub(crate) const CUSTOMER_KEYS_MAX: u64 = 1_000;
/// Tags of one key.
pub(crate) const TAGS_MAX: usize = 50;
/// Longest key policy, in bytes; the model's own bound is wider.
pub(crate) const KEY_POLICY_BYTES_MAX: usize = 32_768;
/// Keys on a page of ListKeys when the request names no limit.
pub(crate) const LIST_KEYS_PAGE_DEFAULT: usize = 100;
/// Keys on a page of ListKeys at most.
pub(crate) const LIST_KEYS_PAGE_MAX: usize = 1_000;
/// Aliases on a page of ListAliases when the request names no limit.
pub(crate) const LIST_ALIASES_PAGE_DEFAULT: usize = 50;
/// Aliases on a page of ListAliases at most.
pub(crate) const LIST_ALIASES_PAGE_MAX: usize = 100;
/// Longest data key, in bytes.
pub(crate) const DATA_KEY_BYTES_MAX: i32 = 1_024;

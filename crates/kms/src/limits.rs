//! Every number that bounds something here. Those that AWS's model states are checked with the model, in `proto`.
//!
//! Quotas: <https://docs.aws.amazon.com/kms/latest/developerguide/limits.html>

use std::ops::RangeInclusive;

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
/// Tags on a page of ListResourceTags, asked for or not.
pub(crate) const LIST_RESOURCE_TAGS_PAGE_MAX: usize = 50;
/// Rotations on a page of ListKeyRotations when the request names no limit.
pub(crate) const LIST_KEY_ROTATIONS_PAGE_DEFAULT: usize = 100;
/// Rotations on a page of ListKeyRotations at most.
pub(crate) const LIST_KEY_ROTATIONS_PAGE_MAX: usize = 1_000;
/// Days between the request to delete a key and its deletion; the model's own bounds are wider.
pub(crate) const DELETION_WINDOW_DAYS: RangeInclusive<u32> = 7..=30;
/// Days when the request names none.
pub(crate) const DELETION_WINDOW_DAYS_DEFAULT: u32 = 30;
/// Days between automatic rotations; the model's own bounds.
pub(crate) const ROTATION_PERIOD_DAYS: RangeInclusive<u32> = 90..=2_560;
/// Days when the request names none, and of every AWS managed key.
pub(crate) const ROTATION_PERIOD_DAYS_DEFAULT: u32 = 365;
/// The version of the material that a key is made with.
pub(crate) const FIRST_MATERIAL: u32 = 1;
/// How long before an automatic rotation none is done on demand, in milliseconds: 20 minutes.
pub(crate) const ROTATION_CONFLICT_MILLIS: u64 = 20 * 60 * 1_000;
/// How often a change is decided anew because what it started from moved before it was applied.
pub(crate) const ATTEMPTS_MAX: u8 = 3;
/// A day, in milliseconds.
pub(crate) const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;

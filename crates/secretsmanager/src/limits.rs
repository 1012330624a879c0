//! Every number that bounds something here. Those that AWS's model states are checked with the model, in `proto`.
//!
//! Quotas: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>; what is counted per
//! account or secret is in `access::quota`.

/// Longest value, in bytes; the model counts characters.
pub(crate) const VALUE_BYTES_MAX: usize = 65_536;
/// Random characters at the end of an ARN.
pub(crate) const SUFFIX_CHARS: usize = 6;
/// Tags of one secret.
pub(crate) const TAGS_MAX: usize = 50;
/// Days from DeleteSecret to the end, at least.
pub(crate) const RECOVERY_WINDOW_DAYS_MIN: i64 = 7;
/// Days from DeleteSecret to the end, at most and by default.
pub(crate) const RECOVERY_WINDOW_DAYS_MAX: i64 = 30;
/// A version younger than this is never removed to make room.
pub(crate) const VERSION_AGE_MIN_MILLIS: u64 = DAY_MILLIS;
/// A day, in milliseconds.
pub(crate) const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;
/// Attempts at a change whose secret changes under it.
pub(crate) const CHANGE_ATTEMPTS_MAX: u8 = 4;
/// Secrets on a page of ListSecrets and versions on one of ListSecretVersionIds, at most and by default.
pub(crate) const LIST_PAGE_MAX: usize = 100;
/// Secrets on a page of BatchGetSecretValue, at most and by default.
pub(crate) const BATCH_PAGE_MAX: usize = 20;
/// Rows that one page of a listing looks at before it is handed out short.
pub(crate) const LIST_ROWS_EXAMINED_MAX: usize = 1_000;
/// Bytes of rows, once for each filter, that one page of a listing looks at before it is handed out short: some tens of
/// milliseconds of a thread that others wait for.
pub(crate) const LIST_BYTES_EXAMINED_MAX: usize = 2 * 1_024 * 1_024;
/// Rows read at a time on the way.
pub(crate) const LIST_ROWS_PIECE: usize = 50;
/// Length of a generated password, in characters, when the request names none.
pub(crate) const PASSWORD_CHARS_DEFAULT: i64 = 32;

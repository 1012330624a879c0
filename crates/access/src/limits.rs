//! The numbers of authentication, and of counting calls.

/// How far a signature's date may lie from this node's clock, in minutes, to either side.
///
/// AWS: <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
pub const CLOCK_SKEW_MINUTES_MAX: u64 = 5;

/// How many headers a signature may name. SDKs sign up to a dozen; the bound keeps the work per request small.
pub const SIGNED_HEADERS_MAX: usize = 100;

/// Accounts whose request rates a node counts at one time. Some hundred bytes each; one that did not call for a second is
/// forgotten when room is needed.
pub const RATED_ACCOUNTS_MAX: usize = 10_000;

/// How long to wait, in milliseconds, before all counted accounts are looked at again for ones to forget: a look takes about
/// a millisecond.
pub const RATES_SWEEP_MILLIS: u64 = 100;

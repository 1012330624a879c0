//! The numbers of authentication.

/// How far a signature's date may lie from this node's clock, in minutes, to either side.
///
/// AWS: <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
pub const CLOCK_SKEW_MINUTES_MAX: u64 = 5;

/// How many headers a signature may name. SDKs sign up to a dozen; the bound keeps the work per request small.
pub const SIGNED_HEADERS_MAX: usize = 100;

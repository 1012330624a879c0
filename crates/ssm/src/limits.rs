//! Every number that bounds something here. Those that AWS's model states are checked with the model, in `proto`.
//!
//! Quotas: <https://docs.aws.amazon.com/general/latest/gr/ssm.html>

/// Standard parameters of one account.
pub(crate) const PARAMETERS_MAX: u64 = 10_000;
/// Longest value of a standard parameter, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 4_096;
/// Versions of a parameter that are kept, the newest among them.
pub(crate) const VERSIONS_KEPT: u64 = 100;
/// Levels of a hierarchical name.
pub(crate) const LEVELS_MAX: usize = 15;
/// Longest name, in characters, counted with the ARN before it.
pub(crate) const NAME_WITH_ARN_CHARS_MAX: usize = 1_011;
/// Tags of one parameter.
pub(crate) const TAGS_MAX: usize = 50;
/// Largest compiled form of an AllowedPattern, in bytes: patterns come from callers.
pub(crate) const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Parameters on a page of GetParametersByPath, at most and by default.
pub(crate) const PATH_PAGE_MAX: usize = 10;
/// Rows that one page of GetParametersByPath looks at before it is handed out short.
pub(crate) const PATH_ROWS_EXAMINED_MAX: usize = 1_000;
/// Rows read at a time on the way.
pub(crate) const PATH_ROWS_PIECE: usize = 50;
/// Attempts at a PutParameter whose parameter changes under it.
pub(crate) const PUT_ATTEMPTS_MAX: u8 = 4;

//! Every number that bounds something here. Those that AWS's model states are checked with the model, in `proto`.
//!
//! Quotas: <https://docs.aws.amazon.com/general/latest/gr/ssm.html>

/// Longest value of a standard parameter, in bytes.
pub(crate) const STANDARD_VALUE_BYTES_MAX: usize = 4_096;
/// Longest value of an advanced parameter, in bytes.
pub(crate) const ADVANCED_VALUE_BYTES_MAX: usize = 8_192;
/// Levels of a hierarchical name.
pub(crate) const LEVELS_MAX: usize = 15;
/// Longest name, in characters, counted with the ARN before it.
pub(crate) const NAME_WITH_ARN_CHARS_MAX: usize = 1_011;
/// Tags of one parameter.
pub(crate) const TAGS_MAX: usize = 50;
/// Largest compiled form of an AllowedPattern, in bytes. Patterns come from callers, and at worst each of its states is
/// looked at for each byte of the value; `[\w.-]{1,256}` takes some 60 KB, a letter of any script as much.
pub(crate) const PATTERN_COMPILED_BYTES_MAX: usize = 128 * 1024;
/// Parameters on a page of GetParametersByPath, at most and by default.
pub(crate) const PATH_PAGE_MAX: usize = 10;
/// Parameters on a page of DescribeParameters, and versions on one of GetParameterHistory, at most and by default.
pub(crate) const PAGE_MAX: usize = 50;
/// Rows that one page of a listing looks at before it is handed out short.
pub(crate) const ROWS_EXAMINED_MAX: usize = 1_000;
/// Rows read at a time on the way.
pub(crate) const ROWS_PIECE: usize = 50;
/// Attempts at a PutParameter whose parameter changes under it.
pub(crate) const PUT_ATTEMPTS_MAX: u8 = 4;
/// Longest label, in characters.
pub(crate) const LABEL_CHARS_MAX: usize = 100;

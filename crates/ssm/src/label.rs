//! Labels: names for versions.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html>

use crate::SsmError;
use crate::limits::LABEL_CHARS_MAX;
use crate::parameter_name::{ParameterName, is_level};

/// Whether a version may carry the label. AWS does not refuse a call for one that may not; it lists it.
pub(crate) fn is_valid(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    is_level(label)
        && label.len() <= LABEL_CHARS_MAX
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}

/// The number of the version that a request names, if it names one. No version has a number below 1.
pub(crate) fn version_number(asked: Option<i64>, name: &ParameterName) -> Result<Option<u64>, SsmError> {
    let Some(asked) = asked else { return Ok(None) };
    let number = u64::try_from(asked).ok().filter(|number| *number > 0);
    let absent = || SsmError::VersionNotFound { what: format!("version {asked}"), name: name.as_str().to_owned() };
    number.map(Some).ok_or_else(absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_held_to_awss_rules() {
        for (label, good) in [
            ("prod", true),
            ("Prod.1_a-b", true),
            ("_x", true),
            ("laws", true),
            ("1a", false),
            ("aws", false),
            ("AwsX", false),
            ("ssm-x", false),
            ("a b", false),
            ("a/b", false),
            ("ä", false),
            ("", false),
            (&"x".repeat(100), true),
            (&"x".repeat(101), false),
        ] {
            assert_eq!(is_valid(label), good, "{label}");
        }
    }
}

//! Paths: what GetParametersByPath is asked for, and what a filter of DescribeParameters may name.

use crate::SsmError;
use crate::limits::LEVELS_MAX;
use crate::parameter_name::is_level;
use crate::walk::Span;
use replica::{AccountId, Arn, Region};

/// AWS's text for what is no path.
const FORM: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward \
                    slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, \
                    numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not \
                    allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: \
                    /get/parameters2-/by1./path0_.";

/// A path, which ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParameterPath(String);

impl ParameterPath {
    /// Reads a path, with or without a slash at its end.
    pub(crate) fn parse(text: &str) -> Result<Self, SsmError> {
        let inner = text.strip_prefix('/').ok_or_else(|| SsmError::validation(FORM))?;
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self("/".to_owned()));
        }
        let levels: Vec<&str> = inner.split('/').collect();
        if !levels.iter().copied().all(is_level) {
            return Err(SsmError::validation(FORM));
        }
        if levels.len() > LEVELS_MAX {
            return Err(SsmError::HierarchyLevels);
        }
        Ok(Self(format!("/{inner}/")))
    }

    /// Reads the path that a filter names: not one of AWS's own.
    pub(crate) fn parse_filter(text: &str) -> Result<Self, SsmError> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("/aws") || lower.starts_with("/ssm") {
            return Err(SsmError::validation(
                "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When using \
                 global parameters, please specify within a global namespace.",
            ));
        }
        Self::parse(text)
    }

    /// With a slash at both ends.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What a call by this path is authorized on.
    pub(crate) fn arn(&self, region: &Region, account: &AccountId) -> Arn {
        let name = self.0.strip_suffix('/').filter(|name| !name.is_empty()).unwrap_or("/");
        Arn::new("ssm", region, account, format!("parameter{name}"))
    }

    /// The rows below it.
    pub(crate) fn span(&self, account: &AccountId, recursive: bool) -> Span {
        if recursive { Span::of_start(account, &self.0) } else { Span::one_level(account, &self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn paths_are_held_to_awss_form() {
        for (text, good) in [("/", true), ("/a", true), ("/a/b/", true), ("a", false), ("", false), ("/a//b", false)] {
            assert_eq!(ParameterPath::parse(text).is_ok(), good, "{text}");
        }
        assert_eq!(ParameterPath::parse(&"/x".repeat(16)), Err(SsmError::HierarchyLevels));
        let (region, account) = ("us-east-1".parse().expect("Region"), "111122223333".parse().expect("account"));
        for (text, resource) in [("/", "parameter/"), ("/a/b/", "parameter/a/b")] {
            assert_eq!(ParameterPath::parse(text).expect("a path").arn(&region, &account).resource, resource);
        }
    }
}

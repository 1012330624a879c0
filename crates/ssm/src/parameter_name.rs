//! Names of parameters.
//!
//! Rules: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints>

use crate::SsmError;
use crate::limits::{LEVELS_MAX, NAME_WITH_ARN_CHARS_MAX};
use crate::tables::canonical;
use replica::{AccountId, Arn, Region};

/// AWS's text for a name of the wrong letters or a reserved beginning.
const FORM: &str = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist \
                    of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and \
                    the following 3 symbols .-_";

/// A well-formed name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParameterName(String);

impl ParameterName {
    /// Reads a name to look up.
    pub(crate) fn parse(text: &str) -> Result<Self, SsmError> {
        let text = text.trim_matches(' ');
        if text.contains('/') && !text.starts_with('/') {
            return Err(SsmError::validation("Parameter name must be a fully qualified name."));
        }
        let levels: Vec<&str> = text.strip_prefix('/').unwrap_or(text).split('/').collect();
        if !levels.iter().copied().all(is_level) {
            return Err(SsmError::validation(FORM));
        }
        if levels.len() > LEVELS_MAX {
            return Err(SsmError::HierarchyLevels);
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads a name to give to a parameter.
    pub(crate) fn parse_new(text: &str, region: &Region, account: &AccountId) -> Result<Self, SsmError> {
        let name = Self::parse(text)?;
        name.check_not_reserved()?;
        if name.arn(region, account).to_string().chars().count() > NAME_WITH_ARN_CHARS_MAX {
            let message = format!(
                "Parameter name: must not be longer than {NAME_WITH_ARN_CHARS_MAX} characters, the ARN before it included."
            );
            return Err(SsmError::validation(message));
        }
        Ok(name)
    }

    fn check_not_reserved(&self) -> Result<(), SsmError> {
        let canonical = canonical(&self.0).to_ascii_lowercase();
        let (aws, ssm) = (canonical.starts_with("/aws"), canonical.starts_with("/ssm"));
        let is_path = self.0.matches('/').count() > 1;
        match (aws, ssm, is_path) {
            (false, false, _) => Ok(()),
            (true, _, true) => Err(SsmError::ReservedName { name: self.0.clone() }),
            (_, _, true) => Err(SsmError::validation(FORM)),
            (_, _, false) => {
                let text = "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).";
                Err(SsmError::validation(text))
            }
        }
    }

    /// As it was written: `x` or `/x`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The parameter's ARN, which is the same for `x` and `/x`.
    pub(crate) fn arn(&self, region: &Region, account: &AccountId) -> Arn {
        arn_of(region, account, &self.0)
    }
}

/// The ARN of the parameter that is stored under `name`.
pub(crate) fn arn_of(region: &Region, account: &AccountId, name: &str) -> Arn {
    Arn::new("ssm", region, account, format!("parameter{}", canonical(name)))
}

/// Whether a part between slashes has the letters that names have.
pub(crate) fn is_level(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, call_of};
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let call = call_of(ACCOUNT);
        let answer = match ParameterName::parse_new(text, &call.region, &call.caller.account) {
            Ok(name) => name.arn(&call.region, &call.caller.account).to_string(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&answer);
    }

    #[test]
    fn names_make_arns_without_a_double_slash() {
        check("x", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/x"]);
        check("/x", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/x"]);
        check(" x ", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/x"]);
        check("/a/b/c", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/a/b/c"]);
        check("A.b-c_9", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/A.b-c_9"]);
        check(
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15",
            expect!["arn:aws:ssm:us-east-1:111122223333:parameter/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15"],
        );
        check("laws", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/laws"]);
    }

    #[test]
    fn other_names_are_refused_in_awss_words() {
        check(
            "",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            "/",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check("a/b", expect!["Parameter name must be a fully qualified name."]);
        check(
            "/a//b",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            "/a/",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            "a b",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            "a:1",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            "ä",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", expect!["A hierarchy can have a maximum of 15 levels."]);
        check("aws", expect![[r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#]]);
        check("/AWSx", expect![[r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#]]);
        check("ssm.x", expect![[r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#]]);
        check(
            "/SSM/x",
            expect![[
                r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check("/aws/x", expect!["No access to reserved parameter name: /aws/x."]);
        check(
            &"x".repeat(967),
            expect!["Parameter name: must not be longer than 1011 characters, the ARN before it included."],
        );
    }

    #[test]
    fn the_longest_name_fills_its_bound_with_the_arn_before_it() {
        let call = call_of(ACCOUNT);
        let name = ParameterName::parse_new(&"x".repeat(966), &call.region, &call.caller.account).expect("it fits");
        assert_eq!(name.arn(&call.region, &call.caller.account).to_string().len(), NAME_WITH_ARN_CHARS_MAX);
    }
}

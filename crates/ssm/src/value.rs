//! What a value may be.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

use crate::SsmError;
use crate::limits::PATTERN_COMPILED_BYTES_MAX;
use regex::RegexBuilder;

/// Holds a value to the rules that every type and tier has. No text tells the value: it may be a secret.
pub(crate) fn check(value: &str) -> Result<(), SsmError> {
    if value.is_empty() {
        return Err(SsmError::validation(
            "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater \
             than or equal to 1.",
        ));
    }
    if nests(value) {
        return Err(SsmError::validation(
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.",
        ));
    }
    Ok(())
}

/// Holds a value to its parameter's AllowedPattern; an empty one allows everything. As in AWS, the whole value has to
/// match.
pub(crate) fn check_pattern(pattern: &str, value: &str) -> Result<(), SsmError> {
    if pattern.is_empty() {
        return Ok(());
    }
    let whole = format!("^(?:{pattern})$");
    let compiled = RegexBuilder::new(&whole).size_limit(PATTERN_COMPILED_BYTES_MAX).build();
    let regex = compiled.map_err(|_| SsmError::InvalidPattern { pattern: pattern.to_owned() })?;
    if regex.is_match(value) { Ok(()) } else { Err(SsmError::PatternMismatch { pattern: pattern.to_owned() }) }
}

fn nests(value: &str) -> bool {
    value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_empty_and_do_not_nest() {
        for (value, good) in [
            ("x".to_owned(), true),
            (String::new(), false),
            ("{{ssm:a}}".to_owned(), false),
            ("a {{ b }} c".to_owned(), false),
            ("}} {{".to_owned(), true),
            ("{a} {{b".to_owned(), true),
        ] {
            let answer = check(&value);
            assert_eq!(answer.is_ok(), good, "{value}");
            let text = answer.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(value.len() < 4 || !text.contains(&value), "the value is not told");
        }
    }

    #[test]
    fn patterns_match_the_whole_value() {
        for (pattern, value, expected) in [
            ("", "x", ""),
            ("^\\d+$", "12", ""),
            ("\\d+", "a12", "Parameter value, cannot be validated against allowedPattern: \\d+"),
            ("a|b", "ab", "Parameter value, cannot be validated against allowedPattern: a|b"),
            ("(", "x", "The regular expression ( is not valid."),
            ("(x{1000}){1000}", "x", "The regular expression (x{1000}){1000} is not valid."),
        ] {
            let text = check_pattern(pattern, value).err().map(|error| error.to_string());
            assert_eq!(text.unwrap_or_default(), expected);
        }
    }
}

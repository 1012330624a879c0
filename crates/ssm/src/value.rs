//! What a value may be.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

use crate::SsmError;
use crate::limits::PATTERN_COMPILED_BYTES_MAX;
use regex::{RegexBuilder, bytes};
use std::sync::{Mutex, PoisonError};

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

/// What came of holding the value of one request to an AllowedPattern. A request may be decided several times, on this
/// node's tables and behind barriers, and a pattern that its caller chose can cost milliseconds: it is paid once.
#[derive(Default)]
pub(crate) struct PatternChecked(Mutex<Option<(String, Verdict)>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Matches,
    Differs,
    Invalid,
}

impl PatternChecked {
    /// Holds the request's value to its parameter's AllowedPattern; an empty one allows everything. As in AWS, the whole
    /// value has to match.
    pub(crate) fn check(&self, pattern: &str, value: &str) -> Result<(), SsmError> {
        let pattern = pattern.to_owned();
        match self.verdict(&pattern, || evaluate(&pattern, value)) {
            Verdict::Matches => Ok(()),
            Verdict::Differs => Err(SsmError::PatternMismatch { pattern }),
            Verdict::Invalid => Err(SsmError::InvalidPattern { pattern }),
        }
    }

    fn verdict(&self, pattern: &str, evaluate: impl FnOnce() -> Verdict) -> Verdict {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((checked, verdict)) if checked == pattern => *verdict,
            _ => last.insert((pattern.to_owned(), evaluate())).1,
        }
    }
}

fn evaluate(pattern: &str, value: &str) -> Verdict {
    if pattern.is_empty() {
        return Verdict::Matches;
    }
    let whole = format!("^(?:{pattern})$");
    let is_ascii = pattern.is_ascii() && value.is_ascii();
    let found = is_ascii.then(|| is_match_of_ascii(&whole, value)).flatten();
    match found.or_else(|| is_match(&whole, value)) {
        Some(true) => Verdict::Matches,
        Some(false) => Verdict::Differs,
        None => Verdict::Invalid,
    }
}

/// `None` when the pattern is none, is too large, or needs Unicode.
///
/// Between ASCII texts both forms come to the same, but here `\d` is ten letters, where Unicode has those of every script:
/// a small bound leaves room for the patterns that people write.
fn is_match_of_ascii(whole: &str, value: &str) -> Option<bool> {
    let compiled = bytes::RegexBuilder::new(whole).unicode(false).size_limit(PATTERN_COMPILED_BYTES_MAX).build();
    Some(compiled.ok()?.is_match(value.as_bytes()))
}

/// `None` when the pattern is none, or is too large.
fn is_match(whole: &str, value: &str) -> Option<bool> {
    let compiled = RegexBuilder::new(whole).size_limit(PATTERN_COMPILED_BYTES_MAX).build();
    Some(compiled.ok()?.is_match(value))
}

fn nests(value: &str) -> bool {
    value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

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
            // Too large with the letters of every script, and not with ASCII's.
            ("\\d{12}", "123456789012", ""),
            ("[\\w.-]{1,256}", "a.b-c_9", ""),
            ("(?i)[a-z]+", "ABC", ""),
            ("\\p{Lu}+", "x", "Parameter value, cannot be validated against allowedPattern: \\p{Lu}+"),
            ("\\p{L}+", "größe", ""),
            ("[äöü]", "ö", ""),
            (".", "ö", ""),
            ("\\p{L}{1000}", "ö", "The regular expression \\p{L}{1000} is not valid."),
        ] {
            let text = PatternChecked::default().check(pattern, value).err().map(|error| error.to_string());
            assert_eq!(text.unwrap_or_default(), expected);
        }
    }

    #[test]
    fn a_pattern_is_evaluated_once_for_a_request() {
        let (checked, evaluated) = (PatternChecked::default(), Cell::new(0));
        let verdict = |pattern, verdict| {
            checked.verdict(pattern, || {
                evaluated.set(evaluated.get() + 1);
                verdict
            })
        };
        for _ in 0..3 {
            assert_eq!(verdict("a", Verdict::Differs), Verdict::Differs);
        }
        assert_eq!(evaluated.get(), 1);
        assert_eq!(verdict("b", Verdict::Invalid), Verdict::Invalid, "the parameter has another pattern now");
        assert_eq!(evaluated.get(), 2);
    }

    #[test]
    fn the_costliest_pattern_stays_within_its_bound() {
        let (over, value) = (PATTERN_COMPILED_BYTES_MAX, "01".repeat(4_096));
        // The state machine of this one would double with each repetition, so it is walked state by state.
        let checked = |n: usize| evaluate(&format!("[01]*1[01]{{{n}}}2?"), &value);
        assert_eq!(checked(1_000), Verdict::Matches);
        assert_eq!(checked(over / 16), Verdict::Invalid);
    }
}

//! What AWS's model can ask of a value, and AWS's words for it.

use regex::Regex;
use std::sync::OnceLock;

/// Limits of a text, in characters, and its pattern.
#[derive(Debug)]
pub struct Text {
    length: Length,
    pattern: Option<Pattern>,
    pub(super) is_sensitive: bool,
}

/// Limits of a blob, in bytes.
#[derive(Debug)]
pub struct Blob {
    pub(super) length: Length,
    pub(super) is_sensitive: bool,
}

/// Limits of a whole number.
#[derive(Debug)]
pub struct Number {
    min: Option<i64>,
    max: Option<i64>,
}

/// Limits of how many entries a list has.
#[derive(Debug)]
pub struct Length {
    min: Option<usize>,
    max: Option<usize>,
}

#[derive(Debug)]
struct Pattern {
    /// As AWS's messages show it.
    aws: &'static str,
    /// The same for the `regex` crate.
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Text {
    /// Any text.
    pub const fn any() -> Self {
        Self { length: Length::any(), pattern: None, is_sensitive: false }
    }
    /// Text that matches a pattern from end to end: as AWS shows it, and as the `regex` crate reads it.
    pub const fn matching(aws: &'static str, source: &'static str) -> Self {
        let pattern = Some(Pattern { aws, source, compiled: OnceLock::new() });
        Self { length: Length::any(), pattern, is_sensitive: false }
    }
    /// At least so many characters.
    #[must_use]
    pub const fn min(mut self, min: usize) -> Self {
        self.length.min = Some(min);
        self
    }
    /// At most so many characters.
    #[must_use]
    pub const fn max(mut self, max: usize) -> Self {
        self.length.max = Some(max);
        self
    }
    /// Its value must not be shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.is_sensitive = true;
        self
    }

    /// The constraints that a text fails, in AWS's words.
    pub(super) fn failures(&self, text: &str) -> Vec<String> {
        let mut failures = self.length.failures_of(|limit| characters(text, limit));
        if let Some(pattern) = self.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            failures.push(pattern.words());
        }
        failures
    }

    /// Every constraint, in AWS's words.
    pub(super) fn all(&self) -> Vec<String> {
        let mut all = self.length.all();
        all.extend(self.pattern.as_ref().map(Pattern::words));
        all
    }

    /// Whether its pattern compiles.
    #[cfg(test)]
    pub(crate) fn has_sound_pattern(&self) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.regex().is_some())
    }
}

impl Blob {
    /// Any bytes.
    pub const fn any() -> Self {
        Self { length: Length::any(), is_sensitive: false }
    }
    /// At least so many bytes.
    #[must_use]
    pub const fn min(mut self, min: usize) -> Self {
        self.length.min = Some(min);
        self
    }
    /// At most so many bytes.
    #[must_use]
    pub const fn max(mut self, max: usize) -> Self {
        self.length.max = Some(max);
        self
    }
    /// Its value must not be shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.is_sensitive = true;
        self
    }
}

impl Number {
    /// Any number.
    pub const fn any() -> Self {
        Self { min: None, max: None }
    }
    /// At least so much.
    #[must_use]
    pub const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }
    /// At most so much.
    #[must_use]
    pub const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    /// The constraints that a number fails, in AWS's words.
    pub(super) fn failures(&self, number: i64) -> Vec<String> {
        let below = self.min.filter(|min| number < *min);
        let above = self.max.filter(|max| number > *max);
        let below = below.map(|min| format!("Member must have value greater than or equal to {min}"));
        let above = above.map(|max| format!("Member must have value less than or equal to {max}"));
        below.into_iter().chain(above).collect()
    }
}

impl Length {
    /// Any length.
    pub const fn any() -> Self {
        Self { min: None, max: None }
    }
    /// At least so many.
    #[must_use]
    pub const fn min(mut self, min: usize) -> Self {
        self.min = Some(min);
        self
    }
    /// At most so many.
    #[must_use]
    pub const fn max(mut self, max: usize) -> Self {
        self.max = Some(max);
        self
    }

    /// The constraints that a length fails, in AWS's words.
    pub(super) fn failures(&self, length: usize) -> Vec<String> {
        self.failures_of(|_| length)
    }

    /// As [`Length::failures`], of a length that is costly to know: it is asked up to a limit.
    fn failures_of(&self, length_up_to: impl Fn(usize) -> usize) -> Vec<String> {
        let below = self.min.filter(|min| length_up_to(*min) < *min);
        let above = self.max.filter(|max| length_up_to(max.saturating_add(1)) > *max);
        below.map(least).into_iter().chain(above.map(most)).collect()
    }

    fn all(&self) -> Vec<String> {
        self.max.map(most).into_iter().chain(self.min.map(least)).collect()
    }
}

fn least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}

/// How many characters a text has, counted up to a limit.
fn characters(text: &str, limit: usize) -> usize {
    text.chars().take(limit).count()
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// None when the pattern does not compile, which a generated test rules out.
    fn regex(&self) -> Option<&Regex> {
        let compile = || Regex::new(&format!(r"\A(?:{})\z", self.source)).ok();
        self.compiled.get_or_init(compile).as_ref()
    }

    fn words(&self) -> String {
        format!("Member must satisfy regular expression pattern: {}", self.aws)
    }
}

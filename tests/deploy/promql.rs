//! What an expression of PromQL names: metrics, functions, labels. Enough of the language to find what is misspelt;
//! promtool reads the rest.

use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;

const AGGREGATIONS: [&str; 6] = ["sum", "min", "max", "avg", "count", "topk"];
const FUNCTIONS: [&str; 9] =
    ["rate", "increase", "changes", "histogram_quantile", "abs", "absent", "time", "predict_linear", "delta"];
const WITH_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const OPERATORS: [&str; 4] = ["and", "or", "unless", "bool"];

/// What an expression names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) metrics: BTreeSet<String>,
    pub(crate) labels: BTreeSet<String>,
}

/// Reads an expression.
///
/// # Errors
/// When it holds what this does not know: then this is to learn it, or the expression is wrong.
pub(crate) fn read(expression: &str) -> Result<Named> {
    let mut named = Named::default();
    let (mut rest, mut open) = (expression.trim_start(), 0_i32);
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '(' | ')' => {
                open += if first == '(' { 1 } else { -1 };
                ensure!(open >= 0, "a parenthesis closes that was not opened: {expression}");
                &rest[1..]
            }
            '{' => matchers(rest, &mut named.labels)?,
            '[' => duration(rest)?,
            '+' | '-' | '*' | '/' | '<' | '>' | '=' | '!' | ',' => &rest[1..],
            first if first.is_ascii_digit() => rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.'),
            first if first.is_ascii_alphabetic() || first == '_' => word(rest, &mut named)?,
            strange => bail!("`{strange}` in {expression}"),
        }
        .trim_start();
    }
    ensure!(open == 0, "a parenthesis stays open: {expression}");
    ensure!(!named.metrics.is_empty(), "no metric: {expression}");
    Ok(named)
}

/// A word, and the labels behind it if it takes some.
fn word<'a>(text: &'a str, named: &mut Named) -> Result<&'a str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let (word, rest) = (&text[..end], text[end..].trim_start());
    if WITH_LABELS.contains(&word) {
        let Some((labels, rest)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
            bail!("`{word}` without labels: {text}");
        };
        named.labels.extend(labels.split(',').map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()));
        return Ok(rest);
    }
    let applied =
        rest.starts_with('(') || (AGGREGATIONS.contains(&word) && WITH_LABELS.iter().any(|w| rest.starts_with(w)));
    match applied {
        _ if OPERATORS.contains(&word) => {}
        true => ensure!(FUNCTIONS.contains(&word) || AGGREGATIONS.contains(&word), "unknown function `{word}`: {text}"),
        false => {
            named.metrics.insert(word.to_owned());
        }
    }
    Ok(rest)
}

/// `{label="text", …}`
fn matchers<'a>(text: &'a str, labels: &mut BTreeSet<String>) -> Result<&'a str> {
    let mut rest = text[1..].trim_start();
    while !rest.starts_with('}') {
        let Some(end) = rest.find(['=', '!']) else { bail!("a matcher without an operator: {text}") };
        labels.insert(rest[..end].trim().to_owned());
        let behind = rest[end..].trim_start_matches(['=', '!', '~']).trim_start();
        let Some((_, behind)) = behind.strip_prefix('"').and_then(|behind| behind.split_once('"')) else {
            bail!("a matcher without a text: {text}");
        };
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(&rest[1..])
}

/// `[5m]`, or Grafana's own `[$__rate_interval]`.
fn duration(text: &str) -> Result<&str> {
    let Some((inside, rest)) = text[1..].split_once(']') else { bail!("a range stays open: {text}") };
    let number = inside.trim_end_matches(['s', 'm', 'h', 'd']);
    ensure!(
        inside == "$__rate_interval" || (number.len() < inside.len() && number.parse::<u32>().is_ok()),
        "[{inside}]"
    );
    Ok(rest)
}

#[test]
fn expressions_are_read() {
    let check = |expression: &str, expected: &str| {
        let told = match read(expression) {
            Ok(Named { metrics, labels }) => format!("{metrics:?} {labels:?}"),
            Err(cause) => format!("refused: {cause}"),
        };
        assert!(told.contains(expected), "{expression}: {told}");
    };
    check("up == 0", r#"{"up"} {}"#);
    check("rate(a_total{code=~\"x.*\", zone!=\"b\"}[5m]) > 0.5", r#"{"a_total"} {"code", "zone"}"#);
    check("sum by (job, le) (rate(a[5m])) / max(b)", r#"{"a", "b"} {"job", "le"}"#);
    check("sum(a) by (job) or b", r#"{"a", "b"} {"job"}"#);
    check("a * on (job) group_left () b > 2 * 3600", r#"{"a", "b"} {"job"}"#);
    check("a - time() < 7", r#"{"a"} {}"#);
    check("rat(a[5m])", "refused: unknown function `rat`");
    check("rate(a[5x])", "refused: [5x]");
    check("sum(a", "refused: a parenthesis stays open");
    check("a)", "refused: a parenthesis closes");
    check("a{b=c}", "refused: a matcher without a text");
    check("a ? b", "refused: `?`");
    check("7 > 3", "refused: no metric");
}

//! The rules for tags of secrets.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html>

use crate::SecretsError;
use crate::limits::TAGS_MAX;
use crate::tables::state;
use access::Condition;
use std::collections::BTreeSet;

/// Tags that a request brings, in its order.
pub(crate) fn parse(tags: Vec<proto::secretsmanager::v1::Tag>) -> Result<Vec<state::Tag>, SecretsError> {
    if tags.len() > TAGS_MAX {
        return Err(SecretsError::invalid("A secret can have at most 50 tags."));
    }
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::with_capacity(tags.len());
    for tag in tags {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        if key.is_empty() {
            return Err(SecretsError::invalid("A tag needs a key."));
        }
        check_key(&key)?;
        if !seen.insert(key.clone()) {
            return Err(SecretsError::invalid("Duplicate tag keys are not allowed."));
        }
        parsed.push(state::Tag { key, value });
    }
    Ok(parsed)
}

/// Refuses keys that are AWS's own.
pub(crate) fn check_key(key: &str) -> Result<(), SecretsError> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(SecretsError::invalid("Tag keys can't begin with aws:, which is reserved."));
    }
    Ok(())
}

/// The condition keys of tags in a request.
pub(crate) fn conditions(tags: &[state::Tag]) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    for tag in tags {
        conditions.push((format!("aws:RequestTag/{}", tag.key).into(), vec![tag.value.clone()]));
    }
    if !tags.is_empty() {
        conditions.push(("aws:TagKeys".into(), tags.iter().map(|tag| tag.key.clone()).collect()));
    }
    conditions
}

/// Tags as answers show them.
pub(crate) fn shown(tags: Vec<state::Tag>) -> Vec<proto::secretsmanager::v1::Tag> {
    let show = |tag: state::Tag| proto::secretsmanager::v1::Tag { key: Some(tag.key), value: Some(tag.value) };
    tags.into_iter().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_held_to_awss_rules() {
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let rows: [(&[&str], &str); 5] = [
            (&["b", "a", "A"], "b,a,A"),
            (&["a", "a"], "Duplicate tag keys are not allowed."),
            (&["AWS:x"], "Tag keys can't begin with aws:, which is reserved."),
            (&[""], "A tag needs a key."),
            (&many, "A secret can have at most 50 tags."),
        ];
        for (keys, expected) in rows {
            let tag = |key: &&str| proto::secretsmanager::v1::Tag { key: Some((*key).to_owned()), value: None };
            let answer = match parse(keys.iter().map(tag).collect()) {
                Ok(tags) => tags.into_iter().map(|tag| tag.key).collect::<Vec<_>>().join(","),
                Err(error) => error.to_string(),
            };
            assert_eq!(answer, expected);
        }
    }
}

//! The rules for tags of keys.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html>

use crate::KmsError;
use crate::limits::TAGS_MAX;
use crate::tables::state;
use std::collections::BTreeSet;

/// Tags that a new key may carry, in the order of the request.
pub(crate) fn parse(tags: Vec<proto::kms::v1::Tag>) -> Result<Vec<state::Tag>, KmsError> {
    let refused = |reason| Err(KmsError::Tags { reason });
    if tags.len() > TAGS_MAX {
        return refused("Too many tags");
    }
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::with_capacity(tags.len());
    for tag in tags {
        let (key, value) = (tag.tag_key.unwrap_or_default(), tag.tag_value.unwrap_or_default());
        check_reserved(&key)?;
        if !seen.insert(key.clone()) {
            return refused("Duplicate tag keys");
        }
        parsed.push(state::Tag { key, value });
    }
    Ok(parsed)
}

/// Refuses the key of a tag that is AWS's own.
pub(crate) fn check_reserved(key: &str) -> Result<(), KmsError> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(KmsError::Tags { reason: "Tags beginning with aws: are reserved" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], expected: &str) {
        let tag = |key: &&str| proto::kms::v1::Tag { tag_key: Some((*key).to_owned()), tag_value: None };
        let answer = match parse(keys.iter().map(tag).collect()) {
            Ok(tags) => tags.into_iter().map(|tag| tag.key).collect::<Vec<_>>().join(","),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn tags_are_held_to_awss_rules() {
        check(&[], "");
        check(&["b", "a", "A"], "b,a,A");
        check(&["a", "b", "a"], "Duplicate tag keys");
        check(&["aws:x"], "Tags beginning with aws: are reserved");
        check(&["AWS:x"], "Tags beginning with aws: are reserved");
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), "Too many tags");
    }
}

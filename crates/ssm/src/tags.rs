//! The rules for tags of parameters, and what operations on tags name.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Tag.html>

use crate::SsmError;
use crate::limits::TAGS_MAX;
use crate::parameter_name::ParameterName;
use crate::tables::state;
use access::Condition;
use proto::ssm::v1::ResourceTypeForTagging;
use std::collections::BTreeSet;

/// The parameter that an operation on tags names. Of all that AWS tags here, parameters alone exist.
pub(crate) fn resource(r#type: Option<i32>, id: Option<&str>) -> Result<ParameterName, SsmError> {
    if r#type != Some(ResourceTypeForTagging::Parameter.into()) {
        return Err(SsmError::InvalidResourceType);
    }
    ParameterName::parse(id.unwrap_or_default()).map_err(|_| SsmError::InvalidResourceId)
}

/// What a request that sets tags brings to its authorization.
pub(crate) fn conditions(tags: &[state::Tag]) -> Vec<Condition> {
    let set = tags.iter().map(|tag| (format!("aws:RequestTag/{}", tag.key).into(), vec![tag.value.clone()]));
    set.chain(keys_condition(tags.iter().map(|tag| &tag.key))).collect()
}

/// The condition that lists the keys of tags; absent when there are none.
pub(crate) fn keys_condition<'a>(keys: impl Iterator<Item = &'a String>) -> Option<Condition> {
    let keys: Vec<String> = keys.cloned().collect();
    (!keys.is_empty()).then(|| ("aws:TagKeys".into(), keys))
}

/// Tags that a request may set, in its order.
pub(crate) fn parse(tags: Vec<proto::ssm::v1::Tag>) -> Result<Vec<state::Tag>, SsmError> {
    if tags.len() > TAGS_MAX {
        return Err(SsmError::TooManyTags);
    }
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::with_capacity(tags.len());
    for tag in tags {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(SsmError::validation("Tag keys can't begin with aws:, which is reserved."));
        }
        if !seen.insert(key.clone()) {
            return Err(SsmError::validation("Duplicate tag keys are not allowed."));
        }
        parsed.push(state::Tag { key, value });
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], expected: &str) {
        let tag = |key: &&str| proto::ssm::v1::Tag { key: Some((*key).to_owned()), value: None };
        let answer = match parse(keys.iter().map(tag).collect()) {
            Ok(tags) => tags.into_iter().map(|tag| tag.key).collect::<Vec<_>>().join(","),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn tags_are_held_to_awss_rules() {
        check(&["b", "a", "A"], "b,a,A");
        check(&["a", "a"], "Duplicate tag keys are not allowed.");
        check(&["aws:x"], "Tag keys can't begin with aws:, which is reserved.");
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(&many, "The number of tags exceeds the maximum of 50.");
    }
}

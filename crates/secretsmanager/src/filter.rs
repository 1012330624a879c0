//! Filters of ListSecrets and BatchGetSecretValue.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html>. A secret passes when every
//! filter takes it; a filter takes what one of its values matches, unless one that begins with `!` matches too.

use crate::SecretsError;
use crate::tables::SecretRecord;
use proto::Enumeration as _;
use proto::secretsmanager::v1::{Filter, FilterNameStringType as Key};

/// The filters of a request.
pub(crate) struct Filters(Vec<Parsed>);

struct Parsed {
    key: Key,
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Filters {
    /// Reads the filters; their lengths and letters are held to the model.
    pub(crate) fn parse(filters: &[Filter]) -> Result<Self, SecretsError> {
        filters.iter().map(Parsed::parse).collect::<Result<_, _>>().map(Self)
    }

    /// The filters as text, for the scope of a token. Two lists of filters never give the same one.
    pub(crate) fn scope(filters: &[Filter]) -> String {
        let quoted = |value: &String| format!("{value:?}");
        let one = |filter: &Filter| {
            let values: Vec<String> = filter.values.iter().map(quoted).collect();
            format!("{}={}", Key::name_of(filter.key.unwrap_or_default()).unwrap_or_default(), values.join(","))
        };
        filters.iter().map(one).collect::<Vec<_>>().join(";")
    }

    /// Whether every filter takes the secret.
    pub(crate) fn take(&self, record: &SecretRecord) -> bool {
        self.0.iter().all(|filter| filter.takes(record))
    }
}

impl Parsed {
    fn parse(filter: &Filter) -> Result<Self, SecretsError> {
        let key = filter.key.and_then(|key| Key::try_from(key).ok()).filter(|key| *key != Key::Unspecified);
        let key = key.ok_or_else(|| SecretsError::invalid("Invalid filter: a filter needs a key."))?;
        if filter.values.is_empty() {
            return Err(SecretsError::invalid("Invalid filter: a filter needs a value."));
        }
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for value in &filter.values {
            match value.strip_prefix('!') {
                Some(value) => unwanted.push(value.to_owned()),
                None => wanted.push(value.to_owned()),
            }
        }
        Ok(Self { key, wanted, unwanted })
    }

    fn takes(&self, record: &SecretRecord) -> bool {
        let matches = |value: &String| self.matches(record, value);
        (self.wanted.is_empty() || self.wanted.iter().any(matches)) && !self.unwanted.iter().any(matches)
    }

    fn matches(&self, record: &SecretRecord, value: &str) -> bool {
        match self.key {
            Key::Name => record.name.starts_with(value),
            Key::Description => starts_with_uncased(&record.description, value),
            Key::TagKey => record.tags.iter().any(|tag| tag.key.starts_with(value)),
            Key::TagValue => record.tags.iter().any(|tag| tag.value.starts_with(value)),
            Key::All => any_word(record, value),
            // Nothing here is a replica or another service's.
            Key::PrimaryRegion | Key::OwningService | Key::Unspecified => false,
        }
    }
}

fn starts_with_uncased(text: &str, start: &str) -> bool {
    text.to_lowercase().starts_with(&start.to_lowercase())
}

/// Whether a word of `value` begins a word of anything that the secret says of itself.
fn any_word(record: &SecretRecord, value: &str) -> bool {
    let tags = record.tags.iter().flat_map(|tag| [tag.key.as_str(), tag.value.as_str()]);
    let texts: Vec<&str> = [record.name.as_str(), record.description.as_str()].into_iter().chain(tags).collect();
    words(value).any(|wanted| texts.iter().any(|text| words(text).any(|word| starts_with_uncased(word, wanted))))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::state::Tag;

    fn filter(key: Key, values: &[&str]) -> Filter {
        Filter { key: Some(key.into()), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn filters_choose_as_awss_do() {
        let record = SecretRecord {
            name: "prod/App".to_owned(),
            description: "The big Database".to_owned(),
            tags: vec![Tag { key: "Team".to_owned(), value: "blue sky".to_owned() }],
            ..SecretRecord::default()
        };
        let rows: [(Key, &[&str], bool); 18] = [
            (Key::Name, &["prod"], true),
            (Key::Name, &["Prod"], false),
            (Key::Name, &["App"], false),
            (Key::Name, &["test", "prod"], true),
            (Key::Name, &["!test"], true),
            (Key::Name, &["!prod"], false),
            (Key::Name, &["prod", "!prod/App"], false),
            (Key::Name, &["!test", "!prod"], false),
            (Key::Description, &["the BIG"], true),
            (Key::Description, &["database"], false),
            (Key::TagKey, &["Te"], true),
            (Key::TagKey, &["te"], false),
            (Key::TagValue, &["blue"], true),
            (Key::TagValue, &["!blue"], false),
            (Key::All, &["DATA"], true),
            (Key::All, &["nothing sky"], true),
            (Key::All, &["green"], false),
            (Key::PrimaryRegion, &["us-east-1"], false),
        ];
        for (key, values, expected) in rows {
            let filters = Filters::parse(&[filter(key, values)]).expect("filters");
            assert_eq!(filters.take(&record), expected, "{key:?} {values:?}");
        }
        let both = [filter(Key::Name, &["prod"]), filter(Key::TagKey, &["Owner"])];
        assert!(!Filters::parse(&both).expect("filters").take(&record), "every filter counts");
    }

    #[test]
    fn a_filter_has_a_key_and_a_value() {
        assert!(Filters::parse(&[filter(Key::Name, &[])]).is_err());
        assert!(Filters::parse(&[Filter { key: None, values: vec!["a".to_owned()] }]).is_err());
        let scopes = [
            Filters::scope(&[filter(Key::Name, &["a", "b"])]),
            Filters::scope(&[filter(Key::Name, &["a,b"])]),
            Filters::scope(&[filter(Key::Name, &["a"]), filter(Key::Name, &["b"])]),
            Filters::scope(&[filter(Key::TagKey, &["a", "b"])]),
        ];
        assert_eq!(scopes.iter().collect::<std::collections::BTreeSet<_>>().len(), scopes.len());
    }
}

//! Filters of ListSecrets and BatchGetSecretValue.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html>. A secret passes when every
//! filter takes it; a filter takes what one of its values matches, unless one that begins with `!` matches too.

use crate::SecretsError;
use crate::tables::SecretRecord;
use prost::Message as _;
use proto::Enumeration as _;
use proto::secretsmanager::v1::{Filter, FilterNameStringType as Key};
use std::cell::OnceCell;

/// The filters of a request.
pub(crate) struct Filters(Vec<Parsed>);

struct Parsed {
    key: Key,
    /// `None` when the filter names nothing that is wanted, and so wants all.
    wanted: Option<Starts>,
    unwanted: Starts,
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
        let secret = Subject { record, description: OnceCell::new(), texts: OnceCell::new() };
        self.0.iter().all(|filter| filter.takes(&secret))
    }

    /// How many bytes are looked at to filter the secret: each filter looks at all of it.
    pub(crate) fn weigh(&self, record: &SecretRecord) -> usize {
        record.encoded_len() * self.0.len().max(1)
    }
}

impl Parsed {
    fn parse(filter: &Filter) -> Result<Self, SecretsError> {
        let key = filter.key.and_then(|key| Key::try_from(key).ok()).filter(|key| *key != Key::Unspecified);
        let key = key.ok_or_else(|| SecretsError::invalid("Invalid filter: a filter needs a key."))?;
        if filter.values.is_empty() {
            return Err(SecretsError::invalid("Invalid filter: a filter needs a value."));
        }
        let is_unwanted = |value: &&String| value.starts_with('!');
        let (unwanted, wanted): (Vec<&String>, Vec<&String>) = filter.values.iter().partition(is_unwanted);
        let starts = |values: &[&str]| Starts::of(values.iter().flat_map(|value| sought(key, value)).collect());
        let wanted: Vec<&str> = wanted.into_iter().map(String::as_str).collect();
        let unwanted: Vec<&str> = unwanted.into_iter().map(|value| &value[1..]).collect();
        Ok(Self { key, wanted: (!wanted.is_empty()).then(|| starts(&wanted)), unwanted: starts(&unwanted) })
    }

    fn takes(&self, secret: &Subject<'_>) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| self.match_any(secret, wanted))
            && !self.match_any(secret, &self.unwanted)
    }

    fn match_any(&self, secret: &Subject<'_>, starts: &Starts) -> bool {
        let tags = &secret.record.tags;
        match self.key {
            Key::Name => starts.begin(&secret.record.name),
            Key::Description => starts.begin(secret.description()),
            Key::TagKey => tags.iter().any(|tag| starts.begin(&tag.key)),
            Key::TagValue => tags.iter().any(|tag| starts.begin(&tag.value)),
            Key::All => words(secret.texts()).any(|word| starts.begin(word)),
            // Nothing here is a replica or another service's.
            Key::PrimaryRegion | Key::OwningService | Key::Unspecified => false,
        }
    }
}

/// What a value looks for, each piece as the beginning of something.
fn sought(key: Key, value: &str) -> Vec<String> {
    match key {
        Key::All => words(&value.to_lowercase()).map(str::to_owned).collect(),
        Key::Description => vec![value.to_lowercase()],
        _ => vec![value.to_owned()],
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Beginnings that are looked for, sorted, and none the beginning of another. A request may bring thousands of words and a
/// secret ten thousand, so they are not compared each with each.
struct Starts(Vec<String>);

impl Starts {
    fn of(mut starts: Vec<String>) -> Self {
        starts.sort_unstable();
        starts.dedup_by(|longer, start| longer.starts_with(start.as_str()));
        Self(starts)
    }

    /// Whether one of them begins the text. That can only be the last that does not come after it: what lies between a
    /// beginning and the text begins so too.
    fn begin(&self, text: &str) -> bool {
        let until = self.0.partition_point(|start| start.as_str() <= text);
        self.0[..until].last().is_some_and(|start| text.starts_with(start.as_str()))
    }
}

/// A secret, with what is looked at in lower case; that is made once, when the first filter asks for it.
struct Subject<'a> {
    record: &'a SecretRecord,
    description: OnceCell<String>,
    texts: OnceCell<String>,
}

impl Subject<'_> {
    fn description(&self) -> &str {
        self.description.get_or_init(|| self.record.description.to_lowercase())
    }

    /// Everything that the secret says of itself.
    fn texts(&self) -> &str {
        self.texts.get_or_init(|| {
            let tags = self.record.tags.iter().flat_map(|tag| [tag.key.as_str(), tag.value.as_str()]);
            let texts = [self.record.name.as_str(), self.record.description.as_str()].into_iter().chain(tags);
            texts.collect::<Vec<_>>().join(" ").to_lowercase()
        })
    }
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
        let rows: [(Key, &[&str], bool); 23] = [
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
            (Key::All, &["!green"], true),
            (Key::All, &["!green DATA"], false),
            (Key::All, &["--"], false),
            (Key::All, &["!--"], true),
            (Key::Name, &["!"], false),
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

    #[test]
    fn beginnings_are_found_as_if_each_were_compared() {
        let texts: Vec<String> = (0..3_u32.pow(4))
            .map(|n| (0..4).map(|place| ["", "a", "b"][(n / 3_u32.pow(place) % 3) as usize]).collect())
            .collect();
        for picked in 0..texts.len() {
            let chosen: Vec<String> = texts.iter().skip(picked).step_by(picked + 7).cloned().collect();
            let starts = Starts::of(chosen.clone());
            for text in &texts {
                let expected = chosen.iter().any(|start| text.starts_with(start.as_str()));
                assert_eq!(starts.begin(text), expected, "{chosen:?} of {text}");
            }
        }
        assert_eq!(Starts::of(["ab", "b", "a", "b"].map(str::to_owned).to_vec()).0, ["a", "b"]);
    }
}

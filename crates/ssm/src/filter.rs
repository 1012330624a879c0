//! Filters of DescribeParameters and GetParametersByPath.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html>, and the older
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParametersFilter.html>.

use crate::SsmError;
use crate::parameter::public_type;
use crate::path::ParameterPath;
use crate::selector::Found;
use crate::tables::{ParameterRecord, canonical};
use crate::tier;
use crate::walk::{Span, in_order};
use proto::Enumeration;
use proto::ssm::v1::{ParameterStringFilter, ParametersFilter, ParametersFilterKey};
use replica::{AccountId, View};
use std::collections::BTreeSet;

/// AWS's lists, as its messages have them.
const DESCRIBE_KEYS: &str = "Path, Name, Type, KeyId, Tier";
const BY_PATH_KEYS: &str = "Type, KeyId";
const TYPES: &str = "String, StringList, SecureString";
const TIERS: &str = "Standard, Advanced, Intelligent-Tiering";

/// What a parameter must have to be listed: all of the filters.
#[derive(Debug)]
pub(crate) struct Filters {
    list: Vec<Filter>,
    text: String,
}

#[derive(Debug)]
struct Filter {
    by: By,
    how: How,
    values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    Name,
    Path,
    Type,
    KeyId,
    Tier,
    DataType,
    Label,
    Tag(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Equals,
    BeginsWith,
    Contains,
    OneLevel,
    Recursive,
}

impl Filters {
    /// Reads the filters of DescribeParameters, of which a request has the old kind or the new one.
    pub(crate) fn of_description(old: &[ParametersFilter], new: &[ParameterStringFilter]) -> Result<Self, SsmError> {
        if !old.is_empty() && !new.is_empty() {
            return Err(SsmError::validation("You can use either Filters or ParameterFilters in a single request."));
        }
        let allowed = |by: &By| *by != By::Label;
        let translated: Vec<ParameterStringFilter> = old.iter().map(translated).collect();
        Self::parse(if old.is_empty() { new } else { &translated }, DESCRIBE_KEYS, allowed)
    }

    /// Reads the filters of GetParametersByPath.
    pub(crate) fn of_path(filters: &[ParameterStringFilter]) -> Result<Self, SsmError> {
        Self::parse(filters, BY_PATH_KEYS, |by| matches!(by, By::Type | By::KeyId | By::Label))
    }

    fn parse(
        filters: &[ParameterStringFilter],
        keys: &'static str,
        allowed: impl Fn(&By) -> bool,
    ) -> Result<Self, SsmError> {
        let (mut list, mut seen) = (Vec::with_capacity(filters.len()), BTreeSet::new());
        for filter in filters {
            let key = filter.key.clone().unwrap_or_default();
            let by = By::parse(&key).filter(&allowed);
            let by = by.ok_or_else(|| SsmError::InvalidFilterKey { key: key.clone(), valid: keys })?;
            if filter.values.is_empty() && !matches!(by, By::Tag(_)) {
                return Err(SsmError::InvalidFilterValue { key });
            }
            if !seen.insert(key.clone()) {
                return Err(SsmError::DuplicateFilter { key });
            }
            list.push(Filter::parse(by, filter)?);
        }
        let text = format!("{list:?}");
        Ok(Self { list, text })
    }

    /// Equal for equal filters: a page's token belongs to them.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the parameter passes all of them. A version that a label names is looked up by [`Filters::show`].
    pub(crate) fn take(&self, parameter: &ParameterRecord) -> bool {
        self.list.iter().all(|filter| filter.takes(parameter))
    }

    /// The version to show of a parameter that passed: the newest of those with a wanted label, else the newest.
    pub(crate) fn show(&self, view: &dyn View, account: &AccountId, parameter: ParameterRecord) -> Found {
        let labels = self.list.iter().find(|filter| filter.by == By::Label).map(|filter| &filter.values);
        let labelled = |label: &String| Some((*parameter.labels.get(label)?, label.clone()));
        let Some((version, label)) = labels.and_then(|labels| labels.iter().filter_map(labelled).max()) else {
            return Found::newest(parameter);
        };
        let found = Found::numbered(view, account, parameter, version);
        Found { selector: Some(format!(":{label}")), ..found.expect("a label is on a version that is kept") }
    }

    /// Where parameters that pass can be, in order: by name if there is such a filter, else by path, else anywhere.
    pub(crate) fn spans(&self, account: &AccountId) -> Vec<Span> {
        let narrow = |by: By| self.list.iter().find(|filter| filter.by == by && filter.how != How::Contains);
        let Some(filter) = narrow(By::Name).or_else(|| narrow(By::Path)) else {
            return vec![Span::of_start(account, "/")];
        };
        let names = filter.values.iter().filter(|value| !value.contains('\0'));
        let span = |value: &String| match filter.how {
            How::Equals => Span::of_name(account, value),
            How::OneLevel if filter.values.len() == 1 => Span::one_level(account, value),
            _ => Span::of_start(account, value),
        };
        in_order(names.map(span).collect())
    }
}

/// An old filter in the terms of the new: names by their beginning, the others as they are.
fn translated(old: &ParametersFilter) -> ParameterStringFilter {
    let key = old.key.and_then(|key| ParametersFilterKey::try_from(key).ok()).unwrap_or_default();
    let option = if key == ParametersFilterKey::Name { "BeginsWith" } else { "Equals" };
    ParameterStringFilter {
        key: Some(key.aws_name().to_owned()),
        option: Some(option.to_owned()),
        values: old.values.clone(),
    }
}

impl By {
    fn parse(key: &str) -> Option<Self> {
        Some(match key {
            "Name" => Self::Name,
            "Path" => Self::Path,
            "Type" => Self::Type,
            "KeyId" => Self::KeyId,
            "Tier" => Self::Tier,
            "DataType" => Self::DataType,
            "Label" => Self::Label,
            other => Self::Tag(other.strip_prefix("tag:").filter(|key| !key.is_empty())?.to_owned()),
        })
    }

    fn how(&self, option: Option<&str>) -> Result<How, SsmError> {
        let (how, valid) = match (self, option) {
            (Self::Path, None | Some("OneLevel")) => (Some(How::OneLevel), ""),
            (Self::Path, Some("Recursive")) => (Some(How::Recursive), ""),
            (Self::Path, _) => (None, "Recursive, OneLevel"),
            (_, None | Some("Equals")) => (Some(How::Equals), ""),
            (Self::Label, _) => (None, "Equals"),
            (_, Some("BeginsWith")) => (Some(How::BeginsWith), ""),
            (Self::Name, Some("Contains")) => (Some(How::Contains), ""),
            _ => (None, "BeginsWith, Equals"),
        };
        let option = || option.unwrap_or_default().to_owned();
        how.ok_or_else(|| SsmError::InvalidFilterOption { option: option(), valid })
    }

    /// The values that a filter may be equal to; `None` when any.
    fn choice(&self) -> Option<&'static str> {
        match self {
            Self::Type => Some(TYPES),
            Self::Tier => Some(TIERS),
            _ => None,
        }
    }
}

impl Filter {
    fn parse(by: By, filter: &ParameterStringFilter) -> Result<Self, SsmError> {
        let how = by.how(filter.option.as_deref())?;
        if let Some(valid) = by.choice().filter(|_| how == How::Equals) {
            let stranger = filter.values.iter().find(|value| !valid.split(", ").any(|known| known == *value));
            if let Some(value) = stranger {
                return Err(SsmError::InvalidFilterChoice { value: value.clone(), valid });
            }
        }
        let values = filter.values.iter().map(|value| match (&by, how) {
            (By::Path, _) => Ok(ParameterPath::parse_filter(value)?.as_str().to_owned()),
            (By::Name, How::Equals | How::BeginsWith) => Ok(canonical(value)),
            _ => Ok(value.clone()),
        });
        let values = values.collect::<Result<_, SsmError>>()?;
        Ok(Self { by, how, values })
    }

    fn takes(&self, parameter: &ParameterRecord) -> bool {
        let version = parameter.newest.as_ref().expect("a parameter has a newest version");
        match &self.by {
            By::Name => self.holds(&canonical(&parameter.name)),
            By::Path => self.holds(&canonical(&parameter.name)),
            By::Type => self.holds(public_type(version.r#type()).aws_name()),
            By::KeyId => self.holds(&version.key_id),
            By::Tier => self.holds(tier::public(version.advanced).aws_name()),
            By::DataType => self.holds(&version.data_type),
            By::Label => parameter.labels.keys().any(|label| self.holds(label)),
            By::Tag(key) => {
                let own = parameter.tags.iter().find(|tag| tag.key == *key);
                own.is_some_and(|tag| self.values.is_empty() || self.holds(&tag.value))
            }
        }
    }

    fn holds(&self, held: &str) -> bool {
        self.values.iter().any(|value| match self.how {
            How::Equals => held == value,
            How::BeginsWith | How::Recursive => held.starts_with(value),
            How::Contains => held.contains(value),
            How::OneLevel => held.strip_prefix(value.as_str()).is_some_and(|rest| !rest.contains('/')),
        })
    }
}

#[cfg(test)]
mod tests;

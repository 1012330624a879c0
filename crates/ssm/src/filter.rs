//! ParameterFilters of GetParametersByPath: by type and by key.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html>. Filtering by label is
//! refused: nothing carries one yet.

use crate::SsmError;
use crate::parameter::public_type;
use crate::tables::ParameterRecord;
use proto::Enumeration;
use proto::ssm::v1::ParameterStringFilter;

/// What a parameter must have to be listed.
#[derive(Debug)]
pub(crate) struct Filters {
    list: Vec<Filter>,
    text: String,
}

#[derive(Debug)]
struct Filter {
    by: By,
    begins_with: bool,
    values: Vec<String>,
}

#[derive(Debug)]
enum By {
    Type,
    KeyId,
}

impl Filters {
    /// Reads the request's filters.
    pub(crate) fn parse(filters: &[ParameterStringFilter]) -> Result<Self, SsmError> {
        let list = filters.iter().map(Filter::parse).collect::<Result<Vec<_>, _>>()?;
        let text = format!("{list:?}");
        Ok(Self { list, text })
    }

    /// Equal for equal filters: a page's token belongs to them.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the parameter passes all of them.
    pub(crate) fn take(&self, parameter: &ParameterRecord) -> bool {
        self.list.iter().all(|filter| filter.takes(parameter))
    }
}

impl Filter {
    fn parse(filter: &ParameterStringFilter) -> Result<Self, SsmError> {
        let key = filter.key.as_deref().unwrap_or_default();
        let by = match key {
            "Type" => By::Type,
            "KeyId" => By::KeyId,
            other => return Err(SsmError::InvalidFilterKey { key: other.to_owned() }),
        };
        let begins_with = match filter.option.as_deref() {
            None | Some("Equals") => false,
            Some("BeginsWith") => true,
            Some(other) => {
                return Err(SsmError::InvalidFilterOption { option: other.to_owned(), valid: "BeginsWith, Equals" });
            }
        };
        if filter.values.is_empty() {
            return Err(SsmError::InvalidFilterValue);
        }
        Ok(Self { by, begins_with, values: filter.values.clone() })
    }

    fn takes(&self, parameter: &ParameterRecord) -> bool {
        let version = parameter.newest.as_ref().expect("a parameter has a newest version");
        let held = match self.by {
            By::Type => public_type(version.r#type()).aws_name(),
            By::KeyId => &version.key_id,
        };
        self.values.iter().any(|value| if self.begins_with { held.starts_with(value) } else { held == value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{ParameterType, VersionRecord};

    fn check(key: &str, option: Option<&str>, values: &[&str], expected: &str) {
        let newest = VersionRecord {
            r#type: ParameterType::SecureString.into(),
            key_id: "alias/aws/ssm".to_owned(),
            ..VersionRecord::default()
        };
        let parameter = ParameterRecord { newest: Some(newest), ..ParameterRecord::default() };
        let filter = ParameterStringFilter {
            key: Some(key.to_owned()),
            option: option.map(str::to_owned),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let answer = match Filters::parse(&[filter]) {
            Ok(filters) => filters.take(&parameter).to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn parameters_are_filtered_by_type_and_key() {
        check("Type", None, &["SecureString"], "true");
        check("Type", Some("Equals"), &["String", "StringList"], "false");
        check("Type", Some("BeginsWith"), &["Secure"], "true");
        check("KeyId", None, &["alias/aws/ssm"], "true");
        check("KeyId", Some("BeginsWith"), &["alias/aws"], "true");
        check("KeyId", None, &["alias/aws"], "false");
    }

    #[test]
    fn other_filters_are_refused() {
        check(
            "Label",
            None,
            &["x"],
            "The following filter key is not valid: Label. Valid filter keys include: [Type, KeyId].",
        );
        let option = "The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals].";
        check("Type", Some("Contains"), &["x"], option);
        check("Type", None, &[], "The filter value isn't valid. Verify the value and try again.");
    }
}

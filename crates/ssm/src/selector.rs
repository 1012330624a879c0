//! What a reader may call a parameter: its name or ARN, and which version of it.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>

use crate::SsmError;
use crate::parameter_name::ParameterName;
use crate::tables::{self, ParameterRecord, VersionRecord};
use replica::{AccountId, Arn, Partition, Region, View};
use service::Call;

/// Which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selector {
    /// The newest.
    Newest,
    /// By number.
    Version(u64),
    /// By label.
    Label(String),
}

/// A parameter and a version of it, as a reader names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Whose.
    pub(crate) account: AccountId,
    /// Which.
    pub(crate) name: ParameterName,
    /// Which version.
    pub(crate) selector: Selector,
}

/// A version that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The parameter.
    pub(crate) parameter: ParameterRecord,
    /// The version.
    pub(crate) version: VersionRecord,
    /// The selector as answers repeat it, `:3` or `:label`; absent when the reader gave none.
    pub(crate) selector: Option<String>,
}

impl Found {
    /// The parameter's newest version.
    pub(crate) fn newest(parameter: ParameterRecord) -> Self {
        let version = parameter.newest.clone().expect("a parameter has a newest version");
        Self { parameter, version, selector: None }
    }

    /// A version by its number, if it is still kept.
    pub(crate) fn numbered(
        view: &dyn View,
        account: &AccountId,
        parameter: ParameterRecord,
        number: u64,
    ) -> Option<Self> {
        let newest = Self::newest(parameter);
        if newest.version.version == number {
            return Some(newest);
        }
        let version = tables::former_version(view, account, &newest.parameter.name, number)?;
        Some(Self { version, ..newest })
    }
}

impl Reference {
    /// Reads `name`, `name:version`, or either as an ARN.
    pub(crate) fn parse(text: &str, call: &Call) -> Result<Self, SsmError> {
        let own = || call.caller.account.clone();
        let (account, rest) = if text.starts_with("arn:") {
            let arn: Arn = text.parse().map_err(|_| SsmError::ParameterNotFound)?;
            let account = arn.account.parse().map_err(|_| SsmError::ParameterNotFound)?;
            (account, name_in_arn(&arn, &call.region)?)
        } else {
            (own(), text.to_owned())
        };
        let (name, selector) = split(&rest)?;
        let selector = selector.map_or(Selector::Newest, Selector::of);
        Ok(Self { account, name: ParameterName::parse(name)?, selector })
    }

    /// The parameter's ARN.
    pub(crate) fn arn(&self, region: &Region) -> Arn {
        self.name.arn(region, &self.account)
    }

    /// The version, as of `view`.
    pub(crate) fn find(&self, view: &dyn View) -> Result<Found, SsmError> {
        let name = self.name.as_str();
        let parameter = tables::parameter(view, &self.account, name).ok_or(SsmError::ParameterNotFound)?;
        let absent = |what: String| SsmError::VersionNotFound { what, name: name.to_owned() };
        let (number, text) = match &self.selector {
            Selector::Newest => return Ok(Found::newest(parameter)),
            Selector::Version(number) => (*number, number.to_string()),
            Selector::Label(label) => match parameter.labels.get(label) {
                Some(number) => (*number, label.clone()),
                None => return Err(absent(format!("label {label}"))),
            },
        };
        let found = Found::numbered(view, &self.account, parameter, number);
        let found = found.ok_or_else(|| absent(format!("version {number}")))?;
        Ok(Found { selector: Some(format!(":{text}")), ..found })
    }
}

/// The name, with a slash before it, and the selector.
fn name_in_arn(arn: &Arn, region: &Region) -> Result<String, SsmError> {
    let here = arn.service == "ssm" && arn.region == region.as_str() && arn.partition == Partition::of(region).as_str();
    let name = arn.resource.strip_prefix("parameter").filter(|name| name.starts_with('/'));
    match name {
        Some(name) if here => Ok(name.to_owned()),
        _ => Err(SsmError::ParameterNotFound),
    }
}

/// A name and the selector behind it, if there is one.
pub(crate) fn split(text: &str) -> Result<(&str, Option<&str>), SsmError> {
    let Some((name, selector)) = text.split_once(':') else { return Ok((text, None)) };
    if selector.is_empty() || selector.contains(':') {
        let message = "Invalid parameter name. Please use correct syntax for referencing a version/label \
                       <name>:<version/label>";
        return Err(SsmError::validation(message));
    }
    Ok((name, Some(selector)))
}

impl Selector {
    fn of(text: &str) -> Self {
        // Digits alone: Rust's parser takes a plus sign before them as well.
        let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.map_or_else(|| Self::Label(text.to_owned()), Self::Version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, call_of};
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let call = call_of(ACCOUNT);
        let answer = match Reference::parse(text, &call) {
            Ok(reference) => format!("{} {:?}", reference.arn(&call.region), reference.selector),
            Err(error) => format!("{error:?}"),
        };
        expected.assert_eq(&answer);
    }

    #[test]
    fn names_and_arns_carry_selectors() {
        check("x", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/x Newest"]);
        check("/a/b:3", expect!["arn:aws:ssm:us-east-1:111122223333:parameter/a/b Version(3)"]);
        check("x:prod", expect![[r#"arn:aws:ssm:us-east-1:111122223333:parameter/x Label("prod")"#]]);
        check(
            "arn:aws:ssm:us-east-1:111122223333:parameter/x",
            expect!["arn:aws:ssm:us-east-1:111122223333:parameter/x Newest"],
        );
        check(
            "arn:aws:ssm:us-east-1:444455556666:parameter/a/b:7",
            expect!["arn:aws:ssm:us-east-1:444455556666:parameter/a/b Version(7)"],
        );
        check(
            "x:1:2",
            expect![[
                r#"Validation("Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>")"#
            ]],
        );
        check(
            "x:",
            expect![[
                r#"Validation("Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>")"#
            ]],
        );
        check("x:+1", expect![[r#"arn:aws:ssm:us-east-1:111122223333:parameter/x Label("+1")"#]]);
        check("arn:aws-cn:ssm:us-east-1:111122223333:parameter/x", expect!["ParameterNotFound"]);
        check("arn:aws:ssm:eu-west-1:111122223333:parameter/x", expect!["ParameterNotFound"]);
        check("arn:aws:ssm:us-east-1:111122223333:document/x", expect!["ParameterNotFound"]);
        check("arn:aws:ssm", expect!["ParameterNotFound"]);
    }
}

//! What a caller may call a key: its id, its ARN, the name of an alias, the ARN of an alias.
//!
//! Forms: <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>

use crate::{KmsError, tables};
use replica::{AccountId, Arn, Partition, Region, View};
use service::Call;

/// A key, named for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPath {
    /// The owner.
    pub(crate) account: AccountId,
    /// A UUID in lower case, or `mrk-` and 32 hexadecimal digits.
    pub(crate) key_id: String,
    /// The key's ARN.
    pub(crate) arn: Arn,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AliasPath {
    /// The owner.
    pub(crate) account: AccountId,
    /// With its prefix `alias/`.
    pub(crate) name: String,
    /// The alias's ARN.
    pub(crate) arn: Arn,
}

/// A well-formed name of a key of this Region. Whether there is such a key is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyName {
    /// By key id or key ARN.
    Key(KeyPath),
    /// By alias name or alias ARN.
    Alias(AliasPath),
}

impl KeyPath {
    /// The key `key_id` of `account`.
    pub(crate) fn new(region: &Region, account: &AccountId, key_id: &str) -> Self {
        let arn = Arn::new("kms", region, account, format!("key/{key_id}"));
        Self { account: account.clone(), key_id: key_id.to_owned(), arn }
    }

    /// Reads an id or an ARN: what most operations take.
    pub(crate) fn parse(text: &str, call: &Call) -> Result<Self, KmsError> {
        match KeyName::parse(text, call)? {
            KeyName::Key(path) => Ok(path),
            KeyName::Alias(_) => Err(invalid_id(text)),
        }
    }
}

impl AliasPath {
    /// The alias `name`, with its prefix, of `account`.
    pub(crate) fn new(region: &Region, account: &AccountId, name: &str) -> Self {
        let arn = Arn::new("kms", region, account, name);
        Self { account: account.clone(), name: name.to_owned(), arn }
    }
}

impl KeyName {
    /// Reads any of the four forms. What names no account is of the caller's.
    pub(crate) fn parse(text: &str, call: &Call) -> Result<Self, KmsError> {
        let own = &call.caller.account;
        if !text.starts_with("arn:") {
            return Self::in_account(text, own, &call.region, invalid_id);
        }
        let invalid = |text: &str| KmsError::InvalidArn { text: text.to_owned() };
        let arn: Arn = text.parse().map_err(|_| invalid(text))?;
        if arn.service != "kms" || arn.partition != Partition::of(&call.region).as_str() {
            return Err(invalid(text));
        }
        if arn.region != call.region.as_str() {
            return Err(invalid(&arn.region));
        }
        let account = arn.account.parse().map_err(|_| invalid(text))?;
        match arn.resource.strip_prefix("key/") {
            Some(key_id) => Self::in_account(key_id, &account, &call.region, |_| invalid(text)),
            None if arn.resource.starts_with("alias/") => {
                Self::in_account(&arn.resource, &account, &call.region, |_| invalid(text))
            }
            None => Err(invalid(text)),
        }
    }

    fn in_account(
        text: &str,
        account: &AccountId,
        region: &Region,
        invalid: impl FnOnce(&str) -> KmsError,
    ) -> Result<Self, KmsError> {
        if is_alias_name(text) {
            return Ok(Self::Alias(AliasPath::new(region, account, text)));
        }
        if is_key_id(text) { Ok(Self::Key(KeyPath::new(region, account, text))) } else { Err(invalid(text)) }
    }

    /// The account that the name is of.
    pub(crate) fn account(&self) -> &AccountId {
        match self {
            Self::Key(path) => &path.account,
            Self::Alias(path) => &path.account,
        }
    }

    /// The name as an ARN.
    pub(crate) fn arn(&self) -> &Arn {
        match self {
            Self::Key(path) => &path.arn,
            Self::Alias(path) => &path.arn,
        }
    }

    /// The alias that it goes by.
    pub(crate) fn alias(&self) -> Option<&str> {
        match self {
            Self::Key(_) => None,
            Self::Alias(path) => Some(&path.name),
        }
    }

    /// The key that it names as of `view`; `None` for an alias that nobody made.
    pub(crate) fn target(&self, view: &dyn View, region: &Region) -> Option<KeyPath> {
        match self {
            Self::Key(path) => Some(path.clone()),
            Self::Alias(path) => {
                let alias = tables::alias(view, &path.account, &path.name)?;
                Some(KeyPath::new(region, &path.account, &alias.target_key_id))
            }
        }
    }

    /// The error for a name that nothing goes by.
    pub(crate) fn not_found(&self) -> KmsError {
        match self {
            Self::Key(path) => KmsError::KeyNotFound { arn: path.arn.to_string() },
            Self::Alias(path) => KmsError::AliasNotFound { arn: path.arn.to_string() },
        }
    }
}

fn invalid_id(text: &str) -> KmsError {
    KmsError::InvalidKeyId { text: text.to_owned() }
}

fn is_key_id(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if let Some(digits) = text.strip_prefix("mrk-") {
        return digits.len() == 32 && hex(digits);
    }
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.into_iter().all(hex)
}

fn is_alias_name(text: &str) -> bool {
    const ALIAS_BYTES_MAX: usize = 256;
    let Some(name) = text.strip_prefix("alias/") else { return false };
    let letters = |b: u8| b.is_ascii_alphanumeric() || b":/_-".contains(&b);
    !name.is_empty() && text.len() <= ALIAS_BYTES_MAX && name.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::call_of;
    use expect_test::{Expect, expect};

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn check(text: &str, expected: Expect) {
        let read = match KeyName::parse(text, &call_of("111122223333")) {
            Ok(KeyName::Key(path)) => path.arn.to_string(),
            Ok(KeyName::Alias(path)) => format!("{} {}", path.name, path.arn),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&read);
    }

    #[test]
    fn the_four_forms_name_a_key() {
        check(ID, expect!["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]);
        check(
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            expect!["arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"],
        );
        check(
            "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        );
        check("alias/a:b/c_d-e", expect!["alias/a:b/c_d-e arn:aws:kms:us-east-1:111122223333:alias/a:b/c_d-e"]);
        check(
            "arn:aws:kms:us-east-1:444455556666:alias/x",
            expect!["alias/x arn:aws:kms:us-east-1:444455556666:alias/x"],
        );
    }

    #[test]
    fn what_is_no_name_is_told_as_aws_tells_it() {
        check("", expect!["Invalid keyId ''"]);
        check("x", expect!["Invalid keyId 'x'"]);
        check("1234ABCD-12ab-34cd-56ef-1234567890ab", expect!["Invalid keyId '1234ABCD-12ab-34cd-56ef-1234567890ab'"]);
        check("mrk-12", expect!["Invalid keyId 'mrk-12'"]);
        check("alias/", expect!["Invalid keyId 'alias/'"]);
        check("alias/a b", expect!["Invalid keyId 'alias/a b'"]);
        check(
            "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["Invalid arn eu-west-1"],
        );
        check(
            "arn:aws-cn:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["Invalid arn arn:aws-cn:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        );
        check(
            "arn:aws:ssm:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["Invalid arn arn:aws:ssm:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        );
        check(
            "arn:aws:kms:us-east-1:4444:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["Invalid arn arn:aws:kms:us-east-1:4444:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        );
        check(
            "arn:aws:kms:us-east-1:444455556666:key/x",
            expect!["Invalid arn arn:aws:kms:us-east-1:444455556666:key/x"],
        );
        check(
            "arn:aws:kms:us-east-1:444455556666:1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["Invalid arn arn:aws:kms:us-east-1:444455556666:1234abcd-12ab-34cd-56ef-1234567890ab"],
        );
        check("arn:aws:kms", expect!["Invalid arn arn:aws:kms"]);
    }

    #[test]
    fn operations_that_take_no_alias_refuse_one() {
        for text in ["alias/x", "arn:aws:kms:us-east-1:111122223333:alias/x"] {
            let error = KeyPath::parse(text, &call_of("111122223333")).expect_err("an alias");
            assert_eq!(error.to_string(), format!("Invalid keyId '{text}'"));
        }
        assert!(KeyPath::parse(ID, &call_of("111122223333")).is_ok());
    }
}

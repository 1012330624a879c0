//! Aliases of the account's own: their names, the rights that changing one takes, and how many a key may have.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html>

use crate::conditions::Conditions;
use crate::key_name::{AliasPath, KeyName, KeyPath};
use crate::refused::Refused;
use crate::{Kms, KmsError, tables};
use access::Permit;
use access::quota::{self, Quota};
use replica::{AccountId, Arn, Refusal, View};
use service::Call;

const PREFIX: &str = "alias/";
const RESERVED: &str = "alias/aws/";

/// Reads the name of an alias that is to be made, moved or deleted.
pub(crate) fn parse(text: Option<&str>, call: &Call) -> Result<AliasPath, KmsError> {
    let text = text.unwrap_or_default();
    let invalid = |message: String| Err(KmsError::Validation { message });
    let Some(name) = text.strip_prefix(PREFIX) else {
        return invalid(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
                .to_owned(),
        );
    };
    if text.starts_with(RESERVED) {
        return Err(KmsError::AliasReserved);
    }
    if name.is_empty() {
        return Err(KmsError::InvalidAliasName);
    }
    if name.contains(':') {
        return invalid(format!("{text} contains invalid characters for an alias"));
    }
    Ok(AliasPath::new(&call.region, &call.caller.account, text))
}

impl Kms {
    /// The permission to do `action` to the alias, which takes the same for each of the keys that are concerned.
    pub(crate) fn permit_alias(
        &self,
        view: &dyn View,
        call: &Call,
        action: &'static str,
        alias: &AliasPath,
        keys: &[&KeyPath],
    ) -> Result<Permit, KmsError> {
        for key in keys {
            let name = KeyName::Key((*key).clone());
            let _same_account_as_the_alias = self.permitted_key(view, call, action, &name, |conditions| conditions)?;
        }
        self.authorize(view, call, action, &alias.arn, Conditions::of_call(call))
    }
}

/// The key that the alias names as of `view`.
pub(crate) fn target(view: &dyn View, call: &Call, alias: &AliasPath) -> Option<KeyPath> {
    let record = tables::alias(view, &alias.account, &alias.name)?;
    Some(KeyPath::new(&call.region, &alias.account, &record.target_key_id))
}

/// Refuses an alias more than the key may have.
pub(crate) fn check_quota(view: &dyn View, account: &AccountId, key_id: &str) -> Result<(), Refused> {
    let aliases = replica::scan_all(view, tables::key_alias_rows(account, key_id).as_bytes()).len();
    let limit = quota::limit(view, account, Quota::KmsAliasesPerKey);
    if aliases as u64 >= limit { Err(Refused::AliasQuotaReached) } else { Ok(()) }
}

/// The error of a refusal of a command about `alias` and the key `key`.
pub(crate) fn error(refusal: &Refusal, alias: &AliasPath, key: &Arn) -> KmsError {
    let arn = alias.arn.to_string();
    match Refused::read(refusal) {
        Some(Refused::AliasTaken) => KmsError::AliasExists { arn },
        Some(Refused::AliasNotFound) => KmsError::AliasNotFound { arn },
        _ => Refused::error(refusal, key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::call_of;
    use expect_test::{Expect, expect};
    use service::Fault;

    fn check(text: &str, expected: Expect) {
        let read = match parse(Some(text), &call_of("111122223333")) {
            Ok(path) => path.arn.to_string(),
            Err(error) => {
                let fault = Fault::from(error);
                format!("{}: {}", fault.code, fault.message)
            }
        };
        expected.assert_eq(&read);
    }

    #[test]
    fn names_are_held_to_awss_rules() {
        check("alias/my-key_1/x", expect!["arn:aws:kms:us-east-1:111122223333:alias/my-key_1/x"]);
        check("alias/aws", expect!["arn:aws:kms:us-east-1:111122223333:alias/aws"]);
        let no_prefix = expect![
            r#"ValidationException: Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"#
        ];
        check("mine", no_prefix);
        check(
            "alias/",
            expect![
                "InvalidAliasNameException: The request was rejected because the specified alias name is not valid."
            ],
        );
        check("alias/aws/", expect!["NotAuthorizedException: "]);
        check("alias/aws/ssm", expect!["NotAuthorizedException: "]);
        check("alias/a:b", expect!["ValidationException: alias/a:b contains invalid characters for an alias"]);
    }
}

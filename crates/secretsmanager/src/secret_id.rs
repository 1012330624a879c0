//! Names of secrets, and what a caller may call one: its name, its ARN, its ARN without the six characters at the end.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen>

use crate::SecretsError;
use crate::limits::SUFFIX_CHARS;
use crate::tables::{self, SecretRecord};
use replica::{AccountId, Arn, Partition, Region, View};
use service::Call;

/// The name of a secret, as CreateSecret takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretName(String);

impl SecretName {
    /// Holds a name to AWS's letters; its length is held to the model.
    pub(crate) fn parse(text: &str) -> Result<Self, SecretsError> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_+=.@".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_letter) {
            return Err(SecretsError::invalid(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: \
                 -/_+=.@!",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What names a secret. Whether there is such a secret is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretId {
    account: AccountId,
    /// What a call is authorized on when nothing goes by this name.
    named: Arn,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Name(String),
    /// What follows `secret:` in an ARN.
    Arn(String),
    /// An ARN that no secret of this Region can have.
    Nothing,
}

impl SecretId {
    /// Reads any of the forms. What names no account is of the caller's.
    pub(crate) fn parse(text: &str, call: &Call) -> Self {
        let own = &call.caller.account;
        let of_own = |form| Self { account: own.clone(), named: arn_of(&call.region, own, text), form };
        if !text.starts_with("arn:") {
            return of_own(Form::Name(text.to_owned()));
        }
        let parsed = text.parse::<Arn>().ok().filter(|arn| {
            arn.service == "secretsmanager"
                && arn.partition == Partition::of(&call.region).as_str()
                && arn.region == call.region.as_str()
        });
        let account = parsed.as_ref().and_then(|arn| arn.account.parse().ok());
        let resource = parsed.as_ref().and_then(|arn| arn.resource.strip_prefix("secret:")).map(str::to_owned);
        match (parsed, account, resource) {
            (Some(named), Some(account), Some(resource)) => Self { account, named, form: Form::Arn(resource) },
            _ => of_own(Form::Nothing),
        }
    }

    /// The account that the secret is of.
    pub(crate) fn account(&self) -> &AccountId {
        &self.account
    }

    /// The ARN to answer for a name that nothing goes by.
    pub(crate) fn named(&self) -> &Arn {
        &self.named
    }

    /// The name to answer when nothing goes by it.
    pub(crate) fn name(&self) -> &str {
        match &self.form {
            Form::Name(name) | Form::Arn(name) => name,
            Form::Nothing => "",
        }
    }

    /// The secret that goes by this in `view`. A whole ARN is tried before one without its suffix.
    pub(crate) fn find(&self, view: &dyn View) -> Option<SecretRecord> {
        match &self.form {
            Form::Name(name) => tables::secret(view, &self.account, name),
            Form::Arn(resource) => self.by_whole_arn(view, resource).or_else(|| {
                let partial = resource.as_str();
                tables::secret(view, &self.account, partial)
            }),
            Form::Nothing => None,
        }
    }

    fn by_whole_arn(&self, view: &dyn View, resource: &str) -> Option<SecretRecord> {
        let (name, suffix) = resource.rsplit_once('-').filter(|(_, suffix)| suffix.len() == SUFFIX_CHARS)?;
        tables::secret(view, &self.account, name).filter(|record| record.suffix == suffix)
    }
}

/// The ARN of a secret, or what stands for one.
pub(crate) fn arn_of(region: &Region, account: &AccountId, name_and_suffix: &str) -> Arn {
    Arn::new("secretsmanager", region, account, format!("secret:{name_and_suffix}"))
}

/// The ARN of an existing secret.
pub(crate) fn arn_of_record(region: &Region, account: &AccountId, record: &SecretRecord) -> Arn {
    arn_of(region, account, &format!("{}-{}", record.name, record.suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, call_of};
    use replica::Writes;
    use replica::testing::Tables;

    #[test]
    fn names_are_held_to_awss_letters() {
        for (name, good) in [("a/B_9+=.@-", true), ("a b", false), ("a!", false), ("\u{e4}", false), ("a:b", false)] {
            assert_eq!(SecretName::parse(name).is_ok(), good, "{name}");
        }
    }

    #[test]
    fn a_secret_goes_by_its_name_its_arn_and_the_arn_without_its_end() {
        let (mut tables, call) = (Tables::default(), call_of(ACCOUNT));
        let account: AccountId = ACCOUNT.parse().expect("an account");
        for (name, suffix) in [("app", "AAAAAA"), ("app-BBBBBB", "CCCCCC"), ("db-DDDDDD", "EEEEEE")] {
            let record = SecretRecord { name: name.to_owned(), suffix: suffix.to_owned(), ..SecretRecord::default() };
            let mut writes = Writes::new();
            tables::put_secret(&mut writes, &account, None, &record);
            tables.commit(&writes);
        }
        let prefix = format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:");
        let rows = [
            ("app".to_owned(), Some("app")),
            (format!("{prefix}app"), Some("app")),
            (format!("{prefix}app-AAAAAA"), Some("app")),
            (format!("{prefix}app-ZZZZZZ"), None),
            // Looks like the whole ARN of `app`, is part of another's.
            (format!("{prefix}app-BBBBBB"), Some("app-BBBBBB")),
            (format!("{prefix}app-BBBBBB-CCCCCC"), Some("app-BBBBBB")),
            (format!("{prefix}db-DDDDDD"), Some("db-DDDDDD")),
            ("app-AAAAAA".to_owned(), None),
            (format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app-AAAAAA"), None),
            (format!("arn:aws:ssm:us-east-1:{ACCOUNT}:secret:app-AAAAAA"), None),
            ("arn:aws:secretsmanager".to_owned(), None),
        ];
        for (text, expected) in rows {
            let found = SecretId::parse(&text, &call).find(&tables).map(|record| record.name);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}

//! Key policies, as far as they are enforced: the default one, which gives the key to its account.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>

use crate::KmsError;
use crate::limits::KEY_POLICY_BYTES_MAX;
use replica::{AccountId, Partition};
use serde_json::{Map, Value};

/// Accepts the document if it says what the default policy says, in whatever spelling. Any other is refused, for it
/// would not be enforced.
pub(crate) fn check_default(document: &str, account: &AccountId, partition: &Partition) -> Result<(), KmsError> {
    if document.len() > KEY_POLICY_BYTES_MAX {
        return Err(KmsError::LimitExceeded { what: "The key policy is longer than 32768 bytes." });
    }
    let malformed = |reason| KmsError::MalformedPolicy { reason };
    let policy: Value = serde_json::from_str(document).map_err(|_| malformed("it is not JSON"))?;
    let policy = policy.as_object().ok_or_else(|| malformed("it is not an object"))?;
    let statement = policy.get("Statement").ok_or_else(|| malformed("it has no Statement"))?;
    let known = policy.keys().all(|key| ["Version", "Id", "Statement"].contains(&key.as_str()));
    let is_default = match one_of(statement) {
        Some(Value::Object(statement)) => gives_all_to_root(statement, account, partition),
        _ => false,
    };
    if known && is_default {
        Ok(())
    } else {
        Err(KmsError::Unsupported { what: "A key policy other than the default" })
    }
}

fn gives_all_to_root(statement: &Map<String, Value>, account: &AccountId, partition: &Partition) -> bool {
    let says = |key: &str, expected: &str| statement.get(key).and_then(one_of).is_some_and(|value| value == expected);
    let known = ["Sid", "Effect", "Principal", "Action", "Resource"];
    let root = account.root_arn(partition).to_string();
    let principal = match statement.get("Principal") {
        Some(Value::Object(kinds)) if kinds.len() == 1 => kinds.get("AWS").and_then(one_of),
        _ => None,
    };
    statement.keys().all(|key| known.contains(&key.as_str()))
        && says("Effect", "Allow")
        && says("Action", "kms:*")
        && says("Resource", "*")
        && principal.is_some_and(|principal| *principal == *root || *principal == *account.as_str())
}

/// The value, or the only element of a list.
fn one_of(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(list) => {
            if let [only] = list.as_slice() {
                Some(only)
            } else {
                None
            }
        }
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, expected: &str) {
        let account = "111122223333".parse().expect("account");
        let partition = Partition::of(&"us-east-1".parse().expect("Region"));
        let answer = check_default(document, &account, &partition);
        assert_eq!(answer.map_err(|error| error.to_string()), expected.is_empty().then_some(()).ok_or(expected.into()));
    }

    #[test]
    fn the_default_policy_is_accepted_in_every_spelling() {
        let root = "arn:aws:iam::111122223333:root";
        check(
            &format!(
                r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable","Effect":"Allow",
                "Principal":{{"AWS":"{root}"}},"Action":"kms:*","Resource":"*"}}]}}"#
            ),
            "",
        );
        check(
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":["kms:*"],"Resource":["*"]}}"#,
            "",
        );
    }

    #[test]
    fn any_other_policy_is_refused() {
        let unsupported = "A key policy other than the default is not supported by this cluster.";
        for document in [
            r#"{"Statement":[]}"#,
            r#"{"Statement":{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Encrypt","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*",
                "Condition":{}}}"#,
        ] {
            check(document, unsupported);
        }
        check("{", "The policy document is not valid: it is not JSON");
        check("[]", "The policy document is not valid: it is not an object");
        check("{}", "The policy document is not valid: it has no Statement");
        check(&" ".repeat(KEY_POLICY_BYTES_MAX + 1), "The key policy is longer than 32768 bytes.");
    }
}

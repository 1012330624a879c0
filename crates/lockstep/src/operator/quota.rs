//! `lockstep operator quota`: what an account uses of what it may have, and how much that is.

use super::refused;
use crate::cli::QuotaTask;
use crate::output::table;
use anyhow::{Result, bail};
use node::admin::AdminClient;
use node::v1::{ListQuotasRequest, ListQuotasResponse, SetQuotaProfileRequest, SetQuotaRequest};
use serde_json::{Value, json};

/// The account of callers that say none.
const ACCOUNT_DEFAULT: &str = "000000000000";

/// Does one task, or shows how `account` stands.
pub(super) async fn run(node: &mut AdminClient, account: Option<&str>, task: Option<&QuotaTask>) -> Result<Value> {
    let account = shown(account, task)?;
    match task {
        None => {
            let request = ListQuotasRequest { account: account.to_owned() };
            Ok(document(account, &node.list_quotas(request).await.map_err(refused)?.into_inner()))
        }
        Some(QuotaTask::Set { account, name, number }) => {
            let request = SetQuotaRequest { account: account.clone(), name: name.clone(), limit: Some(*number) };
            node.set_quota(request).await.map_err(refused)?;
            Ok(json!({ "account": account, "quota": name, "limit": number }))
        }
        Some(QuotaTask::Reset { account, name }) => {
            let request = SetQuotaRequest { account: account.clone(), name: name.clone(), limit: None };
            node.set_quota(request).await.map_err(refused)?;
            Ok(json!({ "account": account, "quota": name, "limit": "of the profile" }))
        }
        Some(QuotaTask::Profile { profile }) => {
            node.set_quota_profile(SetQuotaProfileRequest { profile: profile.clone() }).await.map_err(refused)?;
            Ok(json!({ "profile": profile }))
        }
    }
}

/// The account to show. One that a task does not look at would be mistaken for the task's own.
fn shown<'a>(account: Option<&'a str>, task: Option<&QuotaTask>) -> Result<&'a str> {
    if account.is_some() && task.is_some() {
        bail!("--account stands behind set or reset; a profile is every account's");
    }
    Ok(account.unwrap_or(ACCOUNT_DEFAULT))
}

fn document(account: &str, listed: &ListQuotasResponse) -> Value {
    let quotas = listed
        .quotas
        .iter()
        .map(|quota| json!({ "name": quota.name, "used": quota.used, "limit": quota.limit, "own": quota.own }));
    json!({ "account": account, "profile": listed.profile, "quotas": quotas.collect::<Vec<_>>() })
}

/// The document of an account for people.
pub(super) fn columns(document: &Value) -> String {
    let quotas = document["quotas"].as_array().expect("a document lists quotas");
    let row = |quota: &Value| {
        let origin = if quota["own"] == true { "operator" } else { document["profile"].as_str().unwrap_or_default() };
        // What is inside one resource is not counted over the account.
        let used = quota["used"].as_u64().map_or_else(|| "-".to_owned(), |used| used.to_string());
        let name = quota["name"].as_str().unwrap_or_default().to_owned();
        [name, used, quota["limit"].to_string(), origin.to_owned()]
    };
    table(&["QUOTA", "USED", "LIMIT", "SET BY"], quotas.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use node::v1::QuotaStanding;

    #[test]
    fn an_account_that_a_task_does_not_look_at_is_refused() {
        let profile = QuotaTask::Profile { profile: "aws".to_owned() };
        for (account, task, expected) in [
            (None, None, Some(ACCOUNT_DEFAULT)),
            (Some("111122223333"), None, Some("111122223333")),
            (None, Some(&profile), Some(ACCOUNT_DEFAULT)),
            (Some("111122223333"), Some(&profile), None),
        ] {
            assert_eq!(shown(account, task).ok(), expected);
        }
    }

    #[test]
    fn people_see_use_limit_and_who_set_it() {
        let standing = |name: &str, used, limit, own| QuotaStanding { name: name.to_owned(), used, limit, own };
        let quotas = vec![
            standing("kms-keys", Some(3), 7, true),
            standing("secrets", Some(0), 500_000, false),
            standing("kms-aliases-per-key", None, 50, false),
        ];
        let listed = ListQuotasResponse { profile: "classic".to_owned(), quotas };
        let columns = columns(&document("111122223333", &listed));
        let words: Vec<Vec<&str>> = columns.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0], ["QUOTA", "USED", "LIMIT", "SET", "BY"]);
        assert_eq!(words[1], ["kms-keys", "3", "7", "operator"]);
        assert_eq!(words[2], ["secrets", "0", "500000", "classic"]);
        assert_eq!(words[3], ["kms-aliases-per-key", "-", "50", "classic"]);
    }
}

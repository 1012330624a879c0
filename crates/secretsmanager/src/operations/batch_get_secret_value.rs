//! BatchGetSecretValue: the current values of several secrets, named or found by filters. What cannot be read is told
//! beside what can.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>. Every secret is one
//! GetSecretValue, authorized and recorded as such.

use crate::filter::Filters;
use crate::limits::BATCH_PAGE_MAX;
use crate::listing::{self, Wanted};
use crate::operations::get_secret_value;
use crate::secret_id::{arn_of, arn_of_record};
use crate::tables::Order;
use crate::{SecretsError, SecretsManager};
use proto::secretsmanager::v1::{
    ApiErrorType, BatchGetSecretValueRequest, BatchGetSecretValueResponse, GetSecretValueRequest,
    GetSecretValueResponse, SecretValueEntry,
};
use replica::View;
use service::{Call, Fault, FaultKind};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: BatchGetSecretValueRequest,
) -> Result<BatchGetSecretValueResponse, Fault> {
    check(&request)?;
    let view = secrets.replica.read().await?;
    let any = arn_of(&call.region, &call.caller.account, "*");
    let _permit = secrets.authorize(&*view, &call, "secretsmanager:BatchGetSecretValue", &any, &[])?;
    let (ids, next_token) = match request.secret_id_list.is_empty() {
        false => (request.secret_id_list, None),
        true => secrets.found_by(&*view, &call, &request)?,
    };
    let mut response = BatchGetSecretValueResponse { next_token, ..BatchGetSecretValueResponse::default() };
    for id in ids {
        let one = GetSecretValueRequest { secret_id: Some(id.clone()), ..GetSecretValueRequest::default() };
        let answer = get_secret_value::get(&secrets, &*view, &call, &one).map_err(Fault::from);
        secrets.record_read(&call, &one, &answer)?;
        match answer {
            Ok(found) => response.secret_values.push(entry(found)),
            Err(fault) if is_of_the_whole(&fault) => return Err(fault),
            Err(fault) => response.errors.push(ApiErrorType {
                secret_id: Some(id),
                error_code: Some(fault.code.to_owned()),
                message: Some(fault.message),
            }),
        }
    }
    Ok(response)
}

/// Whether nothing at all can be read.
fn is_of_the_whole(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Unauthenticated | FaultKind::Unavailable | FaultKind::Internal)
}

fn check(request: &BatchGetSecretValueRequest) -> Result<(), SecretsError> {
    let message = match (request.secret_id_list.is_empty(), request.filters.is_empty()) {
        (true, true) => "You must provide either SecretIdList or Filters.",
        (false, false) => "You can't provide both SecretIdList and Filters.",
        (false, true) if request.max_results.is_some() || request.next_token.is_some() => {
            "You can use MaxResults and NextToken with Filters only."
        }
        _ => return Ok(()),
    };
    Err(SecretsError::invalid(message))
}

impl SecretsManager {
    /// The ARNs of a page of secrets that pass the filters, and the token of the next page.
    fn found_by(
        &self,
        view: &dyn View,
        call: &Call,
        request: &BatchGetSecretValueRequest,
    ) -> Result<(Vec<String>, Option<String>), SecretsError> {
        let filters = Filters::parse(&request.filters)?;
        let (region, account) = (&call.region, &call.caller.account);
        let any = arn_of(region, account, "*");
        let _permit = self.authorize(view, call, "secretsmanager:ListSecrets", &any, &[])?;
        let filtered = Filters::scope(&request.filters);
        let scope = ["secretsmanager", "BatchGetSecretValue", account.as_str(), filtered.as_str()];
        let from = listing::start(&self.vault, &scope, request.next_token.as_deref())?;
        let limit = listing::limit(request.max_results, BATCH_PAGE_MAX);
        let wanted = Wanted { filters, deleted: false };
        let page = listing::walk(view, account, Order::Created, from, limit, &wanted);
        let arns = page.secrets.iter().map(|record| arn_of_record(region, account, record).to_string()).collect();
        Ok((arns, listing::token(&self.vault, &scope, page.next)?))
    }
}

fn entry(found: GetSecretValueResponse) -> SecretValueEntry {
    SecretValueEntry {
        arn: found.arn,
        name: found.name,
        version_id: found.version_id,
        secret_binary: found.secret_binary,
        secret_string: found.secret_string,
        version_stages: found.version_stages,
        created_date: found.created_date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use proto::secretsmanager::v1::{Filter, FilterNameStringType};

    fn by_list(ids: &[&str]) -> BatchGetSecretValueRequest {
        let secret_id_list = ids.iter().map(|id| (*id).to_owned()).collect();
        BatchGetSecretValueRequest { secret_id_list, ..BatchGetSecretValueRequest::default() }
    }

    fn by_name(start: &str) -> BatchGetSecretValueRequest {
        let filter = Filter { key: Some(FilterNameStringType::Name.into()), values: vec![start.to_owned()] };
        BatchGetSecretValueRequest { filters: vec![filter], ..BatchGetSecretValueRequest::default() }
    }

    fn values(response: &BatchGetSecretValueResponse) -> Vec<&str> {
        response.secret_values.iter().map(|entry| entry.secret_string()).collect()
    }

    #[test]
    fn what_can_be_read_is_and_what_cannot_is_told() {
        let world = World::new();
        let arn = world.create("a", "1");
        world.create("b", "2");
        let answer = world.run(run, by_list(&["b", "nobody", &arn])).expect("an answer");
        assert_eq!(values(&answer), ["2", "1"]);
        let errors: Vec<_> = answer.errors.iter().map(|error| (error.secret_id(), error.error_code())).collect();
        assert_eq!(errors, [("nobody", "ResourceNotFoundException")]);
        let reads = world.events().into_iter().filter(|event| event.starts_with("GetSecretValue")).collect::<Vec<_>>();
        assert_eq!(reads, ["GetSecretValue ", "GetSecretValue ResourceNotFoundException", "GetSecretValue "]);
    }

    #[test]
    fn filters_find_page_by_page() {
        let world = World::new();
        (0..3).for_each(|n| drop(world.create(&format!("app/{n}"), &n.to_string())));
        world.create("other", "x");
        let first = BatchGetSecretValueRequest { max_results: Some(2), ..by_name("app/") };
        let first = world.run(run, first).expect("a page");
        let rest = BatchGetSecretValueRequest { next_token: first.next_token.clone(), ..by_name("app/") };
        let rest = world.run(run, rest).expect("a page");
        assert_eq!((values(&first), values(&rest), rest.next_token.as_deref()), (vec!["0", "1"], vec!["2"], None));
        let other = BatchGetSecretValueRequest { next_token: first.next_token.clone(), ..by_name("other") };
        assert_eq!(world.run(run, other).expect_err("another listing").code, "InvalidNextTokenException");
    }

    #[test]
    fn a_request_has_names_or_filters() {
        let both = BatchGetSecretValueRequest { filters: by_name("a").filters, ..by_list(&["a"]) };
        let paged = BatchGetSecretValueRequest { max_results: Some(1), ..by_list(&["a"]) };
        for request in [BatchGetSecretValueRequest::default(), both, paged] {
            assert_eq!(World::new().run(run, request).expect_err("refused").code, "InvalidParameterException");
        }
    }
}

//! GetParametersByPath: the parameters below a path, one level deep or all, in pages.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>

use crate::filter::Filters;
use crate::limits::PATH_PAGE_MAX;
use crate::parameter_name::arn_of;
use crate::path::ParameterPath;
use crate::walk::{Walked, walk};
use crate::{Ssm, page};
use proto::ssm::v1::{GetParametersByPathRequest, GetParametersByPathResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: GetParametersByPathRequest,
) -> Result<GetParametersByPathResponse, Fault> {
    let path = ParameterPath::parse(request.path.as_deref().unwrap_or_default())?;
    let filters = Filters::of_path(&request.parameter_filters)?;
    let recursive = request.recursive.unwrap_or_default();
    let (region, account) = (&call.region, &call.caller.account);
    let view = ssm.replica.read().await?;
    let own = [("ssm:Recursive".into(), vec![recursive.to_string()])];
    let _permit = ssm.authorize(&*view, &call, "ssm:GetParametersByPath", &path.arn(region, account), &own)?;

    let depth = if recursive { "all" } else { "one" };
    let scope = ["ssm", "GetParametersByPath", account.as_str(), path.as_str(), depth, filters.as_str()];
    let from = page::start(&ssm, &scope, request.next_token.as_deref())?;
    let limit = page::limit(request.max_results, PATH_PAGE_MAX);
    let spans = [path.span(account, recursive)];
    let Walked { parameters, next } = walk(&*view, account, &spans, from, limit, |record| filters.take(record));

    let decrypted = request.with_decryption.unwrap_or_default();
    let mut answer = GetParametersByPathResponse::default();
    for parameter in parameters {
        let arn = arn_of(region, account, &parameter.name);
        let found = filters.show(&*view, account, parameter);
        answer.parameters.push(ssm.show(&*view, &call, &arn, found, decrypted)?);
    }
    answer.next_token = page::token(&ssm, &scope, next)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{OTHER_ACCOUNT, World};
    use proto::ssm::v1::{ParameterStringFilter, ParameterType};

    fn request(path: &str, recursive: bool) -> GetParametersByPathRequest {
        GetParametersByPathRequest {
            path: Some(path.to_owned()),
            recursive: Some(recursive),
            with_decryption: Some(true),
            ..GetParametersByPathRequest::default()
        }
    }

    fn world() -> World {
        let world = World::new();
        for n in 0..12 {
            world.put(&format!("/app/{n:02}"), ParameterType::String, "v");
        }
        world.put("/app/deep/secret", ParameterType::SecureString, "s");
        world.put("/other", ParameterType::String, "o");
        world
    }

    fn shown(answer: &GetParametersByPathResponse) -> String {
        let show = |p: &proto::ssm::v1::Parameter| format!("{}={}", p.name(), p.value());
        answer.parameters.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pages_hold_everything_below_the_path_once() {
        let world = world();
        let first = world.run(run, request("/app", true)).expect("a page");
        assert_eq!(first.parameters.len(), 10);
        let rest = GetParametersByPathRequest { next_token: first.next_token, ..request("/app", true) };
        let rest = world.run(run, rest).expect("a page");
        assert_eq!((shown(&rest).as_str(), rest.next_token), ("/app/10=v /app/11=v /app/deep/secret=s", None));
        let deep = world.run(run, request("/app/deep/", false)).expect("a page");
        assert_eq!(shown(&deep), "/app/deep/secret=s");
    }

    #[test]
    fn a_token_serves_its_own_listing_alone() {
        let world = world();
        let first = GetParametersByPathRequest { max_results: Some(1), ..request("/app", true) };
        let next_token = world.run(run, first).expect("a page").next_token;
        assert!(next_token.is_some());
        let with_token = |request| GetParametersByPathRequest { next_token: next_token.clone(), ..request };
        assert!(world.run(run, with_token(request("/app", true))).is_ok());
        let filter = ParameterStringFilter {
            key: Some("Type".to_owned()),
            values: vec!["String".to_owned()],
            ..ParameterStringFilter::default()
        };
        let filtered = GetParametersByPathRequest { parameter_filters: vec![filter], ..request("/app", true) };
        for other in [request("/", true), request("/app", false), filtered] {
            let fault = world.run(run, with_token(other)).expect_err("another listing");
            assert_eq!(fault.code, "InvalidNextToken");
        }
        let foreign = world.run_as(&world.call(OTHER_ACCOUNT), run, with_token(request("/app", true)));
        assert_eq!(foreign.expect_err("another account").code, "InvalidNextToken");
        let forged = GetParametersByPathRequest { next_token: Some("x".to_owned()), ..request("/app", true) };
        assert_eq!(world.run(run, forged).expect_err("forged").code, "InvalidNextToken");
    }

    #[test]
    fn filters_choose_by_type() {
        let filter = ParameterStringFilter {
            key: Some("Type".to_owned()),
            values: vec!["SecureString".to_owned()],
            ..ParameterStringFilter::default()
        };
        let filtered = GetParametersByPathRequest { parameter_filters: vec![filter], ..request("/", true) };
        assert_eq!(shown(&world().run(run, filtered).expect("a page")), "/app/deep/secret=s");
    }
}

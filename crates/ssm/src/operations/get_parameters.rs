//! GetParameters: up to ten parameters at once, sorted by name. Those that do not exist are listed, not refused.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>

use crate::named::Named;
use crate::{Ssm, SsmError};
use proto::ssm::v1::{GetParametersRequest, GetParametersResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: GetParametersRequest,
) -> Result<GetParametersResponse, Fault> {
    let parsed = request.names.iter().map(|name| Named::parse(name, &call));
    let all = parsed.collect::<Result<Vec<_>, SsmError>>()?;
    let decrypted = request.with_decryption.unwrap_or_default();
    let view = ssm.replica.read().await?;
    for named in &all {
        let _permit = ssm.authorize(&*view, &call, "ssm:GetParameters", &named.arn(&call), &[])?;
    }

    let mut answer = GetParametersResponse::default();
    for (named, name) in all.iter().zip(request.names) {
        use SsmError::{ParameterNotFound, SecretNotFound, VersionNotFound};
        match ssm.show_named(&*view, &call, named, decrypted).await {
            Ok(parameter) => answer.parameters.push(parameter),
            Err(ParameterNotFound | SecretNotFound { .. } | VersionNotFound { .. }) => {
                answer.invalid_parameters.push(name);
            }
            Err(error) => return Err(error.into()),
        }
    }
    answer.parameters.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use proto::ssm::v1::ParameterType;

    #[test]
    fn what_exists_is_answered_sorted_and_the_rest_is_listed() {
        let world = World::new();
        world.put("/b", ParameterType::SecureString, "2");
        world.put("/a", ParameterType::String, "1");
        world.put("/a", ParameterType::String, "3");
        let names = ["/b", "/nobody", "/a:1", "/a:9", "a"].map(str::to_owned).to_vec();
        let request = GetParametersRequest { names, with_decryption: Some(true) };
        let answer = world.run(run, request).expect("answered");
        let found: Vec<String> = answer
            .parameters
            .into_iter()
            .map(|p| format!("{}={}", p.name.expect("named"), p.value.expect("valued")))
            .collect();
        assert_eq!(found, ["/a=1", "/a=3", "/b=2"]);
        assert_eq!(answer.invalid_parameters, ["/nobody", "/a:9"]);
    }

    #[test]
    fn one_malformed_name_refuses_the_call() {
        let request = GetParametersRequest { names: vec!["/a".to_owned(), "a b".to_owned()], with_decryption: None };
        assert_eq!(World::new().run(run, request).expect_err("malformed").code, "ValidationException");
    }
}

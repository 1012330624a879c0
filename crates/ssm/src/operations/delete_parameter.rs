//! DeleteParameter: deletes one parameter with all its versions.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html>. It proposes the command of
//! DeleteParameters.

use super::delete_parameters::{delete, permit};
use crate::parameter_name::ParameterName;
use crate::{Ssm, SsmError};
use proto::ssm::v1::{DeleteParameterRequest, DeleteParameterResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: DeleteParameterRequest,
) -> Result<DeleteParameterResponse, Fault> {
    let names = [ParameterName::parse(request.name.as_deref().unwrap_or_default())?];
    let permit =
        service::decide(&*ssm.replica, |view| permit(&ssm, view, &call, "ssm:DeleteParameter", &names)).await?;
    let deleted = delete(&ssm, &call, permit, &names).await?;
    if deleted.is_empty() {
        return Err(SsmError::ParameterNotFound.into());
    }
    Ok(DeleteParameterResponse {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use proto::ssm::v1::ParameterType;

    #[test]
    fn a_parameter_is_deleted_once_and_a_repeated_attempt_gets_the_same_answer() {
        let world = World::new();
        world.put("x", ParameterType::String, "1");
        let (request, call) = (DeleteParameterRequest { name: Some("/x".to_owned()) }, world.call(ACCOUNT));
        assert!(world.run_as(&call, run, request.clone()).is_ok());
        assert!(world.run_as(&call, run, request.clone()).is_ok(), "the same call");
        let fault = world.run(run, request).expect_err("another call");
        assert_eq!((fault.code, fault.message.as_str()), ("ParameterNotFound", ""));
    }
}

//! STS GetCallerIdentity: who signed the request. Needs no permission, and no policy can deny it.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use crate::Iam;
use crate::error::IamError;
use access::credential_stands;
use proto::sts::v1::{GetCallerIdentityRequest, GetCallerIdentityResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(super) async fn run(
    iam: Arc<Iam>,
    call: Call,
    _request: GetCallerIdentityRequest,
) -> Result<GetCallerIdentityResponse, Fault> {
    Ok(answer(&iam, call).await?)
}

async fn answer(iam: &Iam, call: Call) -> Result<GetCallerIdentityResponse, IamError> {
    let view = iam.replica.read().await?;
    let caller = call.caller;
    credential_stands(iam, &*view, &caller).map_err(|_| IamError::CredentialGone)?;
    Ok(GetCallerIdentityResponse {
        user_id: Some(caller.user_id),
        account: Some(caller.account.to_string()),
        arn: Some(caller.arn),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CredentialStatus;
    use crate::testing::{Cluster, account, call};
    use access::CallerKind::{self, DevRoot, Root};

    async fn identity(cluster: &Cluster, kind: CallerKind, owner: &str, id: &str) -> Result<[String; 3], &'static str> {
        let call = call(kind, owner, id);
        let found = run(Arc::clone(&cluster.iam), call, GetCallerIdentityRequest::default()).await;
        let found = found.map_err(|fault| fault.code)?;
        Ok([found.user_id, found.account, found.arn].map(|member| member.expect("every member")))
    }

    #[tokio::test]
    async fn a_root_is_named_by_its_account_while_its_credential_stands() {
        let owner = "111122223333";
        let cluster = Cluster::born(false).await;
        let id = cluster.iam.create_root_credential(&account(owner)).await.expect("a credential").access_key_id;
        let id = id.as_str();
        let expected = [owner, owner, "arn:aws:iam::111122223333:root"].map(str::to_owned);
        assert_eq!(identity(&cluster, Root, owner, id).await, Ok(expected));
        assert_eq!(identity(&cluster, Root, "444455556666", id).await, Err("InvalidClientTokenId"));
        assert_eq!(identity(&cluster, Root, owner, "AKIANONE").await, Err("InvalidClientTokenId"));
        assert_eq!(identity(&cluster, DevRoot, owner, "test").await, Err("InvalidClientTokenId"));
        let off = CredentialStatus::Inactive;
        cluster.iam.set_credential_status(&account(owner), id, off).await.expect("switched off");
        assert_eq!(identity(&cluster, Root, owner, id).await, Err("InvalidClientTokenId"));
    }

    #[tokio::test]
    async fn a_dev_cluster_names_whom_it_does_not_know() {
        let cluster = Cluster::born(true).await;
        let expected = ["000000000000", "000000000000", "arn:aws:iam::000000000000:root"].map(str::to_owned);
        assert_eq!(identity(&cluster, DevRoot, "000000000000", "test").await, Ok(expected));
    }
}

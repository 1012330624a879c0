//! DeleteParameters: deletes up to ten parameters with all their versions. Those that do not exist are listed, not
//! refused.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html>

use crate::parameter_name::ParameterName;
use crate::tables::state::{DeleteParametersCommand, DeleteParametersReply};
use crate::tier::quota_of;
use crate::{Ssm, SsmError, tables};
use access::{Permit, quota};
use proto::ssm::v1::{DeleteParametersRequest, DeleteParametersResponse};
use replica::{AccountId, Applied, Command, Overlay, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: DeleteParametersRequest,
) -> Result<DeleteParametersResponse, Fault> {
    let parsed = request.names.iter().map(|name| ParameterName::parse(name));
    let names = parsed.collect::<Result<Vec<_>, SsmError>>()?;
    let permit =
        service::decide(&*ssm.replica, |view| permit(&ssm, view, &call, "ssm:DeleteParameters", &names)).await?;
    let deleted = delete(&ssm, &call, permit, &names).await?;
    let (deleted_parameters, invalid_parameters) = request
        .names
        .into_iter()
        .zip(names)
        .partition::<Vec<_>, _>(|(_, name)| deleted.contains(&name.as_str().to_owned()));
    let as_given = |list: Vec<(String, ParameterName)>| list.into_iter().map(|(given, _)| given).collect();
    Ok(DeleteParametersResponse {
        deleted_parameters: as_given(deleted_parameters),
        invalid_parameters: as_given(invalid_parameters),
    })
}

/// The permission to do `action` to every one of the names.
pub(crate) fn permit(
    ssm: &Ssm,
    view: &dyn View,
    call: &Call,
    action: &'static str,
    names: &[ParameterName],
) -> Result<Permit, SsmError> {
    let mut permit = None;
    for name in names {
        permit = Some(ssm.authorize(view, call, action, &name.arn(&call.region, &call.caller.account), &[])?);
    }
    permit.ok_or_else(|| SsmError::validation("At least one parameter name is required."))
}

/// Deletes; answers those of the names that were there.
pub(crate) async fn delete(
    ssm: &Ssm,
    call: &Call,
    permit: Permit,
    names: &[ParameterName],
) -> Result<Vec<String>, SsmError> {
    let names = names.iter().map(|name| name.as_str().to_owned()).collect();
    let command = DeleteParametersCommand { account: call.caller.account.to_string(), names };
    let result = ssm.propose(call.attempt, permit, command).await?;
    let reply = result.map_err(|refusal| SsmError::Internal { cause: format!("refusal {}", refusal.kind) })?;
    Ok(reply.deleted)
}

impl Command for DeleteParametersCommand {
    const KIND: u32 = kind::SSM + 1;
    type Reply = DeleteParametersReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<DeleteParametersReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let (mut writes, mut deleted) = (Writes::new(), Vec::new());
        let mut overlay = Overlay::new(view);
        for name in self.names {
            // Each name is looked up behind the deletions before it: one that comes twice is counted once.
            let Some(own) = delete_one(&overlay, &account, &name) else { continue };
            overlay.push(&own);
            writes.extend(own);
            deleted.push(name);
        }
        Applied::reply(writes, DeleteParametersReply { deleted })
    }
}

/// The writes that delete a parameter and its versions; `None` when there is none.
fn delete_one(view: &dyn View, account: &AccountId, name: &str) -> Option<Writes> {
    let newest = tables::parameter(view, account, name)?.newest.expect("a parameter has a newest version");
    let mut writes = Writes::new();
    writes.delete(tables::parameter_row(account, name));
    for (row, _) in replica::scan_all(view, tables::former_version_rows(account, name).as_bytes()) {
        writes.delete(row);
    }
    quota::give_back(view, &mut writes, account, quota_of(newest.advanced), 1);
    Some(writes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::expect;
    use proto::ssm::v1::ParameterType;

    #[test]
    fn what_exists_is_deleted_with_its_versions_and_the_rest_is_listed() {
        let world = World::new();
        for name in ["/a", "/a", "/a", "b", "/keep"] {
            world.put(name, ParameterType::String, "x");
        }
        let names = ["a", "/nobody", "/b", "/a"].map(str::to_owned).to_vec();
        let answer = world.run(run, DeleteParametersRequest { names }).expect("answered");
        assert_eq!(answer.deleted_parameters, ["a", "/b"]);
        assert_eq!(answer.invalid_parameters, ["/nobody", "/a"]);

        let (tables, account) = (world.tables(), ACCOUNT.parse().expect("an account"));
        assert_eq!(quota::used(&tables, &account, quota::Quota::SsmStandardParameters), 1);
        assert!(replica::scan_all(&tables, tables::former_version_rows(&account, "/a").as_bytes()).is_empty());
        assert!(tables::parameter(&tables, &account, "/keep").is_some());
        assert_eq!(world.put("/a", ParameterType::SecureString, "y"), 1, "the name is free, for any type");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = DeleteParametersCommand { account: "a".to_owned(), names: vec!["n".to_owned()] };
        expect!["0a016112016e"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

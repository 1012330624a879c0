//! UnlabelParameterVersion: takes labels off a version of a parameter. Those that it does not carry are listed.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html>

use crate::label;
use crate::parameter_name::ParameterName;
use crate::refused::Refused;
use crate::tables::state::{UnlabelParameterVersionCommand, UnlabelParameterVersionReply};
use crate::{Ssm, tables};
use proto::ssm::v1::{UnlabelParameterVersionRequest, UnlabelParameterVersionResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: UnlabelParameterVersionRequest,
) -> Result<UnlabelParameterVersionResponse, Fault> {
    let name = ParameterName::parse(request.name.as_deref().unwrap_or_default())?;
    let version = label::version_number(request.parameter_version, &name)?.unwrap_or_default();
    let arn = name.arn(&call.region, &call.caller.account);
    let permit =
        service::decide(&*ssm.replica, |view| ssm.authorize(view, &call, "ssm:UnlabelParameterVersion", &arn, &[]))
            .await?;
    let command = UnlabelParameterVersionCommand {
        account: call.caller.account.to_string(),
        name: name.as_str().to_owned(),
        version,
        labels: request.labels.clone(),
    };
    let result = ssm.propose(call.attempt, permit, command).await?;
    match result {
        Ok(UnlabelParameterVersionReply { removed }) => {
            let invalid_labels = request.labels.into_iter().filter(|label| !removed.contains(label)).collect();
            Ok(UnlabelParameterVersionResponse { removed_labels: removed, invalid_labels })
        }
        Err(refusal) => Err(Refused::known(&refusal)?.error(name.as_str(), version).into()),
    }
}

impl Command for UnlabelParameterVersionCommand {
    const KIND: u32 = kind::SSM + 3;
    type Reply = UnlabelParameterVersionReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<UnlabelParameterVersionReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let Some(mut parameter) = tables::parameter(view, &account, &self.name) else {
            return Applied::refused(Refused::ParameterNotFound);
        };
        if !tables::keeps_version(view, &account, &parameter, self.version) {
            return Applied::refused(Refused::VersionNotFound);
        }
        let mut removed = Vec::new();
        for label in self.labels {
            if parameter.labels.get(&label) == Some(&self.version) {
                parameter.labels.remove(&label);
                removed.push(label);
            }
        }
        let mut writes = Writes::new();
        writes.put_message(tables::parameter_row(&account, &parameter.name), &parameter);
        Applied::reply(writes, UnlabelParameterVersionReply { removed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::label_parameter_version;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{LabelParameterVersionRequest, ParameterType};

    fn request(name: &str, version: Option<i64>, labels: &[&str]) -> UnlabelParameterVersionRequest {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        UnlabelParameterVersionRequest { name: Some(name.to_owned()), parameter_version: version, labels }
    }

    fn world() -> World {
        let world = World::new();
        world.put("/a", ParameterType::String, "1");
        world.put("/a", ParameterType::String, "2");
        for (version, label) in [(1, "one"), (1, "uno"), (2, "two")] {
            let request = LabelParameterVersionRequest {
                name: Some("/a".to_owned()),
                parameter_version: Some(version),
                labels: vec![label.to_owned()],
            };
            world.run(label_parameter_version::run, request).expect("labelled");
        }
        world
    }

    #[test]
    fn the_versions_own_labels_go_and_the_others_are_listed() {
        let (world, call) = (world(), world().call(ACCOUNT));
        for _attempt in 0..2 {
            let answer = world.run_as(&call, run, request("a", Some(1), &["two", "uno", "three"])).expect("done");
            assert_eq!(answer.removed_labels, ["uno"]);
            assert_eq!(answer.invalid_labels, ["two", "three"]);
        }
        let account = ACCOUNT.parse().expect("an account");
        let left = tables::parameter(&world.tables(), &account, "/a").expect("there").labels;
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [("one".to_owned(), 1), ("two".to_owned(), 2)]);
    }

    #[test]
    fn refusals_are_awss_and_change_nothing() {
        let world = world();
        let check = |request, expected: Expect| {
            let parameters = world.tables().scan(&[], &[], usize::MAX);
            expected.assert_eq(&world.answer(run, request));
            let after = world.tables().scan(&[], &[], usize::MAX);
            let ssm = |rows: Vec<replica::Row>| rows.into_iter().filter(|(key, _)| key[0] == 48).collect::<Vec<_>>();
            assert_eq!(ssm(after), ssm(parameters));
        };
        check(request("/nobody", Some(1), &["one"]), expect!["ParameterNotFound: "]);
        check(
            request("/a", Some(3), &["one"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 3 of /a. Verify the version and try again."
            ],
        );
        check(
            request("/a", Some(0), &["one"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 0 of /a. Verify the version and try again."
            ],
        );
        check(
            request("/a", None, &["one"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 0 of /a. Verify the version and try again."
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = UnlabelParameterVersionCommand {
            account: "a".to_owned(),
            name: "n".to_owned(),
            version: 3,
            labels: vec!["l".to_owned()],
        };
        expect!["0a016112016e180322016c"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

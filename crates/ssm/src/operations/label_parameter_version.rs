//! LabelParameterVersion: gives a version of a parameter up to ten names. A name that another version has moves.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html>

use crate::label;
use crate::parameter::public_version;
use crate::parameter_name::ParameterName;
use crate::refused::Refused;
use crate::tables::state::{LabelParameterVersionCommand, LabelParameterVersionReply};
use crate::{Ssm, tables};
use access::quota::{self, Quota};
use proto::ssm::v1::{LabelParameterVersionRequest, LabelParameterVersionResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: LabelParameterVersionRequest,
) -> Result<LabelParameterVersionResponse, Fault> {
    let name = ParameterName::parse(request.name.as_deref().unwrap_or_default())?;
    let (labels, invalid_labels) = request.labels.into_iter().partition(|label| label::is_valid(label));
    let version = label::version_number(request.parameter_version, &name)?;
    let arn = name.arn(&call.region, &call.caller.account);
    let permit =
        service::decide(&*ssm.replica, |view| ssm.authorize(view, &call, "ssm:LabelParameterVersion", &arn, &[]))
            .await?;
    let command = LabelParameterVersionCommand {
        account: call.caller.account.to_string(),
        name: name.as_str().to_owned(),
        version: version.unwrap_or_default(),
        labels,
    };
    let result = ssm.propose(call.attempt, permit, command).await?;
    match result {
        Ok(reply) => {
            Ok(LabelParameterVersionResponse { invalid_labels, parameter_version: Some(public_version(reply.version)) })
        }
        Err(refusal) => Err(Refused::known(&refusal)?.error(name.as_str(), version.unwrap_or_default()).into()),
    }
}

impl Command for LabelParameterVersionCommand {
    const KIND: u32 = kind::SSM + 2;
    type Reply = LabelParameterVersionReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<LabelParameterVersionReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let Some(mut parameter) = tables::parameter(view, &account, &self.name) else {
            return Applied::refused(Refused::ParameterNotFound);
        };
        let version = if self.version == 0 { parameter.newest_version() } else { self.version };
        if !tables::keeps_version(view, &account, &parameter, version) {
            return Applied::refused(Refused::VersionNotFound);
        }
        for label in self.labels {
            parameter.labels.insert(label, version);
        }
        let carried = parameter.labels.values().filter(|labelled| **labelled == version).count() as u64;
        if carried > quota::limit(view, &account, Quota::SsmLabelsPerVersion) {
            return Applied::refused(Refused::LabelLimit);
        }
        let mut writes = Writes::new();
        writes.put_message(tables::parameter_row(&account, &parameter.name), &parameter);
        Applied::reply(writes, LabelParameterVersionReply { version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::get_parameter;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{GetParameterRequest, ParameterType};

    fn request(name: &str, version: Option<i64>, labels: &[&str]) -> LabelParameterVersionRequest {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        LabelParameterVersionRequest { name: Some(name.to_owned()), parameter_version: version, labels }
    }

    fn world() -> World {
        let world = World::new();
        for n in 1..=3 {
            world.put("/a", ParameterType::String, &n.to_string());
        }
        world
    }

    fn labelled(world: &World) -> String {
        let account = ACCOUNT.parse().expect("an account");
        let parameter = tables::parameter(&world.tables(), &account, "/a").expect("there");
        parameter.labels.iter().map(|(label, version)| format!("{label}:{version}")).collect::<Vec<_>>().join(" ")
    }

    fn value(world: &World, name: &str) -> String {
        let request = GetParameterRequest { name: Some(name.to_owned()), with_decryption: None };
        let parameter = world.run(get_parameter::run, request).expect("found").parameter.expect("given");
        format!("{} {}", parameter.value(), parameter.selector())
    }

    #[test]
    fn a_label_is_on_one_version_and_moves() {
        let world = world();
        let label = |version, labels: &[&str]| {
            let answer = world.run(run, request("a", version, labels)).expect("labelled");
            (answer.parameter_version(), answer.invalid_labels.join(" "))
        };
        assert_eq!(label(Some(1), &["prod", "blue"]), (1, String::new()));
        assert_eq!((labelled(&world).as_str(), value(&world, "/a:prod").as_str()), ("blue:1 prod:1", "1 :prod"));
        assert_eq!(label(None, &["prod", "1x", "aws-x", "prod"]), (3, "1x aws-x".to_owned()));
        assert_eq!((labelled(&world).as_str(), value(&world, "a:prod").as_str()), ("blue:1 prod:3", "3 :prod"));
        let by_arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/a:blue");
        assert_eq!(value(&world, &by_arn), "1 :blue");
        assert_eq!(label(Some(2), &["SSM"]), (2, "SSM".to_owned()), "nothing is labelled, and the call succeeds");
        assert_eq!(labelled(&world), "blue:1 prod:3");
        world.put("/a", ParameterType::String, "4");
        assert_eq!(value(&world, "a:prod"), "3 :prod", "a new version leaves labels where they are");
    }

    #[test]
    fn a_repeated_attempt_moves_nothing_again() {
        let (world, call) = (world(), world().call(ACCOUNT));
        let first = world.run_as(&call, run, request("/a", None, &["prod"])).expect("labelled");
        world.put("/a", ParameterType::String, "4");
        assert_eq!(world.run_as(&call, run, request("/a", None, &["prod"])), Ok(first));
        assert_eq!(labelled(&world), "prod:3");
    }

    #[test]
    fn refusals_are_awss_and_change_nothing() {
        let world = world();
        let ten: Vec<String> = (0..10).map(|n| format!("label-{n}")).collect();
        let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
        world.run(run, request("/a", Some(2), &ten)).expect("ten labels");
        let before = labelled(&world);
        let check = |request, expected: Expect| {
            expected.assert_eq(&world.answer(run, request));
            assert_eq!(labelled(&world), before);
        };
        check(request("/nobody", None, &["x"]), expect!["ParameterNotFound: "]);
        check(
            request("/a", Some(4), &["x"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 4 of /a. Verify the version and try again."
            ],
        );
        check(
            request("/a", Some(0), &["x"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 0 of /a. Verify the version and try again."
            ],
        );
        check(
            request("/a", Some(-1), &["x"]),
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version -1 of /a. Verify the version and try again."
            ],
        );
        check(
            request("/a", Some(2), &["x"]),
            expect![
                "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels. Move one or more labels to another version and try again."
            ],
        );
        check(
            request("/a:1", None, &["x"]),
            expect![[
                r#"ValidationException: Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        world.run(run, request("/a", Some(2), &["label-3"])).expect("one that it has");
        world.run(run, request("/a", Some(3), &["x"])).expect("on another version there is room");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = LabelParameterVersionCommand {
            account: "a".to_owned(),
            name: "n".to_owned(),
            version: 3,
            labels: vec!["l".to_owned()],
        };
        expect!["0a016112016e180322016c"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}

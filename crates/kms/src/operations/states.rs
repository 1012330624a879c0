//! Every operation that is built against every state of a key: AWS's table.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use super::testing::{ACCOUNT, World};
use super::tried::{self, Subject};
use expect_test::expect;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Enabled,
    Disabled,
    PendingDeletion,
}

fn answers(state: State) -> BTreeMap<&'static str, String> {
    let make = |_: &str| {
        let world = World::new();
        let subject = Subject::new(&world);
        match state {
            State::Enabled => {}
            State::Disabled => world.disable(&subject.key),
            State::PendingDeletion => world.schedule_deletion(&subject.key, 7),
        }
        let call = world.call(ACCOUNT);
        (world, call, subject)
    };
    let answers = tried::each(&make, &|_, _| ());
    let text = |fault: Option<service::Fault>| match fault {
        None => "ok".to_owned(),
        Some(fault) => {
            let what = fault.message.split_once(" is ").map_or(fault.message.as_str(), |(_, what)| what).to_owned();
            format!("{}: {what}", fault.code)
        }
    };
    answers.into_iter().map(|(operation, fault)| (operation, text(fault))).collect()
}

#[test]
fn every_operation_answers_every_state_as_aws_does() {
    let columns = [State::Enabled, State::Disabled, State::PendingDeletion].map(answers);
    let row = |operation: &str| columns.iter().map(|column| column[operation].as_str()).collect::<Vec<_>>().join(" | ");
    let rows: Vec<String> = columns[0].keys().map(|operation| format!("{operation}: {}", row(operation))).collect();
    expect![[r#"
        CancelKeyDeletion: KMSInvalidStateException: not pending deletion. | KMSInvalidStateException: not pending deletion. | ok
        CreateAlias: ok | ok | KMSInvalidStateException: pending deletion.
        CreateKey: ok | ok | ok
        Decrypt: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        DeleteAlias: ok | ok | ok
        DescribeKey: ok | ok | ok
        DisableKey: ok | ok | KMSInvalidStateException: pending deletion.
        DisableKeyRotation: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        EnableKey: ok | ok | KMSInvalidStateException: pending deletion.
        EnableKeyRotation: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        Encrypt: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        GenerateDataKey: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        GenerateDataKeyWithoutPlaintext: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        GenerateRandom: ok | ok | ok
        GetKeyRotationStatus: ok | ok | ok
        ListAliases: ok | ok | ok
        ListKeyRotations: ok | ok | ok
        ListKeys: ok | ok | ok
        ListResourceTags: ok | ok | ok
        ReEncrypt: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        RotateKeyOnDemand: ok | DisabledException: disabled. | KMSInvalidStateException: pending deletion.
        ScheduleKeyDeletion: ok | ok | KMSInvalidStateException: pending deletion.
        TagResource: ok | ok | KMSInvalidStateException: pending deletion.
        UntagResource: ok | ok | KMSInvalidStateException: pending deletion.
        UpdateAlias: ok | ok | KMSInvalidStateException: pending deletion.
        UpdateKeyDescription: ok | ok | KMSInvalidStateException: pending deletion."#]]
    .assert_eq(&rows.join("\n"));
}

#[test]
fn a_key_of_any_name_is_held_to_its_state() {
    let world = World::new();
    let subject = Subject::new(&world);
    world.disable(&subject.key);
    for name in [&subject.key, &subject.alias] {
        let request = proto::kms::v1::EncryptRequest {
            key_id: Some(name.clone()),
            plaintext: Some(b"x".to_vec().into()),
            ..Default::default()
        };
        assert_eq!(world.run(super::encrypt::run, request).expect_err("disabled").code, "DisabledException");
    }
}

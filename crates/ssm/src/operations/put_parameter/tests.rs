//! PutParameter: apply in tables, refusals, SecureStrings, attempts that repeat and that move.

use super::*;
use crate::operations::delete_parameter;
use crate::operations::testing::{ACCOUNT, World, put_request};
use crate::tier::quota_of;
use access::quota::{self, Quota};
use expect_test::{Expect, expect};
use proto::ssm::v1::{DeleteParameterRequest, ParameterTier, ParameterType as Public};
use replica::testing::Tables;
use replica::{AccountId, Command, Timestamp, Writes};
use serde_json::json;

fn check(world: &World, request: PutParameterRequest, expected: Expect) {
    expected.assert_eq(&world.answer(run, request));
}

fn overwrite(name: &str, value: &str) -> PutParameterRequest {
    PutParameterRequest { overwrite: Some(true), r#type: None, ..put_request(name, Public::String, value) }
}

fn command(value: &str) -> PutParameterCommand {
    PutParameterCommand {
        account: ACCOUNT.to_owned(),
        name: "/a".to_owned(),
        value: value.as_bytes().to_vec(),
        r#type: ParameterType::String.into(),
        ..PutParameterCommand::default()
    }
}

fn apply(tables: &mut Tables, command: PutParameterCommand) -> Result<u64, Option<Refused>> {
    let applied = command.apply(Timestamp::from_millis(9), tables);
    tables.commit(&applied.writes);
    applied.result.map(|reply| reply.version).map_err(|refusal| Refused::read(&refusal))
}

#[test]
fn apply_creates_overwrites_and_refuses() {
    let mut tables = Tables::default();
    let over = |value| PutParameterCommand { overwrite: true, ..command(value) };
    let inherited =
        |r#type, pattern: &str| Some(Inherited { r#type, allowed_pattern: Some(pattern.to_owned()), tier: false });
    let secure = ParameterType::SecureString.into();
    for (step, command, expected) in [
        ("create", command("1"), Ok(1)),
        ("again", command("2"), Err(Some(Refused::AlreadyExists))),
        (
            "under its other name",
            PutParameterCommand { name: "a".into(), ..command("2") },
            Err(Some(Refused::AlreadyExists)),
        ),
        ("overwrite", over("3"), Ok(2)),
        ("another type", PutParameterCommand { r#type: secure, ..over("4") }, Err(Some(Refused::TypeMismatch))),
        ("the type it has", PutParameterCommand { inherited: inherited(true, ""), ..over("5") }, Ok(3)),
        (
            "a type it had not",
            PutParameterCommand { r#type: secure, inherited: inherited(true, ""), ..over("6") },
            Err(Some(Refused::Moved)),
        ),
        (
            "a pattern it has not",
            PutParameterCommand { inherited: inherited(false, "x+"), ..over("7") },
            Err(Some(Refused::Moved)),
        ),
        (
            "a type of what is gone",
            PutParameterCommand { name: "/gone".into(), inherited: inherited(true, ""), ..over("8") },
            Err(Some(Refused::Moved)),
        ),
    ] {
        assert_eq!(apply(&mut tables, command), expected, "{step}");
    }
    let account = ACCOUNT.parse().expect("an account");
    assert_eq!(quota::used(&tables, &account, Quota::SsmStandardParameters), 1);
    assert_eq!(tables::former_version(&tables, &account, "a", 2).expect("kept").value, b"3");
}

fn with_limit(quota: Quota, limit: u64) -> (Tables, AccountId) {
    let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("an account"));
    let mut writes = Writes::new();
    quota::set_limit(&mut writes, &account, quota, Some(limit));
    tables.commit(&writes);
    (tables, account)
}

#[test]
fn apply_refuses_one_parameter_above_the_quota_of_its_tier() {
    for advanced in [false, true] {
        let (mut tables, account) = with_limit(quota_of(advanced), 1);
        let command = |value| PutParameterCommand { advanced, ..command(value) };
        assert_eq!(apply(&mut tables, command("last")), Ok(1));
        let above = PutParameterCommand { name: "/b".to_owned(), ..command("x") };
        assert_eq!(apply(&mut tables, above.clone()), Err(Some(Refused::ParameterLimit)));
        let over = PutParameterCommand { overwrite: true, ..command("x") };
        assert_eq!(apply(&mut tables, over), Ok(2), "overwriting takes no more room");
        let intelligent = PutParameterCommand { intelligent: true, ..above.clone() };
        let refused = if advanced { Refused::ParameterLimit } else { Refused::Moved };
        assert_eq!(apply(&mut tables, intelligent), Err(Some(refused)), "it may go on in the advanced tier");
        let other_tier = PutParameterCommand { advanced: !advanced, ..above };
        assert_eq!(apply(&mut tables, other_tier), Ok(1), "the tiers are counted apart");
        assert_eq!(quota::used(&tables, &account, quota_of(advanced)), 1);
    }
}

#[test]
fn a_parameter_that_becomes_advanced_is_counted_there_and_never_goes_back() {
    let (mut tables, account) = with_limit(Quota::SsmAdvancedParameters, 1);
    let put =
        |name: &str, advanced| PutParameterCommand { name: name.to_owned(), overwrite: true, advanced, ..command("x") };
    let tier_kept = |advanced| PutParameterCommand {
        inherited: Some(Inherited { tier: true, ..Inherited::default() }),
        ..put("/a", advanced)
    };
    for (step, command, expected) in [
        ("standard", put("/a", false), Ok(1)),
        ("advanced, which it is not", tier_kept(true), Err(Some(Refused::Moved))),
        ("advanced", put("/a", true), Ok(2)),
        ("standard again", put("/a", false), Err(Some(Refused::Moved))),
        ("as it is", tier_kept(true), Ok(3)),
        ("standard, which it was", tier_kept(false), Err(Some(Refused::Moved))),
        ("another standard one", put("/b", false), Ok(1)),
        ("no room for it", put("/b", true), Err(Some(Refused::ParameterLimit))),
    ] {
        assert_eq!(apply(&mut tables, command), expected, "{step}");
    }
    let used = |quota| quota::used(&tables, &account, quota);
    assert_eq!((used(Quota::SsmStandardParameters), used(Quota::SsmAdvancedParameters)), (1, 1));
}

fn kept(tables: &Tables, account: &AccountId) -> Vec<u64> {
    let rows = replica::scan_all(tables, tables::former_version_rows(account, "/a").as_bytes());
    rows.iter().map(|(row, _)| tables::version_of_row(row)).collect()
}

#[test]
fn a_lowered_limit_drops_as_many_versions_as_are_too_many() {
    let (mut tables, account) = with_limit(Quota::SsmVersionsPerParameter, 20);
    let over = || PutParameterCommand { overwrite: true, ..command("x") };
    (0..25).for_each(|_| assert!(apply(&mut tables, over()).is_ok()));
    assert_eq!(kept(&tables, &account), (6..=24).collect::<Vec<u64>>());
    let mut writes = Writes::new();
    quota::set_limit(&mut writes, &account, Quota::SsmVersionsPerParameter, Some(3));
    tables.commit(&writes);
    assert_eq!(apply(&mut tables, over()), Ok(26));
    assert_eq!(kept(&tables, &account), [24, 25]);
}

#[test]
fn as_many_versions_are_kept_as_the_limit_says() {
    for limit in 1..=3 {
        let (mut tables, account) = with_limit(Quota::SsmVersionsPerParameter, limit);
        for version in 1..=5 {
            assert_eq!(apply(&mut tables, PutParameterCommand { overwrite: true, ..command("x") }), Ok(version));
            let former = (version + 1).saturating_sub(limit).max(1)..version;
            assert_eq!(kept(&tables, &account), former.collect::<Vec<u64>>(), "{version} of {limit}");
        }
    }
}

#[test]
fn the_oldest_version_is_not_dropped_while_it_carries_a_label() {
    let (mut tables, account) = with_limit(Quota::SsmVersionsPerParameter, 3);
    let over = || PutParameterCommand { overwrite: true, ..command("x") };
    (0..3).for_each(|_| assert!(apply(&mut tables, over()).is_ok()));
    let label = |tables: &mut Tables, version| {
        let mut record = tables::parameter(tables, &account, "/a").expect("there");
        record.labels.insert("prod".to_owned(), version);
        let mut writes = Writes::new();
        writes.put_message(tables::parameter_row(&account, "/a"), &record);
        tables.commit(&writes);
    };
    label(&mut tables, 1);
    let before = tables.clone();
    assert_eq!(apply(&mut tables, over()), Err(Some(Refused::OldestLabelled { version: 1 })));
    assert_eq!(tables, before);
    label(&mut tables, 2);
    assert_eq!(apply(&mut tables, over()), Ok(4));
    assert_eq!(kept(&tables, &account), [2, 3]);
}

#[test]
fn a_hundred_versions_are_kept() {
    let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("an account"));
    for n in 1..=103 {
        let put = PutParameterCommand { overwrite: true, ..command(&n.to_string()) };
        assert_eq!(apply(&mut tables, put), Ok(n));
    }
    assert_eq!(kept(&tables, &account), (4..=102).collect::<Vec<u64>>(), "and the newest");
}

#[test]
fn the_command_is_pinned() {
    let command = PutParameterCommand {
        overwrite: true,
        key_id: "k".to_owned(),
        description: Some(String::new()),
        inherited: Some(Inherited { r#type: true, allowed_pattern: Some("p".to_owned()), tier: false }),
        ..command("v")
    };
    let check = |command: &PutParameterCommand, golden: Expect| {
        golden.assert_eq(&hex::encode(prost::Message::encode_to_vec(command)));
    };
    check(&command, expect!["0a0c31313131323232323333333312022f611801220176280132016b3a0062050801120170"]);
    let inherited = Some(Inherited { tier: true, ..Inherited::default() });
    check(
        &PutParameterCommand { advanced: true, inherited, ..command },
        expect!["0a0c31313131323232323333333312022f611801220176280132016b3a00620218016801"],
    );
}

#[test]
fn the_answer_is_version_and_tier() {
    let world = World::new();
    check(
        &world,
        put_request("/a", Public::String, "x"),
        expect![[r#"
        {
          "Version": 1,
          "Tier": "Standard"
        }"#]],
    );
    check(
        &world,
        overwrite("a", "y"),
        expect![[r#"
        {
          "Version": 2,
          "Tier": "Standard"
        }"#]],
    );
}

#[test]
fn refusals_are_awss() {
    let world = World::new();
    world.put("/text", Public::String, "x");
    let create = || put_request("/new", Public::String, "x");
    check(
        &world,
        put_request("/text", Public::String, "y"),
        expect![
            "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        ],
    );
    check(
        &world,
        put_request("text", Public::SecureString, "y"),
        expect![
            "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        ],
    );
    let secure = PutParameterRequest { overwrite: Some(true), ..put_request("/text", Public::SecureString, "y") };
    check(
        &world,
        secure,
        expect![
            "HierarchyTypeMismatchException: Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter."
        ],
    );
    check(
        &world,
        overwrite("/new", "x"),
        expect!["ValidationException: A parameter type is required when you create a parameter."],
    );
    check(
        &world,
        PutParameterRequest { r#type: None, ..create() },
        expect!["ValidationException: A parameter type is required when you create a parameter."],
    );
    let tags = vec![proto::ssm::v1::Tag { key: Some("a".to_owned()), value: Some("b".to_owned()) }];
    check(
        &world,
        PutParameterRequest { tags, ..overwrite("/text", "y") },
        expect![
            "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
        ],
    );
    check(
        &world,
        PutParameterRequest { key_id: Some("alias/x".to_owned()), ..create() },
        expect!["ValidationException: KeyId is required for SecureString type parameter only."],
    );
    check(
        &world,
        put_request("/new", Public::String, &"x".repeat(4_097)),
        expect![
            "ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        ],
    );
    let advanced = |value: &str| PutParameterRequest {
        tier: Some(ParameterTier::Advanced.into()),
        ..put_request("/new", Public::String, value)
    };
    check(
        &world,
        advanced(&"x".repeat(8_193)),
        expect!["ValidationException: Advanced tier parameters support a maximum parameter value of 8192 characters."],
    );
    check(
        &world,
        PutParameterRequest { policies: Some("[{}]".to_owned()), ..create() },
        expect!["ValidationException: Parameter policies are not supported by this cluster."],
    );
    check(
        &world,
        PutParameterRequest { data_type: Some("aws:ec2:image".to_owned()), ..create() },
        expect!["ValidationException: The data type aws:ec2:image is not supported by this cluster."],
    );
    check(
        &world,
        PutParameterRequest { data_type: Some("Text".to_owned()), ..create() },
        expect![
            "ValidationException: The following data type is not supported: Text (Data type names are all lowercase.)"
        ],
    );
    check(
        &world,
        put_request("/new", Public::String, "{{ssm:x}}"),
        expect![[
            r#"ValidationException: Parameter value can't nest another parameter. Do not use "{{}}" in the value."#
        ]],
    );
    check(
        &world,
        put_request("a/b", Public::String, "x"),
        expect!["ValidationException: Parameter name must be a fully qualified name."],
    );
    assert_eq!(world.put("/new", Public::String, "x"), 1, "nothing was made on the way");
}

#[test]
fn an_overwritten_parameter_keeps_what_the_request_leaves_out() {
    let world = World::new();
    let first = PutParameterRequest {
        allowed_pattern: Some("[a-z]+".to_owned()),
        description: Some("words".to_owned()),
        ..put_request("/a", Public::StringList, "x")
    };
    world.run(run, first).expect("made");
    check(
        &world,
        overwrite("/a", "12"),
        expect![
            "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: [a-z]+"
        ],
    );
    check(
        &world,
        PutParameterRequest { allowed_pattern: Some("(".to_owned()), ..overwrite("/a", "x") },
        expect!["InvalidAllowedPatternException: The regular expression ( is not valid."],
    );
    world.run(run, overwrite("/a", "yz")).expect("matches");
    let kept = tables::parameter(&world.tables(), &ACCOUNT.parse().expect("an account"), "/a");
    let newest = kept.expect("there").newest.expect("newest");
    assert_eq!((newest.description.as_str(), newest.r#type()), ("words", ParameterType::StringList));
    world
        .run(run, PutParameterRequest { allowed_pattern: Some(String::new()), ..overwrite("/a", "12") })
        .expect("free");
}

#[test]
fn secrets_are_never_proposed_nor_stored_in_the_clear() {
    let world = World::new();
    let canary = "canary-of-a-secure-string";
    world.put("/in-the-clear", Public::String, canary);
    assert!(world.written_anywhere(canary), "the search finds what is there");

    let world = World::new();
    world.put("/secret", Public::SecureString, canary);
    world.run(run, overwrite("/secret", canary)).expect("type left out");
    let key_id = Some(world.create_key());
    let own_key = PutParameterRequest { key_id, ..put_request("/own-key", Public::SecureString, canary) };
    world.run(run, own_key).expect("put");
    assert!(!world.written_anywhere(canary));
    let events = world.events();
    assert_eq!(events, ["Encrypt ", "Encrypt ", "Encrypt "], "directly under the key, with no data key");
}

#[test]
fn a_type_left_out_is_asked_of_the_cluster_and_not_of_a_node_that_lags() {
    let (world, canary) = (World::new(), "canary-of-a-secure-string");
    world.put("/a", Public::String, "x");
    world.freeze_local();
    let delete = DeleteParameterRequest { name: Some("/a".to_owned()) };
    world.run(delete_parameter::run, delete).expect("deleted");
    world.run(run, put_request("/a", Public::SecureString, "y")).expect("made anew");
    world.run(run, overwrite("/a", canary)).expect("put");
    assert!(!world.written_anywhere(canary));
}

#[test]
fn a_secure_string_needs_a_key_that_can_be_used() {
    let world = World::new();
    let key = world.create_key();
    let put = |key: &str| PutParameterRequest {
        key_id: Some(key.to_owned()),
        ..put_request("/secret", Public::SecureString, "x")
    };
    check(
        &world,
        put("alias/nobody"),
        expect![
            "InvalidKeyId: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found. (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
        ],
    );
    check(
        &world,
        put("nonsense"),
        expect![
            "InvalidKeyId: Invalid keyId 'nonsense' (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
        ],
    );
    check(
        &world,
        put("arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        expect![
            "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy allows the kms:Encrypt action (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
        ],
    );
    world.kms("DisableKey", json!({ "KeyId": key.clone() }));
    let answer = world.answer(run, put(&key));
    assert!(answer.starts_with(&format!("InvalidKeyId: {key} is disabled.")), "{answer}");
}

#[test]
fn a_parameter_that_moves_under_the_request_is_looked_at_again() {
    let world = World::new();
    let pattern =
        |pattern: &str| PutParameterRequest { allowed_pattern: Some(pattern.to_owned()), ..overwrite("/a", "x") };
    world.put("/a", Public::String, "x");
    world.freeze_local();
    world.run(run, pattern("x+")).expect("put");
    let put = |value| PutParameterRequest { r#type: Some(Public::String.into()), ..overwrite("/a", value) };
    let fault = world.run(run, put("y")).expect_err("the new pattern holds");
    assert_eq!(fault.code, "ParameterPatternMismatchException");
    assert_eq!(world.run(run, put("xx")).expect("put").version, Some(3));
}

#[test]
fn a_repeated_attempt_makes_no_second_version() {
    let world = World::new();
    for request in [put_request("/a", Public::String, "x"), put_request("/b", Public::SecureString, "x")] {
        let call = world.call(ACCOUNT);
        let first = world.run_as(&call, run, request.clone()).expect("made");
        assert_eq!(world.run_as(&call, run, request).expect("the same answer"), first);
    }
}

#[test]
fn a_call_that_started_over_acts_once() {
    let intelligent = |name: &str| PutParameterRequest {
        tier: Some(ParameterTier::IntelligentTiering.into()),
        ..put_request(name, Public::String, "x")
    };
    let kept_tier = PutParameterRequest { overwrite: Some(true), ..put_request("/a", Public::SecureString, "y") };
    for settles in [false, true] {
        for (others, request, expected) in [
            (advanced("/a", Public::SecureString, "x"), kept_tier.clone(), 3),
            (put_request("/b", Public::String, "x"), intelligent("/c"), 1),
        ] {
            let world = World::new();
            world.put("/a", Public::SecureString, "x");
            world.set_limit(Quota::SsmStandardParameters, 2);
            if settles {
                world.settle_refusals();
            }
            world.freeze_local();
            world.run(run, others).expect("put");
            let call = world.call(ACCOUNT);
            let first = world.run_as(&call, run, request.clone()).expect("looked at again");
            assert_eq!((first.version, first.tier()), (Some(expected), ParameterTier::Advanced));
            world.thaw_local();
            assert_eq!(world.run_as(&call, run, request).expect("the answer it had"), first, "{settles}");
        }
    }
}

fn advanced(name: &str, kind: Public, value: &str) -> PutParameterRequest {
    PutParameterRequest {
        tier: Some(ParameterTier::Advanced.into()),
        overwrite: Some(true),
        ..put_request(name, kind, value)
    }
}

#[test]
fn a_parameter_becomes_advanced_on_request_and_stays_so() {
    let world = World::new();
    world.put("/a", Public::String, "x");
    let long = "y".repeat(8_192);
    check(
        &world,
        advanced("/a", Public::String, &long),
        expect![[r#"
        {
          "Version": 2,
          "Tier": "Advanced"
        }"#]],
    );
    check(
        &world,
        overwrite("/a", "kept"),
        expect![[r#"
        {
          "Version": 3,
          "Tier": "Advanced"
        }"#]],
    );
    let standard = PutParameterRequest { tier: Some(ParameterTier::Standard.into()), ..overwrite("/a", "x") };
    check(
        &world,
        standard,
        expect![
            "ValidationException: This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter."
        ],
    );
}

#[test]
fn intelligent_tiering_takes_the_tier_that_does() {
    let world = World::new();
    world.set_limit(Quota::SsmStandardParameters, 1);
    let put = |name: &str, value: &str| {
        let tier = Some(ParameterTier::IntelligentTiering.into());
        let request = PutParameterRequest { tier, ..put_request(name, Public::String, value) };
        let call = world.call(ACCOUNT);
        let answer = world.run_as(&call, run, request.clone()).expect("put");
        assert_eq!(world.run_as(&call, run, request).expect("the same call"), answer);
        answer.tier()
    };
    assert_eq!(put("/large", &"x".repeat(4_097)), ParameterTier::Advanced);
    world.freeze_local();
    assert_eq!(put("/small", "x"), ParameterTier::Standard);
    assert_eq!(put("/one-more", "x"), ParameterTier::Advanced, "this node did not know that there is no more room");
}

#[test]
fn an_advanced_secret_is_sealed_under_a_data_key() {
    let world = World::new();
    let (canary, key) = ("canary-of-an-advanced-secret", world.create_key());
    world.put("/secret", Public::SecureString, canary);
    let own = PutParameterRequest { key_id: Some(key), ..advanced("/secret", Public::SecureString, canary) };
    world.run(run, own).expect("put");
    world.run(run, overwrite("/secret", canary)).expect("as it is");
    assert!(!world.written_anywhere(canary));
    assert_eq!(world.events(), ["Encrypt ", "GenerateDataKey ", "GenerateDataKey "]);
}

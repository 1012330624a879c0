//! Filters: what they take, what is refused, where they look.

use super::*;
use crate::tables::state::Tag;
use crate::tables::{ParameterType, VersionRecord};
use std::collections::BTreeMap;

fn parameter() -> ParameterRecord {
    let newest = VersionRecord {
        version: 4,
        r#type: ParameterType::SecureString.into(),
        key_id: "alias/aws/ssm".to_owned(),
        data_type: "text".to_owned(),
        advanced: true,
        ..VersionRecord::default()
    };
    ParameterRecord {
        name: "/app/db/password".to_owned(),
        newest: Some(newest),
        tags: vec![Tag { key: "team".to_owned(), value: "core".to_owned() }],
        labels: BTreeMap::from([("prod".to_owned(), 3)]),
        ..ParameterRecord::default()
    }
}

fn filter(key: &str, option: Option<&str>, values: &[&str]) -> ParameterStringFilter {
    ParameterStringFilter {
        key: Some(key.to_owned()),
        option: option.map(str::to_owned),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn answer(filters: Result<Filters, SsmError>) -> String {
    match filters {
        Ok(filters) => filters.take(&parameter()).to_string(),
        Err(error) => error.to_string(),
    }
}

fn describe(key: &str, option: Option<&str>, values: &[&str], expected: &str) {
    let found = answer(Filters::of_description(&[], &[filter(key, option, values)]));
    assert_eq!(found, expected, "{key} {option:?} {values:?}");
}

fn by_path(key: &str, option: Option<&str>, values: &[&str], expected: &str) {
    assert_eq!(answer(Filters::of_path(&[filter(key, option, values)])), expected, "{key} {option:?} {values:?}");
}

#[test]
fn parameters_are_described_by_everything_they_have() {
    for (key, option, values, taken) in [
        ("Type", None, &["SecureString"][..], true),
        ("Type", Some("Equals"), &["String", "StringList"], false),
        ("Type", Some("BeginsWith"), &["Secure"], true),
        ("KeyId", None, &["alias/aws/ssm"], true),
        ("KeyId", Some("BeginsWith"), &["alias/aws"], true),
        ("KeyId", None, &["alias/aws"], false),
        ("Name", None, &["/app/db/password"], true),
        ("Name", None, &["app/db/password"], true),
        ("Name", None, &["/app/db"], false),
        ("Name", Some("BeginsWith"), &["/x", "/app"], true),
        ("Name", Some("BeginsWith"), &["/db"], false),
        ("Name", Some("Contains"), &["db/pass"], true),
        ("Name", Some("Contains"), &["user"], false),
        ("Path", None, &["/app/db"], true),
        ("Path", Some("OneLevel"), &["/app"], false),
        ("Path", Some("Recursive"), &["/app"], true),
        ("Path", Some("Recursive"), &["/ap"], false),
        ("Path", Some("Recursive"), &["/"], true),
        ("Tier", None, &["Advanced"], true),
        ("Tier", None, &["Standard"], false),
        ("DataType", None, &["text"], true),
        ("DataType", Some("BeginsWith"), &["aws:"], false),
        ("tag:team", None, &[], true),
        ("tag:team", None, &["core"], true),
        ("tag:team", Some("BeginsWith"), &["co"], true),
        ("tag:team", None, &["co"], false),
        ("tag:other", None, &[], false),
    ] {
        describe(key, option, values, &taken.to_string());
    }
    for (key, values, taken) in [
        (ParametersFilterKey::Name, &["app/db"][..], true),
        (ParametersFilterKey::Name, &["db"], false),
        (ParametersFilterKey::Type, &["SecureString"], true),
        (ParametersFilterKey::KeyId, &["alias/aws"], false),
    ] {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let old = ParametersFilter { key: Some(key.into()), values };
        assert_eq!(answer(Filters::of_description(&[old], &[])), taken.to_string(), "{key:?}");
    }
}

#[test]
fn parameters_below_a_path_are_filtered_by_type_key_and_label() {
    by_path("Type", None, &["SecureString"], "true");
    by_path("KeyId", Some("BeginsWith"), &["alias/aws"], "true");
    by_path("Label", None, &["prod"], "true");
    by_path("Label", Some("Equals"), &["test"], "false");
}

#[test]
fn other_filters_are_refused_in_awss_words() {
    let option = "The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals].";
    describe("Type", Some("Contains"), &["x"], option);
    let option = "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].";
    describe("Path", Some("Equals"), &["/x"], option);
    let key =
        "The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier].";
    describe("Label", None, &["x"], key);
    describe("tag:", None, &["x"], &key.replace("Label", "tag:"));
    describe("Name", None, &[], "The following filter values are missing : null for filter key Name.");
    let choice =
        "The following filter value is not valid: Text. Valid values include: [String, StringList, SecureString].";
    describe("Type", None, &["Text"], choice);
    for key in ["Name", "Path", "Tier", "DataType", "tag:team", "Nothing"] {
        let text = format!("The following filter key is not valid: {key}. Valid filter keys include: [Type, KeyId].");
        by_path(key, None, &["x"], &text);
    }
    let option = "The following filter option is not valid: BeginsWith. Valid options include: [Equals].";
    by_path("Label", Some("BeginsWith"), &["x"], option);
    assert!(matches!(Filters::of_description(&[], &[filter("Path", None, &["app"])]), Err(SsmError::Validation(_))));
    assert!(matches!(Filters::of_description(&[], &[filter("Path", None, &["/AWS/x"])]), Err(SsmError::Validation(_))));

    let name = filter("Name", None, &["x"]);
    let twice = Filters::of_description(&[], &[name.clone(), name.clone()]);
    let text = "The following filter is duplicated in the request: Name. A request can contain only one occurrence of a \
                specific filter.";
    assert_eq!(twice.expect_err("twice").to_string(), text);
    let old = ParametersFilter { key: Some(ParametersFilterKey::Name.into()), values: vec!["x".to_owned()] };
    let both = Filters::of_description(&[old], &[name]).expect_err("both kinds").to_string();
    assert_eq!(both, "You can use either Filters or ParameterFilters in a single request.");
}

#[test]
fn a_filter_by_name_or_path_looks_nowhere_else() {
    let account: AccountId = "111122223333".parse().expect("an account");
    for (filters, expected) in [
        (vec![], vec![Span::of_start(&account, "/")]),
        (vec![filter("Tier", None, &["Standard"])], vec![Span::of_start(&account, "/")]),
        (vec![filter("Name", Some("Contains"), &["x"])], vec![Span::of_start(&account, "/")]),
        (
            vec![filter("Path", None, &["/a"]), filter("Name", None, &["x", "a", "/x"])],
            vec![Span::of_name(&account, "/a"), Span::of_name(&account, "/x")],
        ),
        (vec![filter("Name", Some("BeginsWith"), &["/a", "/ab"])], vec![Span::of_start(&account, "/a")]),
        (vec![filter("Name", Some("BeginsWith"), &["a\0"])], vec![]),
        (vec![filter("Path", None, &["/a"])], vec![Span::one_level(&account, "/a/")]),
        (vec![filter("Path", Some("Recursive"), &["/a"])], vec![Span::of_start(&account, "/a/")]),
        (vec![filter("Path", None, &["/a", "/a/b"])], vec![Span::of_start(&account, "/a/")]),
    ] {
        let parsed = Filters::of_description(&[], &filters).expect("good filters");
        assert_eq!(parsed.spans(&account), expected, "{filters:?}");
    }
}

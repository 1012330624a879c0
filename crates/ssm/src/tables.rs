//! The records of this service and the keys of their rows.

use replica::{AccountId, Key, KeyReader, Table, View, get_message};

/// The messages as they are on disk.
#[allow(missing_docs)]
pub(crate) mod state {
    include!(concat!(env!("OUT_DIR"), "/lockstep.ssm.v1.rs"));
}

pub(crate) use state::{ParameterRecord, ParameterType, VersionRecord};

/// The format of every record that this binary writes.
pub(crate) const FORMAT: u32 = 1;

/// How a name stands in a row's key: `x` and `/x` are one parameter.
pub(crate) fn canonical(name: &str) -> String {
    if name.starts_with('/') { name.to_owned() } else { format!("/{name}") }
}

/// The parameter of this name.
pub(crate) fn parameter(view: &(impl View + ?Sized), account: &AccountId, name: &str) -> Option<ParameterRecord> {
    get_message(view, parameter_row(account, name).as_bytes())
}

/// A version that a newer one has taken the place of.
pub(crate) fn former_version(
    view: &(impl View + ?Sized),
    account: &AccountId,
    name: &str,
    version: u64,
) -> Option<VersionRecord> {
    get_message(view, former_version_row(account, name, version).as_bytes())
}

impl ParameterRecord {
    /// The number of its newest version.
    pub(crate) fn newest_version(&self) -> u64 {
        self.newest.as_ref().expect("a parameter has a newest version").version
    }
}

/// Whether the parameter still has this version.
pub(crate) fn keeps_version(
    view: &(impl View + ?Sized),
    account: &AccountId,
    parameter: &ParameterRecord,
    version: u64,
) -> bool {
    version == parameter.newest_version() || former_version(view, account, &parameter.name, version).is_some()
}

/// The rows of all parameters of the account, by canonical name.
pub(crate) fn parameter_rows(account: &AccountId) -> Key {
    Key::of(Table::SsmParameters, account).text("name")
}

/// The row of a parameter.
pub(crate) fn parameter_row(account: &AccountId, name: &str) -> Key {
    parameter_rows(account).text(&canonical(name))
}

/// The canonical name in a row of [`parameter_rows`].
pub(crate) fn name_of_row(row: &[u8]) -> String {
    let mut reader = KeyReader::new(row, Table::SsmParameters).expect("a row of parameters");
    let (_account, _kind) = (reader.text(), reader.text());
    reader.text().expect("the row ends in a name")
}

/// The rows of all former versions of a parameter, oldest first.
pub(crate) fn former_version_rows(account: &AccountId, name: &str) -> Key {
    Key::of(Table::SsmParameterVersions, account).text(&canonical(name))
}

/// The row of a former version.
pub(crate) fn former_version_row(account: &AccountId, name: &str, version: u64) -> Key {
    former_version_rows(account, name).number(version)
}

/// The number of the version in a row of [`former_version_rows`].
#[cfg(test)]
pub(crate) fn version_of_row(row: &[u8]) -> u64 {
    u64::from_be_bytes(*row.last_chunk().expect("the row ends in a number"))
}

#[cfg(test)]
mod tests {
    use super::state::{EnvelopedValue, Tag};
    use super::*;
    use expect_test::{Expect, expect};
    use prost::Message;
    use std::collections::BTreeMap;

    fn check(message: &impl Message, golden: Expect) {
        golden.assert_eq(&hex::encode(message.encode_to_vec()));
    }

    #[test]
    fn records_of_format_1_are_pinned() {
        let newest = VersionRecord {
            format: FORMAT,
            version: 3,
            value: b"v".to_vec(),
            r#type: ParameterType::SecureString.into(),
            key_id: "k".to_owned(),
            description: "d".to_owned(),
            allowed_pattern: "p".to_owned(),
            data_type: "text".to_owned(),
            modified_at: 1_700_000_000_000,
            modified_by: "m".to_owned(),
            advanced: false,
        };
        check(&newest, expect!["080110031a017620032a016b3201643a01704204746578744880d095ffbc3152016d"]);
        let tags = vec![Tag { key: "a".to_owned(), value: "b".to_owned() }];
        let record = ParameterRecord { format: FORMAT, name: "x".to_owned(), tags, ..ParameterRecord::default() };
        check(&record, expect!["080112017822060a0161120162"]);
        check(
            &VersionRecord { advanced: true, ..newest },
            expect!["080110031a017620032a016b3201643a01704204746578744880d095ffbc3152016d5801"],
        );
        let labels = BTreeMap::from([("prod".to_owned(), 3)]);
        let record = ParameterRecord { labels, ..record };
        check(&record, expect!["080112017822060a01611201622a080a0470726f641003"]);
        check(
            &ParameterRecord { oldest_version: 2, ..record },
            expect!["080112017822060a01611201622a080a0470726f6410033002"],
        );
        let enveloped = EnvelopedValue { format: FORMAT, data_key: b"k".to_vec(), value: b"v".to_vec() };
        check(&enveloped, expect!["080112016b1a0176"]);
    }

    #[test]
    fn rows_are_pinned_and_one_parameter_has_one_row() {
        let account: AccountId = "000000000000".parse().expect("account");
        assert_eq!(parameter_row(&account, "x"), parameter_row(&account, "/x"));
        let rows = [parameter_row(&account, "x"), former_version_row(&account, "x", 1)];
        let text: Vec<String> = rows.iter().map(|row| hex::encode(row.as_bytes())).collect();
        expect![[r#"
            3030303030303030303030303000016e616d6500012f780001
            3130303030303030303030303000012f7800010000000000000001"#]]
        .assert_eq(&text.join("\n"));
        assert_eq!(name_of_row(parameter_row(&account, "/a/b").as_bytes()), "/a/b");
        assert_eq!(version_of_row(former_version_row(&account, "x", 258).as_bytes()), 258);
    }
}

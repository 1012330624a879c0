//! Numbers on the wire are for ever: the list of them only grows, and the messages follow it.

use prost::Message;
use prost_types::FileDescriptorSet;
use proto::FILE_DESCRIPTOR_SET;
use std::collections::BTreeMap;

const LIST: &str = include_str!("../../../../proto/api/lockstep/field-numbers.lock");

/// For each release: how many lines the list had, and their FNV-1a hash. A release adds a row; none is ever changed.
const RELEASES: &[(usize, u64)] = &[(1156, 0xd55d_f28e_d1be_3ed6)];

#[test]
fn lines_of_the_list_never_change() {
    for (lines, expected) in RELEASES {
        let begin: String = LIST.lines().take(*lines).flat_map(|line| [line, "\n"]).collect();
        assert_eq!(begin.lines().count(), *lines, "lines were removed");
        let hash = begin.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        assert_eq!(hash, *expected, "one of the first {lines} lines changed: {hash:#x}");
    }
}

#[test]
fn messages_and_enumerations_have_the_numbers_of_the_list() {
    let listed: BTreeMap<&str, i32> = LIST
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, number)| (name, number.parse().unwrap()))
        .collect();
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let mut found = 0;
    for file in files.file.iter().filter(|file| file.package().starts_with("lockstep.")) {
        let service = file.package().split('.').nth(1).unwrap();
        for message in &file.message_type {
            for field in &message.field {
                let name = format!("{service}.{}.{}", message.name(), field.json_name());
                assert_eq!(listed.get(name.as_str()), Some(&field.number()), "{name}");
                found += 1;
            }
        }
        for enumeration in &file.enum_type {
            let owner = format!("{service}.{}.", enumeration.name());
            let mut numbers: Vec<i32> =
                enumeration.value.iter().map(|value| value.number()).filter(|n| *n != 0).collect();
            let of_owner = listed.range(owner.as_str()..).take_while(|(name, _)| name.starts_with(&owner));
            let mut expected: Vec<i32> = of_owner.map(|(_, number)| *number).collect();
            numbers.sort_unstable();
            expected.sort_unstable();
            assert_eq!(numbers, expected, "{owner}");
            found += numbers.len();
        }
    }
    assert!(found > 1000, "only {found} numbers were compared");
}
